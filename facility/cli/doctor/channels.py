"""Message channels: is the vendor's server reached, and what time does it think it is? Nothing is sent to a channel."""

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from facility.cli.doctor.clock import http_offset
from facility.cli.doctor.finding import Check, Finding, Group, fine, wrong
from facility.cli.doctor.installation import Installation
from facility.domain.notice import ChannelSpec


def checks(installation: Installation) -> list[Check]:
    """One for each server that channels use."""
    site = installation.site
    servers: dict[str, list[str]] = {}
    for spec in site.channels.values() if site else ():
        servers.setdefault(server_of(spec), []).append(spec.id)
    return [
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


def look(url: str, channels: str) -> Iterator[Finding]:
    """Any answer will do: the root of a vendor's server is nobody's message."""
    began = time.time()
    try:
        answer = httpx.head(url, timeout=5)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        yield wrong(Group.CHANNELS, "unreachable", channels=channels, url=url, why=why)
        return
    yield fine(Group.CHANNELS, "reached", channels=channels, url=url)
    yield from http_offset(url, answer.headers.get("Date"), (began + time.time()) / 2)
