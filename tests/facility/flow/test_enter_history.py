"""What was done before the program was there: plans count from it, and no slot waits for what is done."""

from dataclasses import replace
from datetime import date, timedelta

from facility.domain.occurrence import OccurrenceState, Reason
from facility.domain.order import WorkKind
from facility.domain.past_service import PastService
from facility.domain.plan import CheckItem, Plan
from facility.domain.text import Title
from facility.domain.trigger import AfterCompletion, Cadence, Calendar, Interval, Step, Trigger
from facility.flow.enter_history import enter_history, plan_history
from facility.flow.plan_work import plan_work
from facility.flow.reconcile_plans import reconcile_plans
from tests.harness.flow_stage import START, Stage

LOOK = (CheckItem(Title("look", "看")),)


def plan(id: str, trigger: Trigger) -> Plan:
    return Plan(id, Title("p", "p"), WorkKind.MAINTENANCE, trigger, ("pump-1",), LOOK, "maintaining", date(2026, 11, 1))


def past(plan: str, day: date) -> PastService:
    return PastService("pump-1", plan, WorkKind.MAINTENANCE, "", day)


def test_a_plan_after_completion_counts_from_the_imported_service(stage: Stage) -> None:
    trigger = AfterCompletion(Interval(6, Step.MONTHS), 14)
    stage.site = replace(stage.site, plans={"half": plan("half", trigger)})
    with stage.work.writing() as unit:
        enter_history(unit, [past("half", date(2026, 7, 10)), past("half", date(2026, 1, 10))], START)
        plan_work(stage.site, unit, START)
        (slot,) = unit.occurrences.between(date(2026, 1, 1), date(2031, 1, 1))
    assert slot.slot.first == date(2027, 1, 10)


def test_a_slot_whose_work_is_done_is_excused_and_not_done(stage: Stage) -> None:
    stage.site = replace(stage.site, plans={"yearly": plan("yearly", Calendar(Cadence.YEARLY))})
    rows = [past("yearly", date(2026, 3, 4)), past("yearly", date(2025, 3, 4))]
    with stage.work.writing() as unit:
        reconcile_plans(stage.site, unit, START.date())
        (waiting,) = plan_history(unit, rows).excused
        assert unit.occurrences.get(waiting.id).state is OccurrenceState.PLANNED
        enter_history(unit, rows, START)
        found = unit.occurrences.get(waiting.id)
        again = enter_history(unit, rows, START + timedelta(days=1))
        (note,) = (row for row in unit.audit.rows("history"))
    assert (found.state, found.reason, found.finished_at) == (OccurrenceState.EXCUSED, Reason.DONE_BEFORE, None)
    assert again.nothing
    assert note.detail == {"added": 2, "changed": 0, "excused": 1}
