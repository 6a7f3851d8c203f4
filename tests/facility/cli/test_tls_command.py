"""`facility tls`: made, renewed when it is time, made anew on purpose alone; and what the doctor says of certificates."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facility.certificates import TlsFolder, issue, make_authority, read_certificate
from facility.cli.doctor.certificate import look
from facility.cli.doctor.finding import Severity
from facility.cli.program import app
from tests.facility.cli.doctor.conftest import ids
from tests.harness.ports import free_port

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
PUBLIC = "https://pages.garden.test:8443"
NOW = datetime.now(UTC)


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["tls", *arguments], input=typed)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TlsFolder:
    monkeypatch.setenv("FACILITY_SITE", str(DEMO / "site.yaml"))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    monkeypatch.setenv("FACILITY_PUBLIC_URL", PUBLIC)
    return TlsFolder(tmp_path / "tls")


def test_made_shown_and_renewed_in_time_under_one_authority(place: TlsFolder) -> None:
    made = run("make", "--name", "192.168.1.20")
    assert made.exit_code == 0, made.output
    assert f"FACILITY_TLS_CERT_FILE={place.server}" in made.stdout
    authority, first = read_certificate(place.authority), read_certificate(place.server)
    assert authority.fingerprint in made.stdout
    assert first.names == ("pages.garden.test", "localhost", "192.168.1.20", "127.0.0.1")
    assert "Nothing to do" in run("renew").stdout
    issue(place, list(first.names), NOW - timedelta(days=340))
    assert "Renewed" in run("renew").stdout
    assert read_certificate(place.server).names == first.names
    shown = json.loads(run("show", "--json").stdout)
    assert shown["authority"]["fingerprint"] == authority.fingerprint
    assert "Certificate Trust Settings" in run("show").stdout


def test_a_new_authority_is_made_on_purpose_alone(place: TlsFolder) -> None:
    run("make")
    before = read_certificate(place.authority).fingerprint
    assert run("make").exit_code == 0
    assert run("make", "--anew", typed="n\n").exit_code == 1
    assert read_certificate(place.authority).fingerprint == before
    assert run("make", "--anew", "--yes").exit_code == 0
    assert read_certificate(place.authority).fingerprint != before


def test_what_is_refused(place: TlsFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("renew").exit_code == run("show").exit_code == 1
    result = run("make", "--name", "bank.example")
    assert (result.exit_code, "may not vouch for bank.example" in result.output) == (1, True)
    monkeypatch.setenv("FACILITY_PUBLIC_URL", "http://0.0.0.0:8080")
    assert "names no host" in run("make").output


def test_the_doctor_on_certificates(place: TlsFolder, tmp_path: Path) -> None:
    wrong, note, fine = Severity.WRONG, Severity.NOTE, Severity.FINE
    make_authority(place, "Garden", "pages.garden.test", NOW)
    issue(place, ["pages.garden.test"], NOW)
    files = (place.server, place.server_key)

    def after(days: int, public: str = PUBLIC) -> dict[str, Severity]:
        return ids(look(public, files, NOW + timedelta(days=days)))

    assert after(0) == {"certificate": fine}
    assert after(370) == {"certificate_ends": note}
    assert after(390) == {"certificate_ends": wrong}
    assert after(398) == after(-2) == {"certificate_ended": wrong}
    assert after(0, "https://other.test") == {"certificate_other_name": wrong, "certificate": fine}
    assert after(0, "http://pages.garden.test") == {"certificate_not_told": wrong, "certificate": fine}
    assert ids(look(PUBLIC, (place.server, place.authority_key), NOW)) == {"certificate_unusable": wrong}
    nothing = f"https://127.0.0.1:{free_port()}"
    assert ids(look(nothing, None, NOW)) == {"https_without_certificate": wrong}
    assert ids(look("http://127.0.0.1", None, NOW)) == {}
