"""The monthly round of vacant homes: one order for each area, once, home by home; who moves in is left out and it shows."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from api.views.orders import order_detail
from facility.domain.checklist import Finding, Given
from facility.domain.home import Address, Home, Listed, Standing
from facility.domain.occurrence import Occurrence, OccurrenceState, Reason
from facility.domain.order import Order, OrderState, OrderStep, Origin, WorkKind
from facility.domain.plan import CheckItem, Plan
from facility.domain.text import Title
from facility.domain.trigger import Cadence, Calendar
from facility.domain.workdays import WorkingCalendar
from facility.flow.carry_out import carry_out
from facility.flow.checklist_of import checklist_of
from facility.flow.enter_homes import enter_homes
from facility.flow.keep_home import move_in, set_vacant
from facility.flow.plan_work import Planned, plan_work
from tests.harness.flow_stage import Stage

ITEMS = (CheckItem(Title("Water off", "水阀关闭")), CheckItem(Title("Windows closed", "门窗关闭")))
ROUND = Plan(
    "homes", Title("Vacant homes", "空置房巡查"), WorkKind.INSPECTION, Calendar(Cadence.MONTHLY), ("pump-1", "incomer-1"),
    ITEMS, "operating", date(2026, 11, 1), vacant_homes=True, alone=True,
)  # fmt: skip
NOVEMBER = (date(2026, 11, 23), date(2026, 11, 30))


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """Two areas: one with building 1, and one around building 2's; building 3 is in none. Only days near are worked."""
    site = stage.site
    pump, incomer = site.assets["pump-1"], site.assets["incomer-1"]
    place = site.areas[pump.area]
    areas = {
        "north": replace(place, id="north", parent="", buildings=("1",)),
        "south": replace(place, id="south", parent="", buildings=()),
        "yard": replace(place, id="yard", parent="south", buildings=("2",)),
    }
    assets = {"pump-1": replace(pump, area="north"), "incomer-1": replace(incomer, area="south")}
    calendar = WorkingCalendar(own={date(2026, 11, day): False for day in (26, 27, 30)})
    stage.site = replace(
        site,
        areas={**site.areas, **areas},
        assets={**site.assets, **assets},
        plans={"homes": ROUND},
        calendar=calendar,
    )
    return stage


def homes(stage: Stage, *addresses: str, vacant: bool = True) -> None:
    with stage.work.writing() as unit:
        since = date(2026, 11, 1) if vacant else None
        unit.homes.add_all([Home(0, Address(*address.split("-")), since) for address in addresses])


def run(stage: Stage) -> Planned:
    with stage.work.writing() as unit:
        return plan_work(stage.site, unit, stage.now)


def orders(stage: Stage) -> dict[str, Order]:
    with stage.work.reading() as unit:
        return {each.asset: each for each in unit.orders.recent(10) if each.parent is None}


def slots(stage: Stage) -> dict[str, Occurrence]:
    with stage.work.reading() as unit:
        return {each.asset: each for each in unit.occurrences.between(*NOVEMBER)}


def lines(stage: Stage, order: Order) -> list[str]:
    with stage.work.reading() as unit:
        return [line.item.title.en for line in checklist_of(stage.site, unit, order)]


def move(stage: Stage, address: str) -> None:
    with stage.work.writing() as unit:
        home = unit.homes.at(Address(*address.split("-")))
        assert home is not None
        move_in(unit, home.id, "Wu", Standing.TENANT, "", "", NOVEMBER[0], stage.now)


def test_each_area_has_one_order_a_month_with_its_vacant_homes_in_walking_order(stage: Stage) -> None:
    homes(stage, "1-2-1", "1-1-10", "1-1-9", "2-1-1", "3-1-1")
    homes(stage, "1-1-1", vacant=False)
    assert run(stage).opened == 2
    found = orders(stage)
    north = ["1-1-9", "1-1-10", "1-2-1", "3-1-1"]
    assert lines(stage, found["pump-1"]) == [f"{home} · {item.title.en}" for home in north for item in ITEMS]
    assert lines(stage, found["incomer-1"]) == ["2-1-1 · Water off", "2-1-1 · Windows closed"]
    homes(stage, "1-1-11")
    assert run(stage) == Planned(), "once a month, as it was listed"
    assert len(lines(stage, orders(stage)["pump-1"])) == 8


def test_without_a_vacant_home_there_is_no_order_and_the_ledger_says_so(stage: Stage) -> None:
    homes(stage, "1-1-1")
    assert run(stage).opened == 1
    assert set(orders(stage)) == {"pump-1"}
    slot = slots(stage)["incomer-1"]
    assert (slot.state, slot.reason, slot.order) == (OccurrenceState.EXCUSED, Reason.NO_VACANT_HOME, None)


def test_who_moves_in_before_the_visit_is_left_out_and_it_shows(stage: Stage) -> None:
    homes(stage, "1-1-1", "1-1-2", "1-1-3")
    run(stage)
    order = orders(stage)["pump-1"]
    move(stage, "1-1-1")
    with stage.work.writing() as unit:
        enter_homes(stage.site, unit, [Listed(Address("1", "1", "2"), vacant=False)], stage.now)
        assert [visit.left_out_at is None for visit in unit.home_visits.of_order(order.id)] == [False, False, True]
        events = [(event.step, event.note) for event in unit.orders.events(order.id)]
        shown = [(home.address, home.left_out_at) for home in order_detail(stage.site, unit, order.id, stage.now).homes]
    assert shown == [("1-1-1", stage.now), ("1-1-2", stage.now), ("1-1-3", None)]
    assert events[1:] == [("home_lived_in", "1-1-1"), ("home_lived_in", "1-1-2")]
    assert lines(stage, order) == ["1-1-3 · Water off", "1-1-3 · Windows closed"]
    with stage.work.writing() as unit:
        last = unit.homes.at(Address("1", "1", "3"))
        assert last is not None
        set_vacant(unit, last.id, None, stage.now)
    assert orders(stage)["pump-1"].state is OrderState.CANCELLED
    assert (slots(stage)["pump-1"].state, slots(stage)["pump-1"].reason) == (
        OccurrenceState.EXCUSED,
        Reason.NO_VACANT_HOME,
    )
    assert run(stage) == Planned()


def test_what_is_not_in_order_becomes_a_repair_of_that_home(stage: Stage) -> None:
    homes(stage, "1-1-1", "1-1-2")
    run(stage)
    order = orders(stage)["pump-1"]
    with stage.work.writing() as unit:
        keys = {line.item.title.en: line.key for line in checklist_of(stage.site, unit, order)}
        given = {key: Given(Finding.IN_ORDER) for key in keys.values()}
        given[keys["1-1-2 · Windows closed"]] = Given(Finding.NOT_IN_ORDER, remark="broken pane")
        person = order.person or 0
        version = order.version
        for step, found in ((OrderStep.ACCEPT, {}), (OrderStep.FINISH, given)):
            after = carry_out(
                stage.site, unit, order=order.id, version=version, step=step, person=person, key=f"key-{step}",
                at=stage.now + timedelta(hours=1), given=found,
            )  # fmt: skip
            version = after.version
        (repair,) = unit.orders.of_parent(order.id)
    move(stage, "1-1-1")
    assert len(lines(stage, order)) == 4, "it was visited"
    assert (repair.kind, repair.origin, repair.place) == (WorkKind.REPAIR, Origin.INSPECTION, "1-1-2")
    assert repair.subject == Title("1-1-2 · Windows closed", "1-1-2 · 门窗关闭")
    assert repair.position == stage.site.assets["pump-1"].maintaining
