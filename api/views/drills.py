"""Drills as people see them: what was played, by whom, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from api.views.alerts import AlertView, alert_views
from api.views.people import Names
from facility.domain.asset import Site
from facility.domain.drill import Drill
from facility.domain.text import Title
from facility.ports import WorkUnit

LOOKED_AT = 2000  # alerts among which a drill's are looked for


@dataclass(frozen=True, slots=True)
class DrillView:
    """One drill; `until`: its end, or when it ends by itself."""

    id: int
    scenario: str
    title: Title
    started_at: datetime
    started_by: str
    until: datetime
    running: bool
    participants: tuple[str, ...]
    evaluation: str
    evaluated_by: str


@dataclass(frozen=True, slots=True)
class DrillDetail:
    """One drill with its alerts: who was told when, and who acknowledged, stands with each of them."""

    drill: DrillView
    alerts: tuple[AlertView, ...]
    kept: int  # deadlines
    acknowledged: int


def drill_view(drill: Drill, names: Names, now: datetime) -> DrillView:
    """One drill as it stands at `now`."""
    return DrillView(
        id=drill.id,
        scenario=drill.scenario,
        title=drill.title,
        started_at=drill.started_at,
        started_by=names.of(drill.started_by),
        until=drill.ended_at or drill.ends_at,
        running=drill.runs(now),
        participants=drill.participants,
        evaluation=drill.evaluation,
        evaluated_by=names.of(drill.evaluated_by),
    )


def drill_detail(site: Site, unit: WorkUnit, number: int, now: datetime) -> DrillDetail:
    """One drill with what came of it; NotFound."""
    drill = unit.drills.get(number)
    found = [alert for alert in unit.alerts.recent(LOOKED_AT) if alert.drill == number]
    alerts = alert_views(site, unit, found, now)
    kept = sum(alert.deadline is not None and alert.deadline.state == "kept" for alert in alerts)
    acknowledged = sum(alert.acknowledged_at is not None for alert in alerts)
    return DrillDetail(drill_view(drill, Names(unit), now), alerts, kept, acknowledged)
