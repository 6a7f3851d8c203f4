"""Message channels: is the vendor's server reached, and what time does it think it is? Nothing is sent to a channel."""

import os
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from facility.cli.doctor.clock import http_offset
from facility.cli.doctor.finding import Check, Finding, Group, fine, wrong
from facility.cli.doctor.installation import Installation
from facility.domain.notice import ChannelSpec

MODEMS = ("modem_sms", "modem_call")


def checks(installation: Installation) -> list[Check]:
    """One for each server that channels use."""
    site = installation.site
    servers: dict[str, list[str]] = {}
    for spec in site.channels.values() if site else ():
        if spec.kind not in (
            "mqtt",
            "apprise",
            *MODEMS,
        ):  # a broker is a family of its own; apprise's addresses are no servers
            servers.setdefault(server_of(spec), []).append(spec.id)
    modems = [spec for spec in (site.channels.values() if site else ()) if spec.kind in MODEMS]
    return [
        Check(Group.CHANNELS, f"channel {spec.id}", lambda spec=spec: look_at_modem(spec))  # type: ignore[misc]
        for spec in modems
    ] + [
        Check(Group.CHANNELS, f"channel {names[0]}", lambda url=url, names=names: look(url, ", ".join(names)))  # type: ignore[misc]
        for url, names in servers.items()
    ]


def server_of(spec: ChannelSpec) -> str:
    """Address of the server's root, without the key that the channel's own address holds; empty when its file is missing."""
    try:
        url = spec.url or (spec.url_file.read_text(encoding="utf-8").strip() if spec.url_file else "")
    except OSError:
        return ""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def look_at_modem(spec: ChannelSpec) -> Iterator[Finding]:
    """Is the modem's port there, and may we open it? It is not opened: the scheduler may be sending."""
    device = spec.text("device")
    if os.access(device, os.R_OK | os.W_OK):
        yield fine(Group.CHANNELS, "modem", channels=spec.id, device=device)
        return
    why = "no permission" if os.path.exists(device) else "no such device"
    yield wrong(Group.CHANNELS, "no_modem", channels=spec.id, device=device, why=why)


def _look_at_mail(url: str, channels: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=5).close()
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        yield wrong(Group.CHANNELS, "unreachable", channels=channels, url=url, why=why)
        return
    yield fine(Group.CHANNELS, "reached", channels=channels, url=url)


def look(url: str, channels: str) -> Iterator[Finding]:
    """Any answer will do: the root of a vendor's server is nobody's message."""
    if url.startswith("smtp"):
        yield from _look_at_mail(url, channels)
        return
    began = time.time()
    try:
        answer = httpx.head(url, timeout=5)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        yield wrong(Group.CHANNELS, "unreachable", channels=channels, url=url, why=why)
        return
    yield fine(Group.CHANNELS, "reached", channels=channels, url=url)
    yield from http_offset(url, answer.headers.get("Date"), (began + time.time()) / 2)
