"""Who is told and who works: by roster, deputy and quiet hours; empty positions are told once; gaps ahead as well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from facility.domain.alert import AlertState
from facility.domain.notice import NoticeState
from facility.domain.order import OrderState
from facility.flow.duty import who_is_on_duty
from facility.flow.enter_absence import end_absence
from facility.flow.look_ahead import look_ahead
from facility.flow.plan_work import plan_work
from tests.facility.flow.duty_acts import (
    DAY,
    HOUR,
    MINUTE,
    MORNING,
    NIGHT,
    away,
    deputy,
    fire,
    low_pressure,
    quiet,
    roster,
    tell,
    trip,
    watch,
)
from tests.harness.flow_stage import START, Stage


def test_the_deputy_is_told_while_the_manager_is_away(stage: Stage) -> None:
    deputy(stage, "chen", "li")
    away(stage, "chen", until=START + DAY)
    alert = fire(stage)
    assert stage.told(alert) == ["li"]
    assert "stands_in" in stage.events(alert)
    assert "nobody" not in stage.events(alert)


def test_the_roster_decides_who_is_told(stage: Stage) -> None:
    roster(stage, "manager", ("wang", ("day",)), ("li", ("night",)))
    assert stage.told(fire(stage)) == ["wang"], "14:00 in Shanghai"
    stage.now = NIGHT
    stage.opens("panel-1", "comm_lost")
    with stage.work.reading() as unit:
        duty = who_is_on_duty(stage.site, unit, "manager", NIGHT)
    assert [one.person.login for one in duty.people] == ["li"]
    assert [step.id for step in duty.people[0].why] == ["duty.shift"]


def test_an_empty_position_falls_to_the_next_rung_at_once_and_is_told_once(stage: Stage) -> None:
    away(stage, "chen")
    alert = fire(stage)
    assert stage.told(alert) == ["wang"], "the supervisor, without waiting two minutes"
    for _ in range(3):
        assert watch(stage) == 1
        stage.run(2)
    gaps = [found for found in stage.alerts() if found.rule == "position_empty"]
    assert [(gap.asset, gap.level) for gap in gaps] == [("manager", 2)]
    assert stage.told(gaps[0].id) == ["wang"], "nobody else of the roles that answer for it is there"
    with stage.work.writing() as unit:
        end_absence(unit, unit.people.named("chen").id, stage.now)
    assert watch(stage) == 0
    stage.run(1)
    assert next(a for a in stage.alerts() if a.id == gaps[0].id).state is AlertState.RETURNED_UNACKNOWLEDGED


def test_the_manager_is_told_of_an_empty_position(stage: Stage) -> None:
    away(stage, "wang")
    assert watch(stage) == 1
    stage.run(2)
    (gap,) = stage.alerts()
    assert (gap.asset, stage.told(gap.id)) == ("supervisor", ["chen"])
    away(stage, "adams")
    assert watch(stage) == 2
    stage.run(2)
    assert [(a.asset, a.state) for a in stage.alerts()] == [
        ("supervisor", AlertState.ACTIVE_UNACKNOWLEDGED),
        ("administrator", AlertState.ACTIVE_UNACKNOWLEDGED),
    ], "the first one is still the same"


def test_a_night_without_a_technician_is_no_gap_but_a_day_is(stage: Stage) -> None:
    roster(stage, "electrician", ("zhao", ("day",)))
    stage.now = NIGHT
    assert watch(stage) == 0
    away(stage, "zhao", until=NIGHT + 3 * DAY)
    assert watch(stage) == 1


def test_without_anybody_nothing_is_raised(stage: Stage) -> None:
    with stage.work.writing() as unit:
        for person in unit.people.all():
            unit.people.put(replace(person, retired_at=stage.now, positions=()))
    assert watch(stage) == 0


def test_level_1_comes_in_quiet_hours(stage: Stage) -> None:
    quiet(stage, "chen", "wang")
    stage.now = NIGHT
    alert = fire(stage)
    assert stage.told(alert) == ["chen"]


def test_level_2_goes_on_to_who_is_awake_and_the_sleeper_hears_in_the_morning(stage: Stage) -> None:
    quiet(stage, "adams")
    stage.now = NIGHT
    alert = low_pressure(stage)
    assert stage.told(alert) == ["chen"], "the deadline would be missed by waiting"
    assert "quiet" in stage.events(alert)
    stage.run(40)
    assert stage.told(alert) == ["chen"], "a notice that waits is not handed to the next channel"
    waiting = [found for found in stage.notices(alert) if found.state is NoticeState.WAITING]
    assert [(found.next_at, found.channel) for found in waiting] == [(MORNING, "wecom")]
    stage.now = MORNING
    stage.tick()
    assert "adams" in stage.told(alert)


def test_level_2_wakes_the_first_when_nobody_is_awake(stage: Stage) -> None:
    quiet(stage, "adams", "chen")
    stage.now = NIGHT
    alert = low_pressure(stage)
    assert stage.told(alert) == ["adams"], "the deadline is a promise"
    with stage.work.reading() as unit:
        assert unit.alerts.deadline(alert).met_at is not None


def test_level_2_waits_when_the_quiet_ends_in_time(stage: Stage) -> None:
    quiet(stage, "adams")
    stage.now = MORNING - 3 * MINUTE
    alert = low_pressure(stage)
    assert stage.told(alert) == []
    stage.now = MORNING
    stage.tick()
    assert stage.told(alert) == ["adams"]


def test_a_channel_that_takes_another_message_wakes_nobody_early(stage: Stage) -> None:
    quiet(stage, "adams")
    stage.now = MORNING - 3 * MINUTE
    alert = low_pressure(stage)
    stage.now = MORNING - timedelta(seconds=8)
    assert stage.told(fire(stage)) == ["chen"], "by the channel that has the other message too"
    stage.tick()
    assert stage.told(alert) == []
    stage.now = MORNING
    stage.tick()
    assert stage.told(alert) == ["adams"]


def test_level_3_and_its_order_wait_for_the_morning(stage: Stage) -> None:
    quiet(stage, "zhao")
    stage.now = NIGHT + MINUTE
    alert = trip(stage)
    assert stage.sent == []
    stage.now = MORNING
    stage.tick()
    assert stage.told(alert) == ["zhao"]
    assert [notice.order is not None for notice in stage.sent] == [False, True]


def test_an_order_goes_to_who_is_on_duty_and_is_handed_on_when_they_fall_ill(stage: Stage) -> None:
    roster(stage, "electrician", ("zhao", ("day",)), ("li", ("night",)))
    alert = trip(stage)
    with stage.work.reading() as unit:
        order = unit.orders.of_alert(alert)
    assert order is not None
    assert order.person == stage.person("zhao")
    away(stage, "zhao", until=START + 2 * HOUR)
    stage.tick()
    with stage.work.reading() as unit:
        assert unit.orders.get(order.id).person == stage.person("zhao"), "back before it is due"
        (absence,) = unit.duties.absences_of(stage.person("zhao"))
    with stage.work.writing() as unit:
        unit.duties.put_absence(replace(absence, until=None))
    deputy(stage, "zhao", "wang")
    stage.run(2)
    with stage.work.reading() as unit:
        handed = unit.orders.get(order.id)
        steps = [event.key.partition(":")[0] for event in unit.orders.events(order.id)]
    assert (handed.person, handed.state, steps) == (stage.person("wang"), OrderState.ISSUED, ["opened", "away"])
    assert stage.sent[-1].person == stage.person("wang")


def test_planned_work_opened_at_midnight_goes_to_the_person_of_the_day(stage: Stage) -> None:
    roster(stage, "electrician", ("zhao", ("day",)), ("li", ("night",)))
    with stage.work.writing() as unit:
        plan_work(stage.site, unit, datetime(2026, 11, 22, 16, 1, tzinfo=UTC))  # Monday, 00:01
        opened = unit.orders.recent(10)
    assert opened
    assert {order.person for order in opened} == {stage.person("zhao")}


def test_an_order_without_anybody_goes_to_who_comes_on_duty(stage: Stage) -> None:
    roster(stage, "electrician", ("zhao", ("day",)))
    stage.now = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # 20:30; due 4 hours later
    alert = trip(stage)
    with stage.work.reading() as unit:
        order = unit.orders.of_alert(alert)
    assert order is not None
    assert order.state is OrderState.UNASSIGNED
    stage.now = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # 08:00
    stage.tick()
    with stage.work.reading() as unit:
        assert unit.orders.get(order.id).person == stage.person("zhao")


def test_gaps_ahead_are_told_once_and_again_the_day_before(stage: Stage) -> None:
    away(stage, "wang", START + 3 * DAY, START + 3 * DAY + HOUR)
    assert [tell(stage), tell(stage)] == [1, 0]
    stage.tick()
    assert [(notice.message.id, notice.person) for notice in stage.sent] == [
        ("notices.duty_gaps", stage.person("chen"))
    ]
    (gap,) = stage.sent[0].message.params["gaps"]  # type: ignore[misc]
    assert (gap["position"], gap["levels"]) == ("supervisor", [1])
    stage.now = START + DAY
    assert tell(stage) == 0
    stage.now = START + 2 * DAY + MINUTE
    assert [tell(stage), tell(stage)] == [1, 0], "the day before"
    stage.now = START + 3 * DAY + MINUTE
    assert tell(stage) == 0, "it has begun: its condition speaks for it"


def test_a_gap_that_changes_is_told_again(stage: Stage) -> None:
    away(stage, "wang", START + 3 * DAY, START + 3 * DAY + HOUR)
    assert tell(stage) == 1
    with stage.work.writing() as unit:
        (absence,) = unit.duties.absences_of(stage.person("wang"))
        unit.duties.put_absence(replace(absence, until=START + 4 * DAY))
    assert [tell(stage), tell(stage)] == [1, 0]


def test_the_end_of_a_lasting_gap_that_comes_into_sight_is_no_news(stage: Stage) -> None:
    away(stage, "wang", START + 6 * DAY, START + 9 * DAY)
    assert tell(stage) == 1
    for days in (1, 2, 3, 4):
        stage.now = START + days * DAY
        assert tell(stage) == 0


def test_a_full_house_has_no_gap(stage: Stage) -> None:
    with stage.work.reading() as unit:
        assert look_ahead(stage.site, unit, stage.now) == []
    roster(stage, "manager", ("chen", ("day",)))
    with stage.work.reading() as unit:
        gaps = look_ahead(stage.site, unit, stage.now)
    assert len(gaps) == 7
    assert {(gap.levels, gap.vacancy.position, gap.vacancy.why[0].id) for gap in gaps} == {
        ((1, 2), "manager", "duty.no_shift")
    }
