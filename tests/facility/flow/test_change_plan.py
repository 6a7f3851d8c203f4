"""A plan gets other windows, the other position or other minutes, and goes back to the site file; what has begun stays."""

from dataclasses import replace
from datetime import date

import pytest

from facility.domain.errors import Conflict, Unfit
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.order import WorkKind
from facility.domain.plan import CheckItem, Plan
from facility.domain.plan_change import timed
from facility.domain.text import Title
from facility.domain.trigger import AfterCompletion, Cadence, Calendar, Interval, OnDay, Season, Seasons, Step, Trigger
from facility.flow.change_plan import change_plan, wanted_plan
from facility.flow.in_force import in_force
from facility.flow.plan_work import plan_work
from facility.flow.preview_plans import preview_change
from tests.harness.flow_stage import START, Stage

MONTHLY = Calendar(Cadence.MONTHLY)
ON_DAY = {"when": "on_day", "day": "15", "days": "3"}


def planned(stage: Stage, trigger: Trigger) -> None:
    items = (CheckItem(Title("look", "看")),)
    plan = Plan(
        "check", Title("p", "p"), WorkKind.INSPECTION, trigger, ("pump-1",), items, "maintaining", date(2026, 11, 1)
    )
    stage.site = replace(stage.site, plans={"check": replace(plan, spacing=20)})
    run(stage)


def run(stage: Stage) -> None:
    with stage.work.writing() as unit:
        plan_work(stage.site, unit, START)


def change(stage: Stage, version: int = 0, reason: str = "quieter then", **given: str) -> int:
    with stage.work.writing() as unit:
        wanted = wanted_plan(stage.site, unit, "check", given)
        return change_plan(stage.site, unit, wanted, reason, version, stage.person("li"), START).version


def ledger(stage: Stage) -> list[Occurrence]:
    with stage.work.reading() as unit:
        return unit.occurrences.between(date(2026, 1, 1), date(2031, 1, 1))


def present(stage: Stage) -> Plan:
    with stage.work.reading() as unit:
        return in_force(stage.site, unit).plans["check"]


def test_foreseen_slots_follow_and_what_has_begun_stays(stage: Stage) -> None:
    planned(stage, MONTHLY)
    before = ledger(stage)
    with stage.work.reading() as unit:
        wanted = wanted_plan(stage.site, unit, "check", ON_DAY)
    preview = preview_change(stage.site, stage.work, wanted, START)
    assert ledger(stage) == before
    version = change(stage, **ON_DAY)
    run(stage)
    keys = [each.slot.key for each in ledger(stage)]
    assert keys[:3] == ["2026-11", "2026-12-15", "2027-01-15"]
    assert {each.slot.key for each in preview.go} <= {each.slot.key for each in before}
    assert "2026-12-15" in {each.slot.key for each in preview.come}
    assert (present(stage).trigger, present(stage).spacing) == (OnDay(15, (), 3), 0)
    change(stage, version, reset="1")
    run(stage)
    assert [(each.slot, each.state) for each in ledger(stage)] == [(each.slot, each.state) for each in before]
    assert present(stage) == stage.site.plans["check"]
    with stage.work.reading() as unit:
        acts = [(row.action, row.detail["to"]) for row in unit.audit.rows("plan:check")]
    assert acts == [
        ("plan.changed", "when=on_day day=15 days=3 by=maintaining minutes=30"),
        ("plan.as_filed", "when=monthly by=maintaining minutes=30"),
    ]


def test_a_change_to_what_the_site_file_says_follows_it_again(stage: Stage) -> None:
    planned(stage, MONTHLY)
    version = change(stage, minutes="45", by="operating", when="weekly")
    assert (present(stage).minutes, present(stage).by) == (45, "operating")
    change(stage, version, when="monthly", by="maintaining")
    with stage.work.reading() as unit:
        known = unit.plan_changes.all()["check"]
    assert (known.trigger, known.by, known.minutes) == (None, None, 45)
    stage.site = replace(stage.site, plans={"check": replace(stage.site.plans["check"], by="operating")})
    assert (present(stage).by, present(stage).minutes, present(stage).spacing) == ("operating", 45, 20)


def test_windows_that_people_cannot_choose_can_be_left_and_taken_again(stage: Stage) -> None:
    planned(stage, Seasons((Season((4, 1), (4, 30)),)))
    version = change(stage, when="yearly")
    assert present(stage).trigger == Calendar(Cadence.YEARLY)
    change(stage, version, when="filed")
    assert present(stage) == stage.site.plans["check"]


def test_days_off_are_kept_for_days_alone(stage: Stage) -> None:
    planned(stage, MONTHLY)
    daily = replace(stage.site.plans["check"], workdays_only=True)
    assert [timed(daily, Calendar(each)).workdays_only for each in (Cadence.DAILY, Cadence.WEEKLY)] == [True, False]


def test_what_waits_for_something_that_happens_keeps_that(stage: Stage) -> None:
    planned(stage, AfterCompletion(Interval(1, Step.MONTHS), 7))
    with pytest.raises(Unfit, match="only the site file"):
        change(stage, when="weekly")
    change(stage, minutes="10")
    assert present(stage).minutes == 10
    stage.site = replace(stage.site, plans={"check": replace(stage.site.plans["check"], trigger=MONTHLY)})
    assert present(stage).trigger == MONTHLY


def test_a_change_needs_a_reason_and_a_difference_and_who_saw_the_last_one(stage: Stage) -> None:
    planned(stage, MONTHLY)
    with pytest.raises(Unfit, match="reason"):
        change(stage, reason=" ", minutes="10")
    for wrong in ({"minutes": "0"}, {"minutes": "2401"}, {"by": "nobody"}):
        with pytest.raises(Unfit):
            change(stage, **wrong)
    with pytest.raises(Conflict, match="stands so"):
        change(stage, minutes="30")
    change(stage, minutes="10")
    with pytest.raises(Conflict, match="meanwhile"):
        change(stage, minutes="20")
    assert all(each.state is not OccurrenceState.EXCUSED for each in ledger(stage))
