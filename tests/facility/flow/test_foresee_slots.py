"""Slots that follow from what happens: completion, use, alerts, certificates."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from facility.domain.asset import Site
from facility.domain.counter import Counter
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.order import OrderStep, WorkKind
from facility.domain.plan import CheckItem, Plan
from facility.domain.profile import Point, RawType, Register, Table
from facility.domain.reading import Quality
from facility.domain.text import Title
from facility.domain.trigger import AfterCompletion, Expiry, Interval, OnAlert, Step, Trigger, Use
from facility.domain.unit import Unit
from facility.flow.carry_out import carry_out
from facility.flow.count_use import count_use
from facility.flow.plan_work import Planned, plan_work
from tests.harness.checklists import in_order
from tests.harness.flow_stage import START, Stage

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


def triggered(stage: Stage, trigger: Trigger) -> None:
    items = (CheckItem(Title("look", "看")),)
    plan = Plan(
        "plan", Title("p", "p"), WorkKind.MAINTENANCE, trigger, ("pump-1",), items, "maintaining", date(2026, 11, 1)
    )
    stage.site = replace(with_hours(stage.site), plans={"plan": plan})


def with_hours(site: Site) -> Site:
    """Pump 1 counts its running hours."""
    pump = site.assets["pump-1"]
    hours = Point(
        "running_hours", Title("hours", "小时"), Unit.HOUR, Register(Table.HOLDING, 9, RawType.UINT32),
        timedelta(seconds=5), counter=Counter(),
    )  # fmt: skip
    profile = replace(pump.profile, points={**pump.profile.points, hours.name: hours})
    return replace(site, assets={**site.assets, "pump-1": replace(pump, profile=profile)})


def run(stage: Stage, now: datetime) -> Planned:
    stage.now = now
    with stage.work.writing() as unit:
        return plan_work(stage.site, unit, now)


def ledger(stage: Stage) -> list[Occurrence]:
    with stage.work.reading() as unit:
        return unit.occurrences.between(date(2026, 1, 1), date(2031, 12, 31))


def finish(stage: Stage, occurrence: Occurrence) -> None:
    assert occurrence.order is not None
    for number, step in enumerate((OrderStep.ACCEPT, OrderStep.FINISH)):
        with stage.work.writing() as unit:
            version = unit.orders.get(occurrence.order).version
            carry_out(
                stage.site, unit, order=occurrence.order, version=version, step=step, person=stage.person("zhao"),
                key=f"{number}", at=stage.now, note="done",
                given=in_order(stage.site, unit, occurrence.order, step),
            )  # fmt: skip
    with stage.work.writing() as unit:
        version = unit.orders.get(occurrence.order).version
        carry_out(
            stage.site, unit, order=occurrence.order, version=version, step=OrderStep.PASS_CHECK,
            person=stage.person("li"), key="check", at=stage.now,
        )  # fmt: skip


def reads(stage: Stage, hours: float, quality: Quality = Quality.GOOD) -> None:
    stage.knows("pump-1", running_hours=hours, quality=quality)
    with stage.work.writing() as unit:
        count_use(stage.site, unit, stage.now, stage.states)


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
