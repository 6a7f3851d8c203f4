"""Ports that we want to listen on."""

import errno
import socket
from collections.abc import Iterator

import httpx

from facility.cli.doctor.finding import Check, Finding, Group, fine, wrong
from facility.cli.doctor.installation import Installation


def checks(installation: Installation) -> list[Check]:
    """The port of the pages."""
    settings = installation.settings
    return [Check(Group.PORTS, "port of the pages", lambda: look(settings.api_host, settings.api_port))]


def look(host: str, port: int) -> Iterator[Finding]:
    """Free, or taken by our own pages."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OverflowError:
        yield wrong(Group.PORTS, "no_port", port=port)
    except OSError as error:
        facts = {"host": host, "port": port, "why": error.strerror or error}
        if error.errno == errno.EADDRINUSE:
            yield (fine if _ours(host, port) else wrong)(Group.PORTS, "ours" if _ours(host, port) else "taken", **facts)
        elif error.errno == errno.EACCES:
            yield wrong(Group.PORTS, "privileged", **facts)
        else:
            yield wrong(Group.PORTS, "no_address", **facts)
    else:
        yield fine(Group.PORTS, "free", host=host, port=port)


def _ours(host: str, port: int) -> bool:
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"[{reached}]" if ":" in reached else reached
    for scheme in ("http", "https"):  # verify=False: it is this very machine
        try:
            answer = httpx.get(f"{scheme}://{address}:{port}/healthz", timeout=3, trust_env=False, verify=False)
            said: object = answer.json()
        except (httpx.HTTPError, ValueError):
            continue
        return said == {"status": "up"}
    return False
