"""The emergency plan of an alert as people see it: its steps, and who did which when."""

from dataclasses import dataclass
from datetime import datetime

from api.views.people import Names
from facility.domain.emergency import EmergencyPlans
from facility.domain.text import Title
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class StepView:
    """One step. `section`: a heading that begins with it."""

    number: int
    section: Title | None
    title: Title
    done_at: datetime | None
    done_by: str
    note: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with what was done of it."""

    title: Title
    preface: tuple[Title, ...]
    steps: tuple[StepView, ...]

    @property
    def done(self) -> int:
        """Number of steps ticked off."""
        return sum(step.done_at is not None for step in self.steps)


def plan_view(unit: WorkUnit, plans: EmergencyPlans, alert: int) -> PlanView | None:
    """The plan for this alert; None when there is none for its kind. NotFound.

    A step that was ticked off keeps the words that it had then.
    """
    found, names = unit.alerts.get(alert), Names(unit)
    plan = plans.of(found.kind, found.level)
    if plan is None:
        return None
    done = {step.step: step for step in unit.plan_steps.of_alert(alert)}
    steps, section = [], None
    for number, step in enumerate(plan.steps, 1):
        ticked = done.get(number)
        steps.append(
            StepView(
                number=number,
                section=step.section if step.section != section else None,
                title=ticked.title if ticked else step.title,
                done_at=ticked.at if ticked else None,
                done_by=names.of(ticked.person) if ticked else "",
                note=ticked.note if ticked else "",
            )
        )
        section = step.section
    return PlanView(plan.title, plan.preface, tuple(steps))
