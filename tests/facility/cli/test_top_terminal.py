"""`facility top` on a real pseudo-terminal: it follows the size, and leaves a terminal that is closed or told to go as it was."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.harness.wait import until

FIGURES = "".join(
    f'facility_link_polls_total{{link="{name}"}} 7\nfacility_link_connections{{link="{name}"}} 1\n'
    for name in ("pumps-1", "distribution-of-the-north-garage")
)
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
SHOW, HIDE = b"\x1b[?1049h", b"\x1b[?1049l"  # the alternate screen


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(FIGURES.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    """Pages that give figures."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Top:
    """The command in a session of its own, on our pseudo-terminal; what it complains of goes to a file.

    `told`: the terminal belongs to the session, which is told by SIGHUP when it is closed.
    """

    def __init__(self, url: str, folder: Path, *, told: bool = True) -> None:
        self.master, self.slave = pty.openpty()
        self.resize(120, 40)
        self.usual = termios.tcgetattr(self.slave)
        self.complaints = folder / "complaints"
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        take = [sys.executable, "-c", TAKE_TERMINAL] if told else []
        with self.complaints.open("wb") as complaints:
            self.process = subprocess.Popen(
                [*take, sys.executable, "-m", "facility", "top", "--url", url],
                stdin=self.slave,
                stdout=self.slave,
                stderr=complaints,
                env={**environment, "TERM": "xterm"},
                start_new_session=True,
            )
        self.seen = b""
        until(lambda: self.shows(b"pumps-1"), "the links", within=30)

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def shows(self, text: bytes) -> bool:
        with contextlib.suppress(OSError):
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536)
        return text in self.seen

    def ends(self) -> int:
        """Its exit code; what it still writes is read."""
        until(lambda: (self.shows(b""), self.process.poll() is not None)[1], "it ends", within=30)
        return self.process.wait()

    def close(self) -> None:
        """Close what is still open, and end it."""
        self.process.kill()
        self.process.wait()
        for end in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(end)


@pytest.fixture
def top(url: str, tmp_path: Path) -> Iterator[Top]:
    running = Top(url, tmp_path)
    yield running
    running.close()


def test_a_closed_terminal_ends_it_without_a_word(top: Top) -> None:
    os.close(top.slave)
    os.close(top.master)
    assert top.process.wait(30) == 0
    assert top.complaints.read_bytes() == b""


def test_a_terminal_that_is_gone_without_a_signal_ends_it_too(url: str, tmp_path: Path) -> None:
    with contextlib.closing(Top(url, tmp_path, told=False)) as top:
        os.close(top.slave)
        os.close(top.master)
        assert top.process.wait(30) == 0
        assert top.complaints.read_bytes() == b""


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_puts_the_terminal_back(top: Top, number: signal.Signals) -> None:
    assert termios.tcgetattr(top.slave) != top.usual
    top.process.send_signal(number)
    assert top.ends() == 0
    assert top.seen.rindex(HIDE) > top.seen.rindex(SHOW)
    assert termios.tcgetattr(top.slave) == top.usual
    assert top.complaints.read_bytes() == b""


def test_the_picture_follows_the_size_of_the_terminal(top: Top) -> None:
    assert widest(top.seen) > 60
    top.seen = b""
    top.resize(60, 16)
    until(lambda: top.shows(b"") or frames(top.seen), "a new picture", within=30)
    until(lambda: top.shows(b"") and len(frames(top.seen)) > 2, "pictures of the new size", within=30)
    latest = frames(top.seen)[-1]
    assert 0 < widest(latest) <= 60
    assert latest.count(b"\n") < 16
    os.write(top.master, b"q")
    assert top.ends() == 0


def frames(seen: bytes) -> list[bytes]:
    """Whole pictures: each begins by going to the upper left corner."""
    return seen.split(b"\x1b[H")[1:-1]


def widest(seen: bytes) -> int:
    """Cells of the longest line."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode(errors="replace"))
    return max(cell_len(line.rstrip()) for line in text.splitlines())
