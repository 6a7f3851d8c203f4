"""A plan is switched off from a day and on again: what is foreseen goes and comes, what began is accounted for by name."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from facility.domain.errors import Conflict, Unfit
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.order import WorkKind
from facility.domain.plan import CheckItem, Plan
from facility.domain.text import Title
from facility.domain.trigger import AfterCompletion, ByHand, Cadence, Calendar, Interval, Step, Trigger
from facility.flow.plan_work import plan_work
from facility.flow.preview_plans import preview_switch
from facility.flow.reconcile_plans import reconcile_plans
from facility.flow.switch_plan import switch_plan
from tests.harness.flow_stage import START, Stage

TODAY = date(2026, 11, 23)
LATER = date(2026, 12, 14)


def planned(stage: Stage, trigger: Trigger) -> None:
    items = (CheckItem(Title("look", "看")),)
    plan = Plan(
        "weekly", Title("p", "p"), WorkKind.INSPECTION, trigger, ("pump-1",), items, "maintaining", date(2026, 11, 1)
    )
    stage.site = replace(stage.site, plans={"weekly": plan})
    run(stage)


def run(stage: Stage) -> None:
    with stage.work.writing() as unit:
        plan_work(stage.site, unit, START)


def switch(stage: Stage, off_from: date | None, version: int = 0, reason: str = "pump is away") -> int:
    with stage.work.writing() as unit:
        person = stage.person("li")
        return switch_plan(stage.site, unit, "weekly", off_from, reason, version, person, START).version


def ledger(stage: Stage) -> list[Occurrence]:
    with stage.work.reading() as unit:
        return unit.occurrences.between(date(2026, 1, 1), date(2031, 1, 1))


def test_what_begins_from_that_day_on_goes_and_comes_back(stage: Stage) -> None:
    planned(stage, Calendar(Cadence.WEEKLY))
    before = ledger(stage)
    preview = preview_switch(stage.site, stage.work, "weekly", LATER, START)
    assert ledger(stage) == before
    version = switch(stage, LATER)
    run(stage)
    left = ledger(stage)
    assert max(each.slot.first for each in left) < LATER
    assert {each.slot.key for each in preview.go} <= {each.slot.key for each in before} - {
        each.slot.key for each in left
    }
    assert preview.go
    switch(stage, None, version)
    run(stage)
    assert [(each.slot, each.state) for each in ledger(stage)] == [(each.slot, each.state) for each in before]


def test_off_from_today_leaves_the_order_and_says_so(stage: Stage) -> None:
    planned(stage, Calendar(Cadence.WEEKLY))
    switch(stage, TODAY)
    run(stage)
    assert [(each.state, each.order is not None) for each in ledger(stage)] == [(OccurrenceState.OPEN, True)]


def test_a_slot_that_began_without_an_order_is_excused_by_name(stage: Stage) -> None:
    planned(stage, ByHand())
    with stage.work.writing() as unit:
        stage.site = replace(
            stage.site, plans={"weekly": replace(stage.site.plans["weekly"], trigger=Calendar(Cadence.QUARTERLY))}
        )
        reconcile_plans(stage.site, unit, TODAY)
    before = [each for each in ledger(stage) if each.slot.first <= TODAY <= each.slot.last]
    assert [each.state for each in before] == [OccurrenceState.PLANNED]
    switch(stage, TODAY)
    (left,) = ledger(stage)
    assert (left.state, left.ended_by, left.reason) == (OccurrenceState.EXCUSED, stage.person("li"), "pump is away")


def test_a_plan_that_follows_from_the_last_service_stops_too(stage: Stage) -> None:
    planned(stage, AfterCompletion(Interval(1, Step.MONTHS), 7))
    assert ledger(stage)
    switch(stage, TODAY)
    run(stage)
    assert all(each.state is not OccurrenceState.PLANNED for each in ledger(stage))


def test_a_switch_needs_a_reason_a_day_to_come_and_is_not_made_twice(stage: Stage) -> None:
    planned(stage, Calendar(Cadence.WEEKLY))
    for off_from, reason in ((LATER, " "), (TODAY - timedelta(days=1), "why")):
        with pytest.raises(Unfit):
            switch(stage, off_from, reason=reason)
    with pytest.raises(Conflict, match="is on already"):
        switch(stage, None)
    switch(stage, LATER)
    with pytest.raises(Conflict, match="meanwhile"):
        switch(stage, None, version=0)
    with stage.work.reading() as unit:
        assert [row.action for row in unit.audit.rows("plan:weekly")] == ["plan.switched_off"]
