"""Follow a plan: a person ticks off a step of an alert's emergency plan."""

from datetime import datetime

from facility.domain.alert import AlertEvent
from facility.domain.emergency import EmergencyPlans, StepDone
from facility.domain.errors import Conflict, NotFound
from facility.ports import WorkUnit


def tick_off(
    unit: WorkUnit, plans: EmergencyPlans, *, alert: int, step: int, person: int, at: datetime, note: str = ""
) -> StepDone:
    """The step as done by `person`, in the alert's history too. Twice by the same person counts once.

    NotFound: no such alert, plan or step. Conflict: somebody else ticked it off before; says who.
    """
    found = unit.alerts.get(alert)
    plan = plans.of(found.kind, found.level)
    if plan is None or not 1 <= step <= len(plan.steps):
        raise NotFound("step of the emergency plan", step)
    done = StepDone(alert, step, at, person, plan.steps[step - 1].title, note)
    if unit.plan_steps.add(done):
        unit.alerts.log(AlertEvent(alert, at, "plan_step", person, str(step)))
        return done
    before = next(known for known in unit.plan_steps.of_alert(alert) if known.step == step)
    if before.person != person:
        raise Conflict(f"step {step} was ticked off by {unit.people.get(before.person).name} before")
    return before
