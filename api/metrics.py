"""The Prometheus text: our own figures, those that the other programs keep in the Live store, and the alerts."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from api.deps import Deps
from facility.domain.alert import DEADLINES, AlertState
from facility.domain.errors import StoreError
from facility.domain.series import SERIES, series
from facility.domain.state import ProgramState
from facility.ports import WorkUnit
from facility.process import process_figures

_LE = re.compile(r',?le="([^"]*)"')

COUNTED = ("facility_alerts", "facility_orders_unfinished", "facility_notices_waiting")
"""Counted here from the rows themselves; another program's figure of the same name would count them twice."""


def exposition(deps: Deps) -> str:
    """All figures as text; a store that is away leaves its own figures out and shows as `facility_store_up 0`."""
    figures: dict[str, float] = dict(own_figures(deps))
    figures.update(_from_live(deps))
    figures.update(_from_work(deps))
    return text_of(figures)


def own_figures(deps: Deps) -> dict[str, float]:
    """What this program says of itself; it stands in the Live store too."""
    return {
        "facility_api_uptime_seconds": deps.clock.monotonic() - deps.started,
        "facility_api_stream_readers": deps.feed.readers,
        "facility_api_stream_refused_total": deps.feed.refused,
        "facility_api_stream_behind_total": deps.feed.fell_behind,
        "facility_api_stream_events_total": deps.feed.sent,
        "facility_api_stream_failures_total": deps.feed.failures,
    } | {
        **process_figures("api"),
        **deps.work.figures("api"),
        **{
            series("facility_api_requests_total", status=status): count
            for status, count in sorted(deps.requests.items())
        },
        **(deps.publication.figures() if deps.publication else {}),
    }


def text_of(figures: Mapping[str, float]) -> str:
    """Series by name with their type; names ending in `_total` are counters. A series that is not well formed is left out and counted."""
    families: dict[str, list[str]] = {}
    damaged = 0
    for key, value in sorted(figures.items()):
        match = SERIES.fullmatch(key)
        if match is None:
            damaged += 1
            continue
        families.setdefault(_family(match[1], key), []).append(f"{key} {_number(value)}")
    families["facility_api_damaged_series"] = [f"facility_api_damaged_series {damaged}"]
    lines = []
    for name, rows in sorted(families.items()):
        lines.append(f"# TYPE {name} {_type(name, rows)}")
        lines += sorted(rows, key=_rank) if _type(name, rows) == "histogram" else rows
    return "\n".join(lines) + "\n"


def _family(name: str, key: str) -> str:
    """The name under which the series stands: those of a histogram stand together."""
    if name.endswith("_bucket") and 'le="' in key:
        return name.removesuffix("_bucket")
    return (
        name.removesuffix("_sum").removesuffix("_count") if name.endswith(("_seconds_sum", "_seconds_count")) else name
    )


def _type(name: str, rows: list[str]) -> str:
    if any(row.startswith(f"{name}_bucket{{") for row in rows):
        return "histogram"
    return "counter" if name.endswith("_total") else "gauge"


def _rank(row: str) -> tuple[str, bool, float, str]:
    """Buckets of one histogram with growing bounds, then sum and count."""
    match = _LE.search(row)
    return (_LE.sub("", row.rpartition(" ")[0]).partition("{")[2], match is None, float(match[1]) if match else 0, row)


def of_programs(programs: Iterable[ProgramState], deps: Deps) -> dict[str, float]:
    """Each program's own account, and how old it is."""
    figures: dict[str, float] = {}
    for state in programs:
        age = max(0.0, (deps.clock.now() - state.at).total_seconds())
        figures[series("facility_program_age_seconds", program=state.program)] = age
        if state.program != "api":
            figures.update({key: value for key, value in state.metrics.items() if key.partition("{")[0] not in COUNTED})
    return figures


def of_alerts(unit: WorkUnit) -> dict[str, float]:
    """Alerts that are not closed by level and state, and their deadlines that were missed."""
    unclosed = unit.alerts.unclosed()
    states = Counter((alert.level, alert.state) for alert in unclosed)
    late = {each.alert for alert in unclosed for each in unit.alerts.deadlines(alert.id) if each.missed_at is not None}
    missed = Counter(alert.level for alert in unclosed if alert.id in late)
    figures: dict[str, float] = {}
    for level in DEADLINES:
        figures[series("facility_alerts_deadline_missed", level=level)] = missed[level]
        for state in AlertState:
            if state is not AlertState.CLOSED:
                figures[series("facility_alerts", level=level, state=state)] = states[level, state]
    figures["facility_orders_unfinished"] = len(unit.orders.recent(10_000, unfinished_only=True))
    figures["facility_notices_waiting"] = len(unit.notices.waiting())
    return figures


def _from_live(deps: Deps) -> dict[str, float]:
    up = series("facility_store_up", store="live")
    try:
        return {up: 1, **of_programs(deps.live.programs().values(), deps)}
    except StoreError:
        return {up: 0}


def _from_work(deps: Deps) -> dict[str, float]:
    up = series("facility_store_up", store="work")
    try:
        with deps.work.reading() as unit:
            return {up: 1, **of_alerts(unit)}
    except StoreError:
        return {up: 0}


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
