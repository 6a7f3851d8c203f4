"""Settings of the programs, from the environment; secrets from files. `facility --help` lists them."""

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from facility.domain.account import Lifetime
from facility.domain.errors import Refusal


class SettingRefused(Refusal):
    """A setting that cannot be used: its name, what is wrong, how to mend it."""

    def __init__(self, name: str, what: str, mend: str) -> None:
        super().__init__(f"{name}: {what}. {mend}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations."""

    site: Path  # FACILITY_SITE: the site file
    data: Path  # FACILITY_DATA: spool, journal, embedded stores; a local disk
    work: str  # FACILITY_WORK: SQLAlchemy URL; default SQLite in `data`
    live: str  # FACILITY_LIVE: the same; default SQLite in `data`, or `work` when that is PostgreSQL
    history: str  # FACILITY_HISTORY: "sqlite" or an http(s) URL of InfluxDB
    influx_org: str  # FACILITY_INFLUX_ORG
    influx_bucket: str  # FACILITY_INFLUX_BUCKET
    influx_token: str  # FACILITY_INFLUX_TOKEN_FILE (or FACILITY_INFLUX_TOKEN)
    retention_days: int  # FACILITY_RETENTION_DAYS: readings; 0 keeps for ever
    rolled_days: tuple[int, int]  # FACILITY_RETENTION_5M_DAYS, FACILITY_RETENTION_1H_DAYS: their roll-ups
    api_host: str  # FACILITY_API_HOST
    api_port: int  # FACILITY_API_PORT
    tls: (
        tuple[Path, Path] | None
    )  # FACILITY_TLS_CERT_FILE, FACILITY_TLS_KEY_FILE: certificate (with its chain) and key of the api
    public_url: str  # FACILITY_PUBLIC_URL: how phones reach the api; the site file's, or the api's own address
    session: Lifetime  # FACILITY_SESSION_IDLE_HOURS, FACILITY_SESSION_DAYS: how long people stay signed in
    trusted_proxies: str  # FACILITY_TRUSTED_PROXIES: whose X-Forwarded-For and X-Forwarded-Proto are believed
    simulators_port: int  # FACILITY_SIMULATORS_PORT: control and robot page of the simulators
    log_level: str  # FACILITY_LOG
    record: Path | None = None  # FACILITY_RECORD: file into which the collectors record the traffic of all links
    record_mb: int = 100  # FACILITY_RECORD_MB: its size at most

    @property
    def api_scheme(self) -> str:
        """How the api itself speaks."""
        return "https" if self.tls else "http"

    @property
    def secret(self) -> bytes:
        """Key that signs personal links; made on first use, readable by the owner alone."""
        return _secret(self.data / "secret.key")


def settings_from_environment() -> Settings:
    """Read the environment; SettingRefused names the variable."""
    env = os.environ
    data = Path(env.get("FACILITY_DATA", "var/facility")).absolute()
    work = secret_text("FACILITY_WORK") or f"sqlite:///{data / 'work.db'}"
    default_live = work if work.startswith("postgresql") else f"sqlite:///{data / 'live.db'}"
    api_port = _number("FACILITY_API_PORT", 8080)
    api_host = env.get("FACILITY_API_HOST", "127.0.0.1")
    retention_days = _number("FACILITY_RETENTION_DAYS", 90)
    tls = _tls()
    return Settings(
        site=Path(env.get("FACILITY_SITE", "site.yaml")).absolute(),
        data=data,
        work=work,
        live=secret_text("FACILITY_LIVE") or default_live,
        history=env.get("FACILITY_HISTORY", "sqlite"),
        influx_org=env.get("FACILITY_INFLUX_ORG", "facility"),
        influx_bucket=env.get("FACILITY_INFLUX_BUCKET", "facility"),
        influx_token=secret_text("FACILITY_INFLUX_TOKEN"),
        retention_days=retention_days,
        rolled_days=_rolled_days(retention_days),
        api_host=api_host,
        api_port=api_port,
        tls=tls,
        public_url=env.get("FACILITY_PUBLIC_URL", f"{'https' if tls else 'http'}://{api_host}:{api_port}").rstrip("/"),
        session=_lifetime(),
        trusted_proxies=env.get("FACILITY_TRUSTED_PROXIES") or "127.0.0.1",
        simulators_port=_number("FACILITY_SIMULATORS_PORT", 8090),
        log_level=env.get("FACILITY_LOG", "INFO").upper(),
        record=Path(env["FACILITY_RECORD"]).absolute() if env.get("FACILITY_RECORD") else None,
        record_mb=_number("FACILITY_RECORD_MB", 100),
    )


def secret_text(name: str) -> str:
    """The value of `name`, or the content of the file named by `name`_FILE; empty when neither is set."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingRefused(
            f"{name}_FILE", f"{path} cannot be read ({error.strerror})", "Name a readable file"
        ) from None


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise SettingRefused(name, f"{text!r} is not a whole number", f"Set it to a number such as {default}")
    return int(text)


def _rolled_days(readings: int) -> tuple[int, int]:
    """How long roll-ups are kept; never shorter than what is finer, or there would be a hole in between."""
    finer, finer_name, found = readings, "FACILITY_RETENTION_DAYS", []
    for name, usual in (("FACILITY_RETENTION_5M_DAYS", 730), ("FACILITY_RETENTION_1H_DAYS", 3650)):
        days = _number(name, max(usual, finer) if finer else 0)
        if days and (not finer or days < finer):
            what = f"{days} days are shorter than {finer_name}, which keeps {finer or 'for ever'}"
            raise SettingRefused(name, what, f"Set it to {finer} or more, or 0 for ever" if finer else "Set it to 0")
        found.append(days)
        finer, finer_name = days, name
    return found[0], found[1]


def _tls() -> tuple[Path, Path] | None:
    names = ("FACILITY_TLS_CERT_FILE", "FACILITY_TLS_KEY_FILE")
    given = {name: os.environ.get(name, "") for name in names}
    if not any(given.values()):
        return None
    for name, path in given.items():
        if not path:
            raise SettingRefused(name, "is missing, while the other of the two is set", "Set both, or none")
    return Path(given[names[0]]).absolute(), Path(given[names[1]]).absolute()


def _lifetime() -> Lifetime:
    idle, days = _number("FACILITY_SESSION_IDLE_HOURS", 12), _number("FACILITY_SESSION_DAYS", 7)
    for name, value, most in (("FACILITY_SESSION_IDLE_HOURS", idle, 24 * 90), ("FACILITY_SESSION_DAYS", days, 90)):
        if not 1 <= value <= most:
            raise SettingRefused(name, f"{value} is not between 1 and {most}", "Set it to a number between them")
    return Lifetime(timedelta(hours=idle), timedelta(days=days))


def _secret(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(temporary, path)  # the first process wins; a half-written key is never seen
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_bytes()
