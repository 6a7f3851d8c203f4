"""The pages' certificate: is there one, does it fit, when does it end."""

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from facility.certificates import (
    CertificateFacts,
    CertificateRefused,
    certificate_of,
    covers,
    read_certificate,
    require_pair,
)
from facility.cli.doctor.finding import Check, Finding, Group, fine, note, wrong
from facility.cli.doctor.installation import Installation

SOON, VERY_SOON = timedelta(days=30), timedelta(days=14)


def checks(installation: Installation) -> list[Check]:
    """One check."""
    settings, site = installation.settings, installation.site
    public = (site.public_url if site else "") or settings.public_url
    return [
        Check(Group.PORTS, "certificate of the pages", lambda: look(public, settings.tls, installation.clock.now()))
    ]


def look(public: str, tls: tuple[Path, Path] | None, now: datetime) -> Iterator[Finding]:
    """With files of our own those; without, what a proxy shows at an https address."""
    address = urlsplit(public)
    host = address.hostname or ""
    if tls is None:
        if address.scheme == "https":
            yield from _look_at_proxy(host, address.port or 443, now)
        return
    certificate, key = tls
    try:
        require_pair(certificate, key)
        facts = read_certificate(certificate)
    except CertificateRefused as refused:
        yield wrong(Group.PORTS, "certificate_unusable", why=str(refused))
        return
    if address.scheme != "https":
        yield wrong(Group.PORTS, "certificate_not_told", public=public)
    yield from _judge(facts, host, str(certificate), now)


def _look_at_proxy(host: str, port: int, now: datetime) -> Iterator[Finding]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is looked at, not trusted
    try:
        with (
            socket.create_connection((host, port), timeout=5) as wire,
            context.wrap_socket(wire, server_hostname=host) as secure,
        ):
            shown = secure.getpeercert(binary_form=True)
    except OSError as error:
        yield wrong(Group.PORTS, "https_without_certificate", place=f"{host}:{port}", why=error)
        return
    yield from _judge(certificate_of(shown or b""), host, f"{host}:{port}", now)


def _judge(facts: CertificateFacts, host: str, place: str, now: datetime) -> Iterator[Finding]:
    told = {"place": place, "ends": f"{facts.ends:%Y-%m-%d}", "days": max(0, (facts.ends - now).days)}
    if not covers(facts, host):
        yield wrong(Group.PORTS, "certificate_other_name", host=host, names=", ".join(facts.names) or "-", **told)
    if now < facts.begins or now >= facts.ends:
        yield wrong(Group.PORTS, "certificate_ended", begins=f"{facts.begins:%Y-%m-%d}", **told)
    elif facts.ends - now < SOON:
        yield (wrong if facts.ends - now < VERY_SOON else note)(Group.PORTS, "certificate_ends", **told)
    else:
        yield fine(Group.PORTS, "certificate", **told)
