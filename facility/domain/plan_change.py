"""A plan that people changed: when it falls due, who does it, how long it takes. What they did not change follows the site file."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from facility.domain.plan import Plan
from facility.domain.trigger import EXPANDABLE, Cadence, Calendar
from facility.domain.when import CHOSEN


class Side(StrEnum):
    """Which position of an asset does the work."""

    OPERATING = "operating"
    MAINTAINING = "maintaining"


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What differs from the site file; None: as it says. `minutes`: for one asset. `version` counts changes; 0: not stored yet."""

    plan: str
    trigger: CHOSEN | None
    by: Side | None
    minutes: int | None
    reason: str
    person: int
    at: datetime
    version: int = 0

    @property
    def changes(self) -> bool:
        """Something differs from the site file."""
        return not (self.trigger is None and self.by is None and self.minutes is None)

    def upon(self, plan: Plan) -> Plan:
        """The site file's plan with what people changed of it. A plan that the site file has made wait for something else keeps that."""
        changed = replace(
            plan,
            by=plan.by if self.by is None else self.by.value,
            minutes=plan.minutes if self.minutes is None else self.minutes,
        )
        return changed if self.trigger is None or not moves(plan) else timed(changed, self.trigger)


def timed(plan: Plan, trigger: CHOSEN) -> Plan:
    """The plan with other windows: the days between two services and the days off were meant for those that it had."""
    daily = isinstance(trigger, Calendar) and trigger.cadence is Cadence.DAILY
    return replace(plan, trigger=trigger, spacing=0, workdays_only=plan.workdays_only and daily)


def moves(plan: Plan) -> bool:
    """People can choose when it falls due: its slots follow from the calendar alone."""
    return isinstance(plan.trigger, EXPANDABLE)
