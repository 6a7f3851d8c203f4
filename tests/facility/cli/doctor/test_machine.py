"""What lies on this machine: settings, data folder, secrets, serial ports, TCP ports, clock."""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from collectors.spool import MAX_BYTES
from facility.cli.doctor.channels import look as look_at_channel
from facility.cli.doctor.channels import look_at_modem, server_of
from facility.cli.doctor.checks import checks
from facility.cli.doctor.clock import compared, http_offset
from facility.cli.doctor.clock import look as look_at_clock
from facility.cli.doctor.data import (
    SPOOL,
    filesystem,
    look_at_disk,
    look_at_folder,
    look_at_secrets,
    secret_files,
)
from facility.cli.doctor.examine import examine
from facility.cli.doctor.finding import Check, Finding, Group, Severity, fine
from facility.cli.doctor.installation import Installation
from facility.cli.doctor.links import look_at_address, look_at_port
from facility.cli.doctor.ports import look as look_at_tcp_port
from facility.cli.doctor.settings import look as look_at_settings
from facility.domain.asset import Link, LinkKind
from facility.domain.notice import ChannelSpec
from facility.domain.serial_line import SerialLine
from facility.domain.text import Language, Title
from tests.facility.cli.doctor.conftest import ids
from tests.harness.ports import free_port

WRONG, NOTE, FINE = Severity.WRONG, Severity.NOTE, Severity.FINE
Change = Callable[..., Installation]


def link(kind: LinkKind = LinkKind.MODBUS_TCP, port: int = 0, device: str = "", host: str = "127.0.0.1") -> Link:
    serial = SerialLine(device) if device else None
    return Link("pumps", Title("pumps", "水泵"), kind, host, port, serial=serial)


# Settings


def test_settings_that_cannot_be_used_end_the_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_API_PORT", "eighty")
    found = examine(checks(), lambda left: None)
    assert ids(found) == {"refused": WRONG}
    assert "FACILITY_API_PORT" in found[0].say("why", Language.EN)


def test_a_site_file_that_is_refused_or_missing(installation: Installation) -> None:
    assert ids(look_at_settings(installation)) == {"read": FINE, "site": FINE}
    broken = Installation(installation.settings, None, installation.clock)
    file = installation.settings.site
    file.write_text(file.read_text(encoding="utf-8").replace("zone: Asia/Shanghai", "zone: Asia/Nowhere"))
    findings = list(look_at_settings(broken))
    assert ids(findings)["site_refused"] is WRONG
    assert "site.yaml:5" in str(findings[1].facts["faults"])
    file.unlink()
    assert {"site_missing", "site_refused"} & ids(look_at_settings(broken)).keys()


# The order and the time of checks


def test_what_hangs_holds_nobody_and_what_fails_is_a_finding() -> None:
    forever = socket.socketpair()

    def hang() -> list[Finding]:
        forever[0].recv(1)
        return []

    def fail() -> list[Finding]:
        raise KeyError("x")

    found = examine(
        [
            Check(Group.PORTS, "hung", hang, within=0.3),
            Check(Group.DATA, "broken", fail),
            Check(Group.DATA, "well", lambda: [fine(Group.DATA, "secrets", number=1)]),
        ],
        lambda left: None,
    )
    for end in forever:
        end.close()
    assert [finding.id for finding in found] == ["check_failed", "secrets", "hangs"]
    assert ids(found)["hangs"] is WRONG


# Data folder


def test_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert ids(look_at_folder(folder)) == {"absent": NOTE}
    folder.mkdir()
    assert ids(look_at_folder(folder)) == {"folder": FINE}
    folder.chmod(0o777)
    assert ids(look_at_folder(folder)) == {"open_to_all": WRONG}
    folder.rmdir()
    folder.write_text("")
    assert ids(look_at_folder(folder)) == {"no_folder": WRONG}
    assert ids(look_at_folder(Path("/proc/self"))) == {"not_writable": WRONG}


def test_a_folder_of_another_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(tmp_path, 65534, 65534)
    assert ids(look_at_folder(tmp_path)) == {"other_owner": NOTE}


def test_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SPOOL == MAX_BYTES
    assert filesystem(Path("/proc/self")) == "proc"
    assert filesystem(tmp_path)
    monkeypatch.setattr("facility.cli.doctor.data.PASSING", set())
    monkeypatch.setattr("facility.cli.doctor.data.SPOOL", 0)
    monkeypatch.setattr("facility.cli.doctor.data.LEAST", 0)
    assert ids(look_at_disk(tmp_path / "none yet", embedded=False)) == {"disk": FINE}
    monkeypatch.setattr("facility.cli.doctor.data.SPOOL", 1 << 60)
    assert ids(look_at_disk(tmp_path, embedded=False)) == {"little_room": NOTE}
    monkeypatch.setattr("facility.cli.doctor.data.LEAST", 1 << 60)
    monkeypatch.setattr("facility.cli.doctor.data.REMOTE", {filesystem(tmp_path)})
    assert ids(look_at_disk(tmp_path, embedded=True)) == {"disk_full": WRONG, "remote_disk": WRONG}


def test_secrets(installation: Installation, tmp_path: Path) -> None:
    secret = installation.settings.secret
    own = installation.settings.data / "secret.key"
    assert secret
    assert own in secret_files(installation)
    assert ids(look_at_secrets([own])) == {"secrets": FINE}
    own.chmod(0o644)
    assert ids(look_at_secrets([own])) == {"secret_for_all": WRONG}
    assert ids(look_at_secrets([tmp_path / "none"])) == {"secret_missing": WRONG}


# Links


@pytest.fixture
def pty() -> Iterator[str]:
    """A pseudo-terminal's path."""
    master, slave = os.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_serial_ports(pty: str, tmp_path: Path) -> None:
    serial = LinkKind.MODBUS_RTU
    assert ids([look_at_port(link(serial, device=pty))]) == {"port": FINE}
    holder = os.open(pty, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    assert ids([look_at_port(link(serial, device=pty))]) == {"port_held": WRONG}
    os.close(holder)
    assert ids([look_at_port(link(serial, device="/dev/ttyUSB77"))]) == {"no_device": WRONG}
    assert ids([look_at_port(link(serial, device="/dev/null"))]) == {"no_serial_port": WRONG}


def test_gateways() -> None:
    port = free_port()
    assert ids([look_at_address(link(port=port))]) == {"refused": WRONG}
    assert ids([look_at_address(link(port=port, host="no-such-host.invalid"))]) == {"unknown_host": WRONG}
    with socket.create_server(("127.0.0.1", port)):
        assert ids([look_at_address(link(port=port))]) == {"reached": FINE}


# Ports


def _hang_up(server: socket.socket) -> None:
    server.accept()[0].close()


def test_the_port_of_the_pages() -> None:
    port = free_port()
    assert ids(look_at_tcp_port("127.0.0.1", port)) == {"free": FINE}
    with socket.create_server(("127.0.0.1", port)) as other:
        Thread(target=_hang_up, args=(other,), daemon=True).start()
        assert ids(look_at_tcp_port("127.0.0.1", port)) == {"taken": WRONG}
    assert ids(look_at_tcp_port("192.0.2.1", port)) == {"no_address": WRONG}
    assert ids(look_at_tcp_port("127.0.0.1", 99_999)) == {"no_port": WRONG}


# Clock and channels


def test_clocks() -> None:
    found = ids(look_at_clock("Asia/Shanghai"))
    assert found["zones"] is FINE
    assert found.keys() & {"held", "not_held", "not_held_yet", "not_told"}
    assert ids([compared("x", 0.4)]) == {"agrees": FINE}
    assert ids([compared("x", -7.0)]) == {"apart": WRONG}
    assert list(http_offset("x", "yesterday", 0.0)) == []
    assert list(http_offset("x", None, 0.0)) == []


class _Late(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return "Mon, 01 Jan 2024 00:00:00 GMT"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def test_channels(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://user:word@robot.example/send?key=secret\n")
    spec = ChannelSpec("wecom", "wecom_robot", url_file=tmp_path / "url", timeout=timedelta(seconds=1))
    assert server_of(spec) == "https://robot.example/"
    port = free_port()
    assert ids(look_at_channel(f"http://127.0.0.1:{port}/", "wecom")) == {"unreachable": WRONG}
    with HTTPServer(("127.0.0.1", port), _Late) as server:
        Thread(target=server.handle_request, daemon=True).start()
        found = ids(look_at_channel(f"http://127.0.0.1:{port}/", "wecom"))
    assert found == {"reached": FINE, "apart": WRONG}


def test_a_modem_and_a_mail_server(tmp_path: Path) -> None:
    port = free_port()
    assert ids(look_at_channel(f"smtp://127.0.0.1:{port}/", "mail")) == {"unreachable": WRONG}
    with HTTPServer(("127.0.0.1", port), _Late):
        assert ids(look_at_channel(f"smtp://127.0.0.1:{port}/", "mail")) == {"reached": FINE}
    device = tmp_path / "ttyUSB2"
    spec = ChannelSpec("sms", "modem_sms", settings={"device": str(device)})
    assert ids(look_at_modem(spec)) == {"no_modem": WRONG}
    device.touch()
    assert ids(look_at_modem(spec)) == {"modem": FINE}
