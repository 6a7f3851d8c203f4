"""An installation to examine: the demo's site in an empty place."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from facility.cli.doctor.finding import Finding, Severity
from facility.cli.doctor.installation import Installation
from facility.clock import SystemClock
from facility.domain.text import Language
from facility.settings import settings_from_environment
from facility.site import load

DEMO = Path(__file__).resolve().parents[4] / "examples" / "demo"


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Settings of an empty place with the demo's site."""
    shutil.copytree(DEMO, tmp_path / "demo")
    for name in ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_HISTORY", "FACILITY_INFLUX_TOKEN"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setenv("FACILITY_SITE", str(tmp_path / "demo" / "site.yaml"))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path / "data"))
    settings = settings_from_environment()
    return Installation(settings, load(settings.site), SystemClock())


@pytest.fixture
def with_settings(installation: Installation) -> Callable[..., Installation]:
    """The installation with some settings changed."""

    def change(**changes: object) -> Installation:
        return Installation(replace(installation.settings, **changes), installation.site, installation.clock)  # type: ignore[arg-type]

    return change


def ids(findings: Iterable[Finding]) -> dict[str, Severity]:
    """Findings by id; each can be said in both languages, and says a remedy unless it is fine."""
    found = list(findings)
    for finding in found:
        parts = ("what",) if finding.severity is Severity.FINE else ("what", "why", "remedy")
        for language in Language:
            for part in parts:
                assert finding.say(part, language).strip(), (finding, part, language)
    return {finding.id: finding.severity for finding in found}
