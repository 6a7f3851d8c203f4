"""The main flow: from open conditions to a told person and an order, on a real work database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from facility.domain.alert import AlertState
from facility.domain.errors import Conflict
from facility.domain.notice import Answer, Notice, NoticeState, Verdict
from facility.domain.order import OrderState
from facility.domain.reading import Quality
from facility.flow.acknowledge import acknowledge
from tests.harness.flow_stage import START, Stage

S, F, W, OUT = NoticeState.SENT, NoticeState.FAILED, NoticeState.WAITING, NoticeState.WITHDRAWN


def lose_mains(stage: Stage) -> None:
    stage.knows("incomer-1", voltage_l1=230.0)
    stage.knows("incomer-2", voltage_l1=230.0)
    stage.tick()
    stage.opens("incomer-1", "no_voltage", START - timedelta(seconds=3), point="voltage_l1", value=0.0, limit=50.0)
    stage.opens("incomer-2", "no_voltage", START - timedelta(seconds=2))
    stage.run(3)


@pytest.mark.two_engines
def test_mains_lost_from_condition_to_person_and_order(stage: Stage) -> None:
    lose_mains(stage)
    (alert,) = stage.alerts()
    assert (alert.kind, alert.level, alert.asset, alert.point, alert.value) == (
        "mains_lost",
        1,
        "incomer-1",
        "voltage_l1",
        0.0,
    )
    assert alert.onset == START - timedelta(seconds=2), "it is lost when the last incomer is"
    assert stage.told(alert.id) == ["chen"]
    with stage.work.reading() as unit:
        deadline = unit.alerts.deadline(alert.id)
        assert deadline.due_at == alert.onset + timedelta(seconds=300)
        assert deadline.met_at == stage.now
        order = unit.orders.of_alert(alert.id)
    assert order is not None
    assert (order.state, order.person, order.position) == (OrderState.ISSUED, stage.person("zhao"), "electrician")
    assert [notice.order for notice in stage.sent if notice.order] == [order.id]
    assert stage.events(alert.id) == ["raised", "order_opened", "told"]


def test_nothing_twice_over_many_ticks_and_restarts(stage: Stage) -> None:
    lose_mains(stage)
    for _ in range(5):
        stage.restart()
        stage.tick()
    assert len(stage.alerts()) == 1
    assert [notice.key for notice in stage.sent] == sorted({notice.key for notice in stage.sent})
    assert len(stage.sent) == 2


def test_unknown_clears_nothing_and_a_return_may_recur(stage: Stage) -> None:
    lose_mains(stage)
    stage.run(25)
    stage.ends("incomer-1", "no_voltage")
    stage.ends("incomer-2", "no_voltage")
    stage.run(30)
    assert stage.alerts()[0].state is AlertState.ACTIVE_UNACKNOWLEDGED, "values are stale: unknown is not normal"
    for _ in range(12):
        stage.knows("incomer-1", voltage_l1=230.0)
        stage.knows("incomer-2", quality=Quality.BAD, voltage_l1=0.0)
        stage.tick()
    assert stage.alerts()[0].state is AlertState.RETURNED_UNACKNOWLEDGED, "one incomer is back for sure"
    stage.opens("incomer-1", "no_voltage")
    stage.opens("incomer-2", "no_voltage")
    stage.run(3)
    assert [alert.state for alert in stage.alerts()] == [AlertState.ACTIVE_UNACKNOWLEDGED]
    assert stage.events(stage.alerts()[0].id)[-2:] == ["recurred", "told"]


def test_open_site_condition_is_taken_up_again(stage: Stage) -> None:
    lose_mains(stage)
    stage.restart()
    stage.run(3)
    assert stage.alerts()[0].state is AlertState.ACTIVE_UNACKNOWLEDGED
    with stage.work.reading() as unit:
        (condition,) = [found for found in unit.conditions.open() if found.rule == "mains_lost"]
    assert condition.onset == START - timedelta(seconds=2)


def test_no_acknowledgement_tells_the_next_rung_and_then_all_again(stage: Stage) -> None:
    lose_mains(stage)
    (alert,) = stage.alerts()
    stage.tick(115)
    stage.run(4)
    assert stage.told(alert.id) == ["chen"]
    stage.run(2)
    assert stage.told(alert.id) == ["chen", "wang"]
    assert stage.events(alert.id).count("escalated") == 1
    stage.now = alert.raised_at + timedelta(minutes=32, seconds=5)
    stage.tick()
    assert stage.told(alert.id) == ["chen", "wang", "chen"]


def test_turns_that_passed_while_nobody_looked_are_not_made_up_for(stage: Stage) -> None:
    """Three days without the program: each rung is told once more, not once for every half hour, and not all at once."""
    lose_mains(stage)
    (alert,) = stage.alerts()
    stage.restart()
    stage.tick(3 * 86_400)
    stage.run(130)
    assert stage.told(alert.id) == ["chen", "wang"]
    stage.tick(900)
    stage.run(130)
    assert stage.told(alert.id) == ["chen", "wang", "chen", "wang"]


def test_what_recurs_after_days_tells_each_rung_once(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.run(2)
    stage.ends("panel-1", "fire_alarm")
    stage.tick()
    stage.now += timedelta(days=3)
    stage.opens("panel-1", "fire_alarm")
    stage.run(130)
    (alert,) = stage.alerts()
    assert stage.told(alert.id)[1:] == ["chen", "wang"]


def test_a_refusal_after_the_ladder_left_the_site_file_stops_nothing(stage: Stage) -> None:
    stage.answers = lambda notice: Answer(Verdict.TRY_LATER, "busy")
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    (alert,) = stage.alerts()
    stage.site = replace(
        stage.site, ladders={level: one for level, one in stage.site.ladders.items() if level != alert.level}
    )
    stage.answers = lambda notice: Answer(Verdict.REFUSED, "93000")
    stage.run(200)
    assert {notice.state for notice in stage.notices(alert.id)} == {NoticeState.FAILED}


def test_acknowledged_in_time_stays_with_the_first(stage: Stage) -> None:
    lose_mains(stage)
    (alert,) = stage.alerts()
    with stage.work.writing() as unit:
        after = acknowledge(unit, alert.id, stage.person("chen"), stage.now)
        assert acknowledge(unit, alert.id, stage.person("chen"), stage.now) == after
    with pytest.raises(Conflict), stage.work.writing() as unit:
        acknowledge(unit, alert.id, stage.person("wang"), stage.now)
    stage.tick(125)
    stage.tick(200)
    assert stage.told(alert.id) == ["chen"]
    assert after.state is AlertState.ACTIVE_ACKNOWLEDGED


def test_acknowledged_by_another_the_manager_is_still_told(stage: Stage) -> None:
    stage.answers = lambda _notice: None
    lose_mains(stage)
    (alert,) = stage.alerts()
    with stage.work.writing() as unit:
        acknowledge(unit, alert.id, stage.person("zhao"), stage.now)
        assert unit.alerts.deadline(alert.id).met_at is None
    assert stage.states_of(alert.id) == {(0, "wecom"): W}


def test_acknowledged_after_return_is_closed(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    stage.ends("panel-1", "fire_alarm")
    stage.tick()
    with stage.work.writing() as unit:
        alert = acknowledge(unit, stage.alerts()[0].id, stage.person("chen"), stage.now)
    assert (alert.state, alert.closed_at) == (AlertState.CLOSED, stage.now)
    assert stage.events(alert.id)[-2:] == ["acknowledged", "closed"]


def test_a_pulse_between_two_ticks_is_told(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.ends("panel-1", "fire_alarm")
    stage.run(3)
    (alert,) = stage.alerts()
    assert (alert.kind, alert.state) == ("fire_alarm", AlertState.RETURNED_UNACKNOWLEDGED)
    assert stage.told(alert.id) == ["chen"]


def test_a_level_2_pulse_of_hours_ago_is_history(stage: Stage) -> None:
    stage.opens("pump-1", "pressure_low", START - timedelta(hours=3))
    stage.ends("pump-1", "pressure_low")
    stage.now += timedelta(hours=2)
    stage.tick()
    assert stage.alerts() == []


def test_refused_goes_to_the_next_channel_at_once(stage: Stage) -> None:
    stage.answers = lambda notice: (
        Answer(Verdict.REFUSED, "93000") if notice.channel == "wecom" else Answer(Verdict.ACCEPTED)
    )
    lose_mains(stage)
    stage.tick()
    (alert,) = stage.alerts()
    assert stage.states_of(alert.id) == {(0, "wecom"): F, (0, "hook"): S}
    assert stage.events(alert.id) == ["raised", "order_opened", "refused", "told"]


def test_refused_by_all_goes_to_the_next_rung_at_once(stage: Stage) -> None:
    manager = stage.person("chen")
    stage.answers = lambda notice: Answer(Verdict.REFUSED if notice.person == manager else Verdict.ACCEPTED)
    lose_mains(stage)
    stage.run(2)
    (alert,) = stage.alerts()
    assert stage.told(alert.id) == ["wang"]
    stage.tick(115)
    stage.run(8)
    assert stage.told(alert.id) == ["wang"], "told once a step"


@pytest.mark.parametrize("verdict", [Verdict.TRY_LATER, None])
def test_a_busy_or_hanging_channel_is_joined_by_the_next_within_a_minute(stage: Stage, verdict: Verdict | None) -> None:
    def answers(notice: Notice) -> Answer | None:
        if notice.channel == "hook":
            return Answer(Verdict.ACCEPTED)
        return Answer(verdict, "45009", retry_after=timedelta(seconds=60)) if verdict else None

    stage.answers = answers
    lose_mains(stage)
    stage.run(31)
    (alert,) = stage.alerts()
    assert stage.states_of(alert.id) == {(0, "wecom"): OUT, (0, "hook"): S}
    assert stage.told(alert.id) == ["chen"]


def test_unknown_is_repeated_with_the_same_key_and_joined_at_once(stage: Stage) -> None:
    keys: list[str] = []

    def answers(notice: Notice) -> Answer:
        keys.append(notice.key)
        return Answer(Verdict.UNKNOWN, "ReadTimeout")

    stage.answers = answers
    lose_mains(stage)
    stage.run(8)
    (alert,) = stage.alerts()
    assert stage.states_of(alert.id) == {(0, "wecom"): W, (0, "hook"): W}
    mine = [key for key in keys if key.startswith(f"alert:{alert.id}:")]
    assert len(mine) > len(set(mine)) == 2


def test_a_missed_deadline_is_recorded_once_and_the_notice_goes_on(stage: Stage) -> None:
    stage.answers = lambda _notice: None
    lose_mains(stage)
    (alert,) = stage.alerts()
    stage.tick(290)
    assert "deadline_missed" not in stage.events(alert.id)
    stage.run(10)
    with stage.work.reading() as unit:
        assert unit.alerts.deadline(alert.id).missed_at is not None
    assert stage.events(alert.id).count("deadline_missed") == 1
    stage.answers = lambda _notice: Answer(Verdict.ACCEPTED)
    stage.tick()
    with stage.work.reading() as unit:
        deadline = unit.alerts.deadline(alert.id)
    assert deadline.met_at == stage.now
    assert deadline.met_at > deadline.due_at


def test_a_position_that_nobody_fills_falls_to_the_next_rung(stage: Stage) -> None:
    with stage.work.writing() as unit:
        manager = unit.people.get(stage.person("chen"))
        unit.people.put(replace(manager, positions=()))
    lose_mains(stage)
    (alert,) = stage.alerts()
    assert stage.told(alert.id) == ["wang"]
    assert stage.events(alert.id).count("nobody") == 1


def test_nobody_at_all_is_tried_again_until_somebody_is_there(stage: Stage) -> None:
    with stage.work.writing() as unit:
        people = [unit.people.get(stage.person(login)) for login in ("chen", "wang")]
        for person in people:
            unit.people.put(replace(person, positions=()))
    lose_mains(stage)
    stage.run(5)
    (alert,) = stage.alerts()
    assert stage.told(alert.id) == []
    assert stage.events(alert.id).count("nobody") == 2, "each position once, not each second"
    with stage.work.writing() as unit:
        unit.people.put(people[0])
    stage.run(2)
    assert stage.told(alert.id) == ["chen"]


@pytest.mark.two_engines
def test_a_late_condition_is_marked(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm", START - timedelta(minutes=20))
    stage.tick()
    (alert,) = stage.alerts()
    assert alert.late
    assert stage.told(alert.id) == ["chen"]


def test_silence_of_assets_is_folded_into_the_lost_link(stage: Stage) -> None:
    stage.opens("water-link", "link_lost")
    stage.opens("pump-1", "comm_lost")
    stage.opens("pump-2", "comm_lost")
    stage.run(5)
    (alert,) = stage.alerts()
    assert (alert.asset, alert.kind, alert.level) == ("water-link", "comm_lost", 2)
    assert stage.told(alert.id) == ["adams"], "the owner of the area of the link's assets"
    stage.ends("water-link", "link_lost")
    stage.ends("pump-2", "comm_lost")
    stage.run(25)
    assert len(stage.alerts()) == 1, "an asset has a moment to answer again"
    stage.run(10)
    assert [alert.asset for alert in stage.alerts()] == ["water-link", "pump-1"], "told within a minute"


def test_a_condition_without_a_rule_harms_nobody_else(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.opens("pump-1", "removed_rule")
    stage.opens("panel-1", "fire_alarm")
    stage.run(3)
    assert [alert.kind for alert in stage.alerts()] == ["fire_alarm"]
    assert sum("no such rule" in record.message for record in caplog.records) == 1


def test_five_minutes_are_five_minutes_over_a_restart(stage: Stage) -> None:
    """A step at 2:00 with the leader gone from 1:50 to 2:10: told once, at once after it is back."""
    lose_mains(stage)
    (alert,) = stage.alerts()
    stage.now = alert.raised_at + timedelta(seconds=110)
    stage.restart()
    stage.tick(20)
    assert stage.told(alert.id) == ["chen", "wang"]
    stage.restart()
    stage.run(3)
    assert stage.told(alert.id) == ["chen", "wang"]


def test_a_storm_is_raised_in_portions_level_1_first(stage: Stage) -> None:
    pump = stage.site.assets["pump-1"]
    many = {f"pump-{n}": replace(pump, id=f"pump-{n}") for n in range(1, 121)}
    stage.site = replace(stage.site, assets={**stage.site.assets, **many})
    for asset in many:
        stage.opens(asset, "pressure_low")
    stage.opens("panel-1", "fire_alarm")
    assert stage.tick().raised == 100
    assert stage.alerts()[0].kind == "fire_alarm"
    assert stage.tick().raised == 21
    assert stage.tick().raised == 0


@pytest.mark.two_engines
def test_what_came_and_went_unseen_is_told_however_much_came_after_it(stage: Stage) -> None:
    pump = stage.site.assets["pump-1"]
    many = {f"pump-{n}": replace(pump, id=f"pump-{n}") for n in range(1, 301)}
    stage.site = replace(stage.site, assets={**stage.site.assets, **many})
    stage.opens("panel-1", "fire_alarm")
    stage.ends("panel-1", "fire_alarm")
    stage.now += timedelta(minutes=1)
    for asset in many:
        stage.opens(asset, "pressure_low")
    stage.restart()
    stage.tick()
    assert "fire_alarm" in [alert.kind for alert in stage.alerts()]
    fire = next(alert for alert in stage.alerts() if alert.kind == "fire_alarm")
    assert stage.told(fire.id) == ["chen"]


def test_each_end_is_weighed_once(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.ends("panel-1", "fire_alarm")
    stage.run(3)
    with stage.work.writing() as unit:
        (fire,) = stage.alerts()
        acknowledge(unit, fire.id, stage.person("chen"), stage.now)
    stage.restart()
    stage.run(3)
    assert len(stage.alerts()) == 1


def test_an_end_that_lies_before_a_standing_alert_is_kept_in_its_history(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    stage.now -= timedelta(minutes=30)
    stage.opens("panel-1", "fire_alarm", collector="second")
    stage.ends("panel-1", "fire_alarm", collector="second")
    stage.now += timedelta(minutes=30)
    stage.run(3)
    (alert,) = stage.alerts()
    assert stage.events(alert.id).count("earlier") == 1


def test_a_storm_that_ended_unseen_is_raised_in_portions_and_none_is_lost(stage: Stage) -> None:
    panel = stage.site.assets["panel-1"]
    many = {f"panel-{n}": replace(panel, id=f"panel-{n}") for n in range(1, 251)}
    stage.site = replace(stage.site, assets={**stage.site.assets, **many})
    for asset in many:
        stage.opens(asset, "fire_alarm")
        stage.ends(asset, "fire_alarm")
    assert [stage.tick().raised for _ in range(4)] == [100, 100, 50, 0]
