"""A stage with one plan whose slots follow from what happens to pump 1: completion, use, alerts, certificates, or a hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from facility.domain.asset import Site
from facility.domain.counter import Counter
from facility.domain.occurrence import Occurrence
from facility.domain.order import OrderStep, WorkKind
from facility.domain.plan import CheckItem, Plan
from facility.domain.profile import Point, RawType, Register, Table
from facility.domain.reading import Quality
from facility.domain.text import Title
from facility.domain.trigger import Trigger
from facility.domain.unit import Unit
from facility.flow.carry_out import carry_out
from facility.flow.count_use import count_use
from facility.flow.plan_work import Planned, plan_work
from tests.harness.checklists import in_order
from tests.harness.flow_stage import Stage

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


def triggered(stage: Stage, trigger: Trigger) -> None:
    """The stage has one plan, with this trigger."""
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
    """The scheduler plans."""
    stage.now = now
    with stage.work.writing() as unit:
        return plan_work(stage.site, unit, now)


def ledger(stage: Stage) -> list[Occurrence]:
    """All slots."""
    with stage.work.reading() as unit:
        return unit.occurrences.between(date(2026, 1, 1), date(2031, 12, 31))


def finish(stage: Stage, occurrence: Occurrence) -> None:
    """The order of a slot is accepted, done and checked."""
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
    """The pump says how long it has run."""
    stage.knows("pump-1", running_hours=hours, quality=quality)
    with stage.work.writing() as unit:
        count_use(stage.site, unit, stage.now, stage.states)
