"""The real api over TLS: trusted by who trusts the authority, with the strict cookie; a renewed certificate is taken meanwhile."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from api.renewal import Renewal
from facility.certificates import TlsFolder, certificate_of, issue, make_authority, read_certificate
from facility.domain.role import Role
from tests.api.browser.served import Served, served
from tests.api.scene import PASSWORD, Scene
from tests.harness.tls import shown_by

NOW = datetime.now(UTC)


@pytest.fixture
def place(tmp_path: Path) -> TlsFolder:
    place = TlsFolder(tmp_path / "tls")
    make_authority(place, "Garden", "127.0.0.1", NOW)
    issue(place, ["127.0.0.1"], NOW)
    return place


@pytest.fixture
def running(scene: Scene, place: TlsFolder) -> Iterator[Served]:
    files = {"FACILITY_TLS_CERT_FILE": str(place.server), "FACILITY_TLS_KEY_FILE": str(place.server_key)}
    with served(scene, alive=False, tls=files) as running:
        yield running


def test_signing_in_over_tls(running: Served, scene: Scene, place: TlsFolder) -> None:
    scene.account("li", Role.TECHNICIAN)
    trusting = ssl.create_default_context(cafile=str(place.authority))
    with httpx.Client(base_url=running.address, verify=trusting) as browser:
        answer = browser.post("/sign-in", data={"login": "li", "password": PASSWORD})
        assert answer.headers["set-cookie"].startswith("__Host-session=")
        assert browser.get("/overview").status_code == 200


class Waiting:
    """As much of uvicorn's configuration as holds the certificate."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.ssl = context


def test_a_renewed_certificate_is_taken_and_a_broken_one_is_not(place: TlsFolder) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place.server, place.server_key)
    renewal = Renewal(Waiting(context), place.server, place.server_key)  # type: ignore[arg-type]
    first = shown_by(context)
    assert renewal.look() is False
    issue(place, ["127.0.0.1"], NOW)
    assert renewal.look() is True
    second = shown_by(context)
    assert second != first
    assert certificate_of(second) == read_certificate(place.server)
    place.server.write_text("half a file")
    assert renewal.look() is False
    assert shown_by(context) == second
    place.server.unlink()
    assert renewal.look() is False
    assert shown_by(context) == second
