"""An own authority and its certificates, judged by OpenSSL itself on a real connection: only the right names, only in time."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from facility.certificates import (
    CertificateRefused,
    TlsFolder,
    covers,
    issue,
    make_authority,
    read_certificate,
    require_pair,
)
from tests.harness.tls import accepts

NOW = datetime.now(UTC)


@pytest.fixture
def place(tmp_path: Path) -> TlsFolder:
    place = TlsFolder(tmp_path / "tls")
    make_authority(place, "Demo Garden", "pages.garden.test", NOW)
    return place


@contextmanager
def server(place: TlsFolder) -> Iterator[int]:
    """A TLS server with the certificate of this folder; its port."""
    listening = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place.server, place.server_key)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield listening.server_port
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def test_browsers_of_the_site_accept_the_pages_under_their_names_alone(place: TlsFolder) -> None:
    facts = issue(place, ["pages.garden.test", "192.168.1.20", "127.0.0.1"], NOW)
    assert facts.names == ("pages.garden.test", "192.168.1.20", "127.0.0.1")
    assert timedelta(days=396) < facts.ends - NOW <= timedelta(days=397)
    with server(place) as port:
        for name in ("pages.garden.test", "192.168.1.20", "127.0.0.1"):
            assert accepts(port, name, place.authority) == "", name
        assert "mismatch" in accepts(port, "other.test", place.authority)
        assert "self-signed" in accepts(port, "127.0.0.1", None) or "unable to get" in accepts(port, "127.0.0.1", None)


@pytest.mark.parametrize("stranger", ["bank.example", "8.8.8.8", "garden.test", "evilpages.garden.test.example"])
def test_the_authority_vouches_for_nobody_else(place: TlsFolder, stranger: str) -> None:
    with pytest.raises(CertificateRefused, match="may not vouch"):
        issue(place, ["pages.garden.test", stranger], NOW)


def test_a_stolen_key_deceives_no_phone_about_other_sites(place: TlsFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has the key does not ask our program: OpenSSL refuses what the authority's constraints do not hold."""
    monkeypatch.setattr("facility.certificates._permitted", lambda authority, name: True)
    issue(place, ["bank.example"], NOW)
    with server(place) as port:
        assert "permitted subtree violation" in accepts(port, "bank.example", place.authority)


def test_keys_are_for_their_owner_and_pairs_belong_together(place: TlsFolder, tmp_path: Path) -> None:
    issue(place, ["pages.garden.test"], NOW)
    for key in (place.authority_key, place.server_key):
        assert key.stat().st_mode & 0o777 == 0o600
    require_pair(place.server, place.server_key)
    for certificate, key in (
        (place.server, place.authority_key),
        (place.server_key, place.server_key),
        (tmp_path / "none", place.server_key),
    ):
        with pytest.raises(CertificateRefused):
            require_pair(certificate, key)
    with pytest.raises(CertificateRefused, match="not a certificate"):
        read_certificate(place.server_key)


def test_names_and_wildcards(place: TlsFolder) -> None:
    facts = issue(place, ["*.pages.garden.test", "localhost"], NOW)
    assert covers(facts, "A.pages.garden.test")
    assert covers(facts, "localhost")
    assert not covers(facts, "pages.garden.test")
    assert not covers(facts, "a.b.pages.garden.test")
    assert not covers(facts, "test")


def test_a_name_that_is_none(place: TlsFolder) -> None:
    with pytest.raises(CertificateRefused, match="neither a host name nor an address"):
        issue(place, ["a" * 64 + ".local"], NOW)
