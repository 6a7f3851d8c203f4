"""Wiring: chooses the real clock, stores and site for a program. The only importer of `store/`."""

import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facility.clock import SystemClock, clock_from_environment
from facility.domain.asset import Site
from facility.domain.emergency import EmergencyPlans
from facility.domain.errors import Refusal
from facility.domain.state import ProgramState
from facility.locale import alert_kinds
from facility.ports import History, Lease, Live, Passwords, Stage, Work
from facility.settings import SettingRefused, Settings, settings_from_environment
from facility.site import load
from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from facility.store.sql.diagnose import DatabaseFacts, database_facts
from facility.store.sqlite_history import SqliteHistory

if TYPE_CHECKING:
    from facility.store.influx_diagnose import InfluxFacts

__all__ = [
    "DatabaseFacts",
    "InfluxFacts",
    "Program",
    "accounts",
    "database_facts",
    "emergency_plans",
    "influx_facts",
    "leader",
    "open_history",
    "passwords",
    "recorded_history",
    "stage_of",
    "start",
]

HISTORY_FILE = "history.db"


@dataclass(frozen=True, slots=True)
class Program:
    """What every program starts with."""

    name: str
    settings: Settings
    clock: SystemClock
    site: Site

    def history(self) -> History:
        """The history that the settings name."""
        return open_history(self.settings, self.site.id)

    def live(self) -> Live:
        """The present values."""
        return SqlLive(self.settings.live, self.site.id)

    def work(self) -> Work:
        """The work database."""
        return SqlWork(self.settings.work, self.site.id)


def start(name: str) -> Program:
    """Configure logging, read settings and site; SettingRefused, SiteRefused."""
    settings = settings_from_environment()
    logging.basicConfig(
        level=settings.log_level,
        stream=sys.stderr,
        format=f"%(asctime)s %(levelname)-7s {name} %(name)s: %(message)s",
        force=True,
    )
    for chatty in ("httpx", "pymodbus", "apscheduler", "alembic", "transitions", "amqtt"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    settings.data.mkdir(parents=True, exist_ok=True)
    return Program(name, settings, clock_from_environment(), load(settings.site))


def emergency_plans(settings: Settings) -> EmergencyPlans:
    """The shipped emergency plans and the site's own; SiteRefused."""
    from facility.site.emergency import load_plans  # here: only the pages read them

    return load_plans(settings.site.parent, alert_kinds())


def stage_of(site: Site) -> Stage | None:
    """The simulators that play drills; None where the site file names none."""
    if site.drills is None:
        return None
    from facility.rehearsal import SimulatorsStage  # here: its HTTP client takes memory that collectors do not have

    return SimulatorsStage(site.drills.simulators)


def open_history(settings: Settings, site: str) -> History:
    """SQLite, or InfluxDB at an http(s) address."""
    if settings.history == "sqlite":
        return SqliteHistory(settings.data / HISTORY_FILE, site, settings.retention_days, settings.rolled_days)
    if settings.history.startswith(("http://", "https://")):
        from facility.store.influx import InfluxHistory  # here: its client takes a second to import

        return InfluxHistory(
            url=settings.history,
            org=settings.influx_org,
            bucket=settings.influx_bucket,
            token=settings.influx_token,
            retention_days=settings.retention_days,
            rolled_days=settings.rolled_days,
            site=site,
        )
    raise SettingRefused(
        "FACILITY_HISTORY", f"{settings.history!r} is neither 'sqlite' nor an address", "Use http://host:8086"
    )


def recorded_history(settings: Settings, site: str) -> History:
    """The same, for what only looks at readings: Refusal before the first one was stored."""
    if settings.history == "sqlite" and not (settings.data / HISTORY_FILE).exists():
        raise Refusal(
            f"No readings yet: there is no {settings.data / HISTORY_FILE}. The collectors make it: start the programs"
            " (`facility run`), or set FACILITY_DATA to the folder that they write to."
        )
    return open_history(settings, site)


def influx_facts(url: str, org: str, bucket: str, token: str, site: str) -> "InfluxFacts":
    """What can be learnt of an InfluxDB; never raises for what it can do."""
    from facility.store.influx_diagnose import influx_facts  # here: programs on SQLite need no HTTP client

    return influx_facts(url, org, bucket, token, site)


def passwords() -> Passwords:
    """The hashing of passwords."""
    from facility.passwords import Argon2Passwords  # here: only pages and accounts need it

    return Argon2Passwords()


def accounts(settings: Settings, site: str) -> dict[str, ProgramState]:
    """What the site's programs say of themselves; nothing before the first start. StoreError."""
    if database_facts(settings.live, "live").trouble == "absent":
        return {}
    return SqlLive(settings.live, site).programs()


def leader(settings: Settings, site: str) -> Lease | None:
    """Who leads, or led last; StoreError."""
    with SqlWork(settings.work, site).reading() as unit:
        return unit.leases.read("scheduler")
