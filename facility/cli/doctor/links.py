"""Modbus links: is the gateway reached, may the serial port be opened? A link that the collectors hold is left alone."""

import errno
import fcntl
import grp
import os
import socket
import termios
from collections.abc import Iterator

from facility.cli.doctor.finding import Check, Finding, Group, fine, wrong
from facility.cli.doctor.installation import Installation
from facility.domain.asset import Link, LinkKind

CONNECT = 4.0  # seconds


def checks(installation: Installation) -> list[Check]:
    """One for each Modbus link with assets on it."""
    site = installation.site
    if site is None:
        return []
    used = {asset.link for asset in site.assets.values() if not asset.retired}
    links = [link for link in site.links.values() if link.kind.is_modbus and link.id in used]
    return [Check(Group.LINKS, f"link {link.id}", lambda link=link: look(installation, link)) for link in links]  # type: ignore[misc]


def look(installation: Installation, link: Link) -> Iterator[Finding]:
    """Some gateways take one connection only: the collectors' own must not be disturbed."""
    figures = installation.figures("collectors")
    if figures.get(f'facility_link_connections{{link="{link.id}"}}', 0.0) > 0:
        yield fine(Group.LINKS, "held", link=link.id, place=link.place)
    elif link.kind is LinkKind.MODBUS_RTU:
        yield look_at_port(link)
    else:
        yield look_at_address(link)


def look_at_address(link: Link) -> Finding:
    """Does anybody take a TCP connection there?"""
    facts: dict[str, object] = {"link": link.id, "place": link.place, "host": link.host, "port": link.port}
    try:
        socket.create_connection((link.host, link.port), CONNECT).close()
    except socket.gaierror as error:
        return wrong(Group.LINKS, "unknown_host", why=error.strerror or error, **facts)
    except TimeoutError:
        return wrong(Group.LINKS, "silent", seconds=f"{CONNECT:g}", **facts)
    except ConnectionRefusedError:
        return wrong(Group.LINKS, "refused", **facts)
    except OSError as error:
        return wrong(Group.LINKS, "unreachable", why=error.strerror or error, **facts)
    return fine(Group.LINKS, "reached", **facts)


def look_at_port(link: Link) -> Finding:
    """May we open the serial port, and does no other program hold it?"""
    device = link.serial.device if link.serial else ""
    facts: dict[str, object] = {"link": link.id, "device": device}
    try:
        file = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return _not_opened(error, device, facts)
    try:
        termios.tcgetattr(file)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return wrong(Group.LINKS, "port_held", **facts)
    except (OSError, termios.error):
        return wrong(Group.LINKS, "no_serial_port", **facts)
    finally:
        os.close(file)  # gives the lock back
    return fine(Group.LINKS, "port", **facts)


def _not_opened(error: OSError, device: str, facts: dict[str, object]) -> Finding:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return wrong(Group.LINKS, "no_device", **facts)
    if error.errno in (errno.EACCES, errno.EPERM):
        return wrong(Group.LINKS, "port_forbidden", owner=_group_of(device), **facts)
    if error.errno == errno.EBUSY:
        return wrong(Group.LINKS, "port_held", **facts)
    return wrong(Group.LINKS, "no_serial_port", **facts)


def _group_of(device: str) -> str:
    try:
        return grp.getgrgid(os.stat(device).st_gid).gr_name
    except (OSError, KeyError):
        return "dialout"
