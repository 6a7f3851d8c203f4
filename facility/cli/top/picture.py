"""One picture of a running estate, from two readings of its figures: rates are what grew between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from facility.cli.top.source import Reading
from facility.domain.series import apart, series

PROGRAMS = ("collectors", "scheduler", "api", "simulators")
NEW = 0.5  # seconds: two accounts that are nearer are one, seen twice over the network
OLD = 10.0  # seconds: a program whose account is older does not run


@dataclass(frozen=True, slots=True)
class ProgramRow:
    """`cpu`: share of one processor. None: not known."""

    program: str
    running: bool
    age: float | None  # seconds of its account
    up: float | None  # seconds since its start
    cpu: float | None
    memory: float | None  # bytes
    clock_held: bool | None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One wire. Rates by second. `polls`: reads, or messages of a broker. `bus`: share of a serial line's time."""

    link: str
    kind: str  # modbus, mqtt
    connected: float | None
    polls: float | None
    missed: float | None  # deadlines, since the start
    timeouts: float | None  # since the start; of a broker: messages that cannot be read
    bus: float | None
    planned: float | None
    breakers: float | None
    silent_units: tuple[str, ...]
    clock: float | None  # the worst clock of a device, seconds


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything on the screen."""

    at: datetime
    programs: tuple[ProgramRow, ...]
    links: tuple[LinkRow, ...]
    totals: Mapping[str, float | None] = field(default_factory=dict)


def picture(now: Reading, before: Reading | None) -> Picture:
    """Without an earlier reading there are no rates."""
    links = sorted({dict(labels)["link"] for name, labels in map(apart, now.figures) if _of_link(name, labels)})
    rates = _Rates(now, before)
    return Picture(
        now.at,
        tuple(_program(name, now, rates) for name in PROGRAMS if name in now.written),
        tuple(_link(link, now.figures, rates) for link in links),
        _totals(now.figures, rates),
    )


def is_new(now: Reading, before: Reading) -> bool:
    """Every program has written another account."""
    return all(
        name in now.written and (now.written[name] - at).total_seconds() >= NEW for name, at in before.written.items()
    )


class _Rates:
    """How fast a counter of a program grows; None while that is not known or after it began again."""

    def __init__(self, now: Reading, before: Reading | None) -> None:
        self._now, self._before = now, before

    def of(self, program: str, key: str) -> float | None:
        now, before = self._now, self._before
        if before is None or program not in now.written or program not in before.written:
            return None
        seconds = (now.written[program] - before.written[program]).total_seconds()
        if seconds < NEW or key not in now.figures:
            return None
        grown = now.figures[key] - before.figures.get(key, 0.0)
        return grown / seconds if grown >= 0 else None


def _of_link(name: str, labels: tuple[tuple[str, str], ...]) -> bool:
    return name.startswith(("facility_link_", "facility_bus_")) and any(key == "link" for key, _ in labels)


def _program(name: str, now: Reading, rates: _Rates) -> ProgramRow:
    def of(figure: str) -> float | None:
        return now.figures.get(series(figure, program=name))

    age = max(0.0, (now.at - now.written[name]).total_seconds())
    started, held = of("facility_process_start_time_seconds"), of("facility_clock_synchronised")
    return ProgramRow(
        name,
        running=age <= OLD,
        age=age,
        up=None if started is None else max(0.0, now.at.timestamp() - started),
        cpu=rates.of(name, series("facility_process_cpu_seconds_total", program=name)),
        memory=of("facility_process_memory_bytes"),
        clock_held=None if held is None else bool(held),
    )


def _link(link: str, figures: Mapping[str, float], rates: _Rates) -> LinkRow:
    def of(figure: str, **labels: str) -> float | None:
        return figures.get(series(figure, link=link, **labels))

    mqtt = of("facility_bus_connects_total") is not None
    units = (
        dict(labels)["unit"]
        for (name, labels), value in ((apart(key), value) for key, value in figures.items() if value)
        if name == "facility_unit_breaker_open" and dict(labels).get("link") == link
    )
    polls = "facility_bus_messages_total" if mqtt else "facility_link_polls_total"
    return LinkRow(
        link,
        "mqtt" if mqtt else "modbus",
        connected=of("facility_bus_connected") if mqtt else of("facility_link_connections"),
        polls=rates.of("collectors", series(polls, link=link)),
        missed=of("facility_link_missed_deadlines_total"),
        timeouts=of("facility_bus_garbage_total") if mqtt else of("facility_link_errors_total", kind="timeout"),
        bus=of("facility_link_bus_ratio"),
        planned=of("facility_link_bus_planned_ratio"),
        breakers=of("facility_link_breakers_open"),
        silent_units=tuple(sorted(units, key=lambda unit: (len(unit), unit))),
        clock=of("facility_bus_time_offset_seconds"),
    )


def _totals(figures: Mapping[str, float], rates: _Rates) -> dict[str, float | None]:
    alerts = [value for key, value in figures.items() if apart(key)[0] == "facility_alerts"]
    return {
        "spool_lines": figures.get("facility_spool_lines"),
        "spool_oldest": figures.get("facility_spool_oldest_seconds"),
        "written": rates.of("collectors", "facility_drained_lines_total"),
        "dropped": figures.get("facility_spool_dropped_lines_total"),
        "readings": rates.of("collectors", "facility_readings_total"),
        "edges": figures.get("facility_edges_total"),
        "edges_undelivered": figures.get("facility_edges_undelivered"),
        "assets_online": figures.get("facility_assets_online"),
        "conditions": figures.get("facility_conditions_open"),
        "alerts": sum(alerts) if alerts or "facility_scheduler_leader" in figures else None,
        "notices_waiting": figures.get("facility_notices_waiting"),
        "orders": figures.get("facility_orders_unfinished"),
    }
