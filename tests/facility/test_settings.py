"""Settings: refused with the variable's name and the remedy; secrets come from files."""

from datetime import timedelta
from pathlib import Path

import pytest

from facility.domain.account import Lifetime
from facility.settings import SettingRefused, settings_from_environment


def test_a_number_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_API_PORT", "eighty")
    with pytest.raises(SettingRefused, match="FACILITY_API_PORT: 'eighty' is not a whole number"):
        settings_from_environment()


def test_a_secret_file_that_cannot_be_read_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACILITY_INFLUX_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(SettingRefused, match=r"FACILITY_INFLUX_TOKEN_FILE: .*missing cannot be read"):
        settings_from_environment()


def test_live_follows_work_to_postgresql_and_stays_a_file_of_its_own_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    assert settings_from_environment().live == f"sqlite:///{tmp_path / 'live.db'}"
    monkeypatch.setenv("FACILITY_WORK", "postgresql://somewhere/facility")
    assert settings_from_environment().live == "postgresql://somewhere/facility"


def test_the_link_secret_is_made_once_and_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    settings = settings_from_environment()
    assert len(settings.secret) == 32
    assert settings.secret == settings.secret
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_roll_ups_are_kept_at_least_as_long_as_what_is_finer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_from_environment().rolled_days == (730, 3650)
    monkeypatch.setenv("FACILITY_RETENTION_DAYS", "1000")
    assert settings_from_environment().rolled_days == (1000, 3650)
    monkeypatch.setenv("FACILITY_RETENTION_5M_DAYS", "999")
    with pytest.raises(
        SettingRefused,
        match=r"FACILITY_RETENTION_5M_DAYS: 999 days are shorter than FACILITY_RETENTION_DAYS.*1000 or more",
    ):
        settings_from_environment()


def test_readings_kept_for_ever_want_roll_ups_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_RETENTION_DAYS", "0")
    assert settings_from_environment().rolled_days == (0, 0)
    monkeypatch.setenv("FACILITY_RETENTION_1H_DAYS", "3650")
    with pytest.raises(SettingRefused, match=r"FACILITY_RETENTION_1H_DAYS: .*for ever"):
        settings_from_environment()


def test_a_session_has_its_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_from_environment().session == Lifetime(timedelta(hours=12), timedelta(days=7))
    monkeypatch.setenv("FACILITY_SESSION_IDLE_HOURS", "1")
    monkeypatch.setenv("FACILITY_SESSION_DAYS", "30")
    assert settings_from_environment().session == Lifetime(timedelta(hours=1), timedelta(days=30))
    monkeypatch.setenv("FACILITY_SESSION_DAYS", "0")
    with pytest.raises(SettingRefused, match="FACILITY_SESSION_DAYS: 0 is not between 1 and 90"):
        settings_from_environment()


def test_certificate_and_key_come_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert settings_from_environment().public_url == "http://127.0.0.1:8080"
    monkeypatch.setenv("FACILITY_TLS_CERT_FILE", str(tmp_path / "server.pem"))
    with pytest.raises(SettingRefused, match="FACILITY_TLS_KEY_FILE: is missing"):
        settings_from_environment()
    monkeypatch.setenv("FACILITY_TLS_KEY_FILE", str(tmp_path / "server.key"))
    settings = settings_from_environment()
    assert settings.tls == (tmp_path / "server.pem", tmp_path / "server.key")
    assert (settings.api_scheme, settings.public_url) == ("https", "https://127.0.0.1:8080")
