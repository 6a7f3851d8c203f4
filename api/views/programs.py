"""The programs as they say of themselves: running, processor time, memory, clock; what waits; clocks of devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.series import apart, series
from facility.domain.state import ProgramState
from facility.domain.text import Title

NAMES = ("collectors", "scheduler", "api", "watchdog", "simulators")
OPTIONAL = ("watchdog", "simulators")  # shown only where they have run
SILENT = timedelta(seconds=10)
LIMIT = 10.0  # seconds by which a device's clock may differ


@dataclass(frozen=True, slots=True)
class ProgramView:
    """One program; what it did not say is None. `cpu`: share of one processor since its start. `clock_held`: by a time source."""

    program: str
    running: bool
    at: datetime | None
    since: datetime | None
    cpu: float | None
    memory: float | None  # bytes
    clock_held: bool | None
    clock_offset: float | None  # seconds still to be corrected
    clock_error: float | None  # seconds, at most


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """The worst clock of a link's devices less ours, in seconds."""

    link: str
    title: Title
    offset: float
    wrong: bool


@dataclass(frozen=True, slots=True)
class Programs:
    """All programs, what waits to be written or delivered, and the devices' clocks."""

    at: datetime
    programs: tuple[ProgramView, ...]
    spool_lines: float | None
    spool_oldest: float | None  # seconds
    edges_undelivered: float | None
    device_clocks: tuple[DeviceClock, ...]


def programs(site: Site, known: Mapping[str, ProgramState], own: Mapping[str, float], now: datetime) -> Programs:
    """`own`: the api's figures, which are newer than its account."""
    states = {**known, "api": ProgramState("api", now, own)}
    collected = states["collectors"].metrics if "collectors" in states else {}
    return Programs(
        at=now,
        programs=tuple(_view(name, states.get(name), now) for name in NAMES if name in states or name not in OPTIONAL),
        spool_lines=collected.get("facility_spool_lines"),
        spool_oldest=collected.get("facility_spool_oldest_seconds"),
        edges_undelivered=collected.get("facility_edges_undelivered"),
        device_clocks=tuple(_clocks(site, collected)),
    )


def _view(name: str, state: ProgramState | None, now: datetime) -> ProgramView:
    figures = state.metrics if state else {}

    def of(figure: str) -> float | None:
        return figures.get(series(figure, program=name))

    started, cpu = of("facility_process_start_time_seconds"), of("facility_process_cpu_seconds_total")
    held = of("facility_clock_synchronised")
    since = None if started is None else datetime.fromtimestamp(started, UTC)
    share = None
    if state is not None and since is not None and cpu is not None and state.at > since:
        share = cpu / (state.at - since).total_seconds()
    return ProgramView(
        program=name,
        running=state is not None and now - state.at <= SILENT,
        at=state.at if state else None,
        since=since,
        cpu=share,
        memory=of("facility_process_memory_bytes"),
        clock_held=None if held is None else bool(held),
        clock_offset=of("facility_clock_offset_seconds"),
        clock_error=of("facility_clock_max_error_seconds"),
    )


def _clocks(site: Site, figures: Mapping[str, float]) -> list[DeviceClock]:
    found = []
    for key, offset in sorted(figures.items()):
        name, labels = apart(key)
        if name == "facility_bus_time_offset_seconds":
            id = dict(labels).get("link", "")
            link = site.links.get(id)
            found.append(DeviceClock(id, link.title if link else Title(id, id), offset, wrong=abs(offset) > LIMIT))
    return found
