"""A conversation in AT commands over a serial port. Lines that nobody asked for are skipped."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

import serial

ESCAPE, SUBMIT = b"\x1b", b"\x1a"
SILENCE = 0.15  # seconds in which late answers pass
COMMAND_WITHIN = 5.0  # seconds for an ordinary command
WAKE_WITHIN = 1.0  # seconds for one AT while a modem is waking up
LOOK_EVERY = 0.05  # seconds
FAILED = re.compile(r"\+(CM[ES]) ERROR: *(\S+)|ERROR|COMMAND NOT SUPPORT")


class ModemRefused(Exception):
    """The modem answers with an error: `+CMS ERROR: 38` is CMS and 38; plain ERROR is AT and ERROR."""

    def __init__(self, kind: str, code: str) -> None:
        super().__init__(f"{kind} {code}")
        self.kind, self.code = kind, code

    @property
    def number(self) -> int:
        """The code as a number; -1 when it is none."""
        return int(self.code) if self.code.isdecimal() else -1


class ModemSilent(Exception):
    """No answer in time."""


class Unanswered(Exception):
    """The message was handed to the modem, and its answer did not come: it may have gone."""


class CallEnded(Exception):
    """BUSY, NO ANSWER, NO CARRIER …"""


class AtPort:
    """Use as a context manager. Everything ends at `until` (monotonic seconds). serial.SerialException: the port is away."""

    def __init__(self, device: str, baud: int, until: float) -> None:
        self._port = serial.Serial(device, baud, timeout=LOOK_EVERY, write_timeout=COMMAND_WITHIN, exclusive=True)
        self._until = until
        self._unread = b""

    def __enter__(self) -> "AtPort":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._port.close()

    @property
    def left(self) -> float:
        """Seconds until the end."""
        return self._until - time.monotonic()

    def allow(self, seconds: float) -> None:
        """At least so long from now."""
        self._until = max(self._until, time.monotonic() + seconds)

    def wake(self) -> None:
        """Leave a prompt that a broken conversation left open, until the modem answers AT; ModemSilent."""
        self._port.write(ESCAPE + b"\r")
        while True:
            try:
                self.command("AT", WAKE_WITHIN)
                self.command("ATE0", WAKE_WITHIN)
                self.settle()
                return
            except (ModemRefused, ModemSilent):
                if self.left <= 0:
                    raise ModemSilent from None

    def settle(self) -> None:
        """Let answers to what was said before pass: one that comes late would be taken for the next command's."""
        for _ in self.lines(SILENCE):
            self._unread = b""

    def command(self, text: str, within: float = COMMAND_WITHIN, ends: tuple[str, ...] = ()) -> list[str]:
        """Send a command line; the lines of its answer. ModemRefused, ModemSilent; CallEnded at one of `ends`."""
        self._unread = b""
        self._port.reset_input_buffer()
        self._port.write(text.encode("ascii") + b"\r")
        return self.answer(within, ends)

    def answer(self, within: float, ends: tuple[str, ...] = ()) -> list[str]:
        """Lines until OK. ModemRefused, ModemSilent, CallEnded."""
        lines: list[str] = []
        for line in self.lines(within):
            if line == "OK":
                return lines
            if line in ends:
                raise CallEnded(line)
            if failed := FAILED.fullmatch(line):
                raise ModemRefused(failed[1] or "AT", failed[2] or "ERROR")
            lines.append(line)
        raise ModemSilent

    def listen(self, seconds: float, ends: tuple[str, ...]) -> None:
        """Wait, and hear what the modem says by itself; CallEnded."""
        for line in self.lines(seconds):
            if line in ends:
                raise CallEnded(line)

    def lines(self, within: float) -> Iterator[str]:
        """Lines as they come, until the time is up."""
        end = min(time.monotonic() + within, self._until)
        while time.monotonic() < end:
            line, found, rest = self._unread.partition(b"\n")
            if found:
                self._unread = rest
                if text := line.decode("ascii", "replace").strip():
                    yield text
            else:
                self._read()

    def submit(self, command: str, content: str, within: float) -> list[str]:
        """Send a command, wait for its prompt, send the content; ModemSilent when no prompt comes (nothing is sent then)."""
        self._unread = b""
        self._port.reset_input_buffer()
        self._port.write(command.encode("ascii") + b"\r")
        try:
            self._prompt(min(COMMAND_WITHIN * 2, self.left))
        except ModemSilent:
            self._port.write(ESCAPE)
            raise
        self._port.write(content.encode("ascii") + SUBMIT)
        try:
            return self.answer(within)
        except ModemSilent:
            raise Unanswered from None

    def _prompt(self, within: float) -> None:
        end = min(time.monotonic() + within, self._until)
        while time.monotonic() < end:
            if re.search(rb"(^|[\r\n])> ?$", self._unread):
                self._unread = b""
                return
            for line in self._unread.decode("ascii", "replace").splitlines():
                if failed := FAILED.fullmatch(line.strip()):
                    raise ModemRefused(failed[1] or "AT", failed[2] or "ERROR")
            self._read()
        raise ModemSilent

    def _read(self) -> None:
        self._unread += self._port.read(max(1, self._port.in_waiting))


@contextmanager
def opened(device: str, baud: int, until: float, prepare: Callable[[AtPort], None]) -> Iterator[AtPort]:
    """An awake modem that `prepare` has made ready."""
    with AtPort(device, baud, until) as port:
        port.wake()
        prepare(port)
        yield port
