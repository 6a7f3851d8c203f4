"""Slots that follow from what happens: completion, use, alerts, certificates."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from facility.domain.occurrence import OccurrenceState
from facility.domain.reading import Quality
from facility.domain.trigger import AfterCompletion, Expiry, Interval, OnAlert, Step, Use
from facility.flow.plan_work import Planned
from tests.harness.caused_stage import DAY, finish, ledger, reads, run, triggered
from tests.harness.flow_stage import START, Stage


def test_the_next_one_is_counted_from_the_completion(stage: Stage) -> None:
    triggered(stage, AfterCompletion(Interval(6, Step.WEEKS), 7))
    run(stage, START)
    (first,) = ledger(stage)
    assert (first.slot.first, first.state) == (date(2026, 11, 23), OccurrenceState.OPEN)
    run(stage, START + 2 * DAY)
    assert len(ledger(stage)) == 1, "the next one waits for this one"
    finish(stage, first)
    run(stage, stage.now + DAY)
    assert ledger(stage)[1].slot.first == date(2026, 11, 25) + timedelta(weeks=6)
    assert run(stage, stage.now) == Planned()


def test_one_that_was_missed_is_followed_by_the_next_from_its_last_day(stage: Stage) -> None:
    triggered(stage, AfterCompletion(Interval(10, Step.DAYS), 3))
    run(stage, START)
    run(stage, START + 30 * DAY)
    run(stage, START + 30 * DAY + timedelta(minutes=5))
    first, second = ledger(stage)
    assert first.state is OccurrenceState.MISSED
    assert second.slot.first == date(2026, 12, 23), "its window would be over: it begins today"


def test_running_hours_open_an_order_over_a_reset_of_the_counter(stage: Stage) -> None:
    triggered(stage, Use("running_hours", 250.0, 7))
    stage.now = START
    for hours in (4000.0, 4200.0, 20.0):  # the meter was changed at 4 200 and stands at 20
        stage.now += timedelta(hours=1)
        reads(stage, hours)
    assert run(stage, stage.now).opened == 0
    stage.now += timedelta(hours=1)
    reads(stage, 9999.0, Quality.BAD)
    reads(stage, 52.0)
    assert run(stage, stage.now).opened == 1, "200 + 20 + 32"
    finish(stage, ledger(stage)[0])
    assert run(stage, stage.now + DAY) == Planned(), "counted from there"
    stage.now += DAY
    reads(stage, 301.0)
    assert run(stage, stage.now).opened == 0
    stage.now += DAY
    reads(stage, 303.0)
    assert run(stage, stage.now).opened == 1


def test_or_after_so_long_whichever_comes_first(stage: Stage) -> None:
    triggered(stage, Use("running_hours", 250.0, 7, Interval(1, Step.MONTHS)))
    assert run(stage, START).opened == 0
    assert run(stage, datetime(2026, 12, 1, 1, 0, tzinfo=UTC)).opened == 1, "a month after the plan's first day"


def test_an_alert_opens_one_order_and_again_only_after_it_recovered(stage: Stage) -> None:
    triggered(stage, OnAlert(("pressure_low",)))
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    assert run(stage, stage.now).opened == 1
    stage.run(60)
    assert run(stage, stage.now) == Planned(), "once per cause"
    stage.ends("pump-1", "pressure_low")
    stage.run(30)
    alert = stage.alerts()[0].id
    from facility.flow.acknowledge import acknowledge

    with stage.work.writing() as unit:
        acknowledge(unit, alert, stage.person("chen"), stage.now)
    stage.run(5)
    stage.opens("pump-1", "pressure_low")
    stage.run(5)
    assert len(stage.alerts()) == 2
    assert run(stage, stage.now).opened == 1
    assert {each.slot.key for each in ledger(stage)} == {f"alert-{each.id}" for each in stage.alerts()}


def test_a_certificate_opens_its_order_before_it_expires(stage: Stage) -> None:
    triggered(stage, Expiry("statutory-test", 60))
    panel = replace(stage.site.assets["pump-1"], certificates={"statutory-test": date(2027, 3, 1)})
    stage.site = replace(stage.site, assets={**stage.site.assets, "pump-1": panel})
    run(stage, START)
    (found,) = ledger(stage)
    assert (found.slot.first, found.slot.last, found.state) == (
        date(2026, 12, 31),
        date(2027, 3, 1),
        OccurrenceState.PLANNED,
    )
    opened = [run(stage, START + n * DAY).opened for n in range(100)]
    assert sum(opened) == 1
    assert ledger(stage)[0].slot == found.slot
