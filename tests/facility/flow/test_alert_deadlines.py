"""A deadline for each step: from onset to proof, over restarts, in a storm, with proofs by people; breaches stay on record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from facility.domain.alert import Deadline
from facility.domain.errors import Unfit
from facility.domain.notice import Answer, NoticeState, Verdict
from facility.flow.acknowledge import acknowledge
from facility.flow.answer import comment, told_by_telephone
from tests.harness.flow_stage import START, Stage, accept
from tests.harness.lengths import length

STORM = length(100, 1000)
S, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def deadlines(stage: Stage, alert: int = 1) -> list[Deadline]:
    with stage.work.reading() as unit:
        return unit.alerts.deadlines(alert)


def test_each_step_has_a_deadline_of_its_own(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm", START - 10 * S)
    stage.run(125)
    first, second = deadlines(stage)
    assert (first.position, first.due_at, first.kept) == ("manager", START + 290 * S, True)
    raised = stage.alerts()[0].raised_at
    assert (second.position, second.due_at, second.kept) == ("supervisor", raised + 420 * S, True)


def test_level_2_goes_to_the_administrator_of_the_area(stage: Stage) -> None:
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    (only,) = deadlines(stage)
    assert (only.position, only.due_at) == ("administrator", START + 600 * S)
    assert stage.told(1) == ["adams"]


def test_a_breach_is_recorded_for_each_step_and_stays(stage: Stage) -> None:
    stage.answers = lambda _notice: None
    stage.opens("panel-1", "fire_alarm")
    stage.run(430)
    stage.answers = accept
    stage.run(2)
    first, second = deadlines(stage)
    assert first.missed_at == START + 301 * S
    assert second.missed_at is not None
    assert first.met_at == second.met_at == stage.now - S
    assert not first.kept
    assert stage.events(1).count("deadline_missed") == 2
    with stage.work.reading() as unit:
        assert unit.alerts.missed(START) == 2


def test_acknowledged_before_the_next_step_its_deadline_is_waived(stage: Stage) -> None:
    stage.answers = lambda _notice: None
    stage.opens("panel-1", "fire_alarm")
    stage.run(122)
    with stage.work.writing() as unit:
        acknowledge(unit, 1, stage.person("chen"), stage.now)
    first, second = deadlines(stage)
    assert (first.met_at, first.proof) == (stage.now, "acknowledged")
    assert second.waived_at == stage.now
    assert stage.states_of(1)[1, "wecom"] is NoticeState.WITHDRAWN
    stage.run(400)
    assert "deadline_missed" not in stage.events(1)


@pytest.mark.two_engines
@pytest.mark.parametrize(
    ("back_after", "told_at"),
    [(3 * MINUTE, 5 * MINUTE), (6 * MINUTE, 6 * MINUTE), (timedelta(days=3), timedelta(days=3))],
    ids=["3:00", "6:00", "3 days"],
)
def test_a_step_of_5_minutes_over_a_death_at_2_30(stage: Stage, back_after: timedelta, told_at: timedelta) -> None:
    """In time: 5:00 ± 2 s. Later: at once. Always once."""
    ladder = stage.site.ladders[1]
    slow = replace(ladder, rungs=(ladder.rungs[0], replace(ladder.rungs[1], after=5 * MINUTE)))
    stage.site = replace(stage.site, ladders={**stage.site.ladders, 1: slow})
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    began = stage.alerts()[0].raised_at
    stage.run(149)
    stage.restart()
    stage.tick((began + back_after - stage.now).total_seconds())
    stage.run(130)
    supervisor = stage.person("wang")
    with stage.work.reading() as unit:
        told = [each.done_at for each in unit.notices.of_alert(1) if each.person == supervisor]
    assert len(told) == 1
    assert told[0] is not None
    assert abs(told[0] - began - told_at) <= 2 * S


def test_a_deadline_that_passed_while_nobody_ran_is_marked_late(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm", START - 3 * 24 * 60 * MINUTE)
    stage.tick()
    (alert,) = stage.alerts()
    assert alert.late
    assert alert.onset == START - 3 * 24 * 60 * MINUTE
    assert deadlines(stage)[0].missed_at == stage.now


@pytest.mark.two_engines
def test_a_thousand_alerts_in_ten_seconds_are_told_in_time(stage: Stage) -> None:
    """Level 1 in 300 s, level 2 in 600 s from onset; a hundred in the short run."""
    pump, panel = stage.site.assets["pump-1"], stage.site.assets["panel-1"]
    many = {f"pump-{n}": replace(pump, id=f"pump-{n}") for n in range(900)}
    many |= {f"panel-{n}": replace(panel, id=f"panel-{n}") for n in range(100)}
    stage.site = replace(stage.site, assets=many)
    for second in range(10):
        for n in range(STORM * 9 // 100):
            stage.opens(f"pump-{second * 90 + n}", "pressure_low")
        for n in range(STORM // 100):
            stage.opens(f"panel-{second * 10 + n}", "fire_alarm")
        stage.tick()
    stage.run(STORM // 100)
    with stage.work.reading() as unit:
        alerts = unit.alerts.recent(2000)
        proofs = [unit.alerts.deadline(alert.id) for alert in alerts]
        assert unit.alerts.missed(START) == 0
    assert len(alerts) == STORM
    assert all(each.kept for each in proofs)


def test_told_by_telephone_is_a_proof_like_any_other(stage: Stage) -> None:
    stage.answers = lambda _notice: Answer(Verdict.TRY_LATER, "away")
    stage.opens("panel-1", "fire_alarm")
    stage.run(310)
    assert deadlines(stage)[0].missed_at is not None
    called = START + 4 * MINUTE
    with stage.work.writing() as unit:
        told = told_by_telephone(unit, 1, stage.person("chen"), stage.person("li"), called, "called back", stage.now)
    assert told.met == ("manager",)
    first = deadlines(stage)[0]
    assert (first.met_at, first.kept, first.proof) == (called, True, "told_by_phone")
    assert first.missed_at is not None, "that it was late on record stays on record"
    with stage.work.reading() as unit:
        event = next(each for each in unit.alerts.events(1) if each.what == "told_by_phone")
        entered = [row for row in unit.audit.rows("alert:1") if row.action == "alert.told_by_phone.entered"]
    assert (event.at, event.person, event.detail) == (called, stage.person("li"), "陈经理: called back")
    assert [row.at for row in entered] == [stage.now], "the audit says when it was entered"


def test_a_call_to_somebody_else_proves_nothing(stage: Stage) -> None:
    stage.answers = lambda _notice: None
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    with stage.work.writing() as unit:
        assert told_by_telephone(unit, 1, stage.person("zhao"), stage.person("li"), stage.now, "", stage.now).met == ()
    assert deadlines(stage)[0].met_at is None


@pytest.mark.parametrize("at", [START - MINUTE, START + 10 * MINUTE])
def test_a_call_before_the_onset_or_in_the_future_is_refused(stage: Stage, at: object) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    with stage.work.writing() as unit, pytest.raises(Unfit):
        told_by_telephone(unit, 1, stage.person("chen"), stage.person("li"), at, "", stage.now)  # type: ignore[arg-type]


def test_a_comment_says_something(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    with stage.work.writing() as unit:
        comment(unit, 1, stage.person("li"), " smoke in the kitchen ", stage.now)
        with pytest.raises(Unfit, match="comment"):
            comment(unit, 1, stage.person("li"), " ", stage.now)
        assert unit.alerts.events(1)[-1].detail == "smoke in the kitchen"
