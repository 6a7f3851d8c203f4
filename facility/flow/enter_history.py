"""Enter past services: a list of what was done before the program was there; the same list twice changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from facility.domain.asset import Site
from facility.domain.occurrence import Occurrence, OccurrenceState, Reason
from facility.domain.past_service import PastService
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class HistorySteps:
    """What a list changes: rows that are new, rows with other words, slots that need no order any more."""

    added: tuple[PastService, ...]
    changed: tuple[PastService, ...]
    excused: tuple[Occurrence, ...]

    @property
    def nothing(self) -> bool:
        """All of it is known."""
        return not (self.added or self.changed or self.excused)


def plan_history(unit: WorkUnit, rows: Sequence[PastService]) -> HistorySteps:
    """What entering would do. Nothing is written."""
    known = {each.key: each for each in unit.past_services.all()}
    return HistorySteps(
        added=tuple(row for row in rows if row.key not in known),
        changed=tuple(row for row in rows if row.key in known and known[row.key] != row),
        excused=tuple(_done_before(unit, rows)),
    )


def enter_history(unit: WorkUnit, rows: Sequence[PastService], now: datetime, by: int | None = None) -> HistorySteps:
    """Do it, and note how much. A slot in whose window the work was done already is excused by that, not counted as done."""
    steps = plan_history(unit, rows)
    for row in (*steps.added, *steps.changed):
        unit.past_services.put(row)
    for each in steps.excused:
        unit.occurrences.change(replace(each, state=OccurrenceState.EXCUSED, ended_by=by, reason=Reason.DONE_BEFORE))
    if not steps.nothing:
        counts = {"added": len(steps.added), "changed": len(steps.changed), "excused": len(steps.excused)}
        unit.audit.note(now, by, "history.imported", "history", counts)
    return steps


def no_later_than(site: Site, now: datetime) -> date:
    """The last day on which a past service can have been finished."""
    return now.astimezone(site.zone).date()


def _done_before(unit: WorkUnit, rows: Sequence[PastService]) -> list[Occurrence]:
    """Slots that are only planned, of the rows' plans and assets, whose window holds the day."""
    days: dict[tuple[str, str], list[date]] = {}
    for row in rows:
        if row.plan:
            days.setdefault((row.plan, row.asset), []).append(row.finished)
    if not days:
        return []
    every = [day for found in days.values() for day in found]
    return [
        each
        for each in unit.occurrences.between(min(every), max(every))
        if each.state is OccurrenceState.PLANNED
        and each.order is None
        and any(each.slot.first <= day <= each.slot.last for day in days.get((each.plan, each.asset), ()))
    ]
