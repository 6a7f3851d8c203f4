"""Lists of orders: filters, sorting, pages and counts; the same on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from facility.domain.order import FINAL, Order, OrderState, Origin, WorkKind
from facility.domain.person import Person
from facility.domain.request import Came, Request, RequestKind, RequestState
from facility.domain.text import Language, Title
from facility.ports import OrderFilter, OrderText, Work

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NEW = Order(0, WorkKind.REPAIR, "pump-1", "pump_fault", OrderState.ISSUED, "plumber", None, AT, AT)


@pytest.fixture
def orders(work: Work) -> dict[str, int]:
    """Number by name."""
    with work.writing() as unit:
        li = unit.people.put(Person(0, "li", "Li", Language.EN, (), {})).id
        request = Request(0, RequestKind.REPAIR, "water", "drips", "area-1", Came.DESK, RequestState.OPEN, AT, AT)
        asked = unit.requests.add(request, "drip").id
        made = {
            "fault": NEW,
            "valve": replace(NEW, kind=WorkKind.MAINTENANCE, asset="valve-1", title_id="weekly", origin=Origin.PLAN),
            "home": replace(NEW, asset="", place="3-2-1501", subject=Title("Tap 50%", "水龙头"), request=asked),
            "late": replace(NEW, state=OrderState.IN_PROGRESS, person=li, due_at=AT - DAY, position="guard"),
            "checked": replace(NEW, state=OrderState.SELF_CHECKED, person=li, due_at=AT + DAY),
            "ended": replace(NEW, state=OrderState.CLOSED, person=li, due_at=AT - DAY, closed_at=AT),
        }
        return {name: unit.orders.add(order).id for name, order in made.items()}


def test_each_filter_finds_what_fits(work: Work, other_site: Work, orders: dict[str, int]) -> None:
    def found(**more: object) -> set[str]:
        wanted = OrderFilter(**more)  # type: ignore[arg-type]
        with work.reading() as unit:
            numbers = [order.id for order in unit.orders.find(wanted)]
            states = set(wanted.states) if wanted.states is not None else set(OrderState)
            counted = sum(count for state, count in unit.orders.count(wanted).items() if state in states)
        assert counted == len(numbers)
        return {name for name, number in orders.items() if number in numbers}

    def says(words: str, *titles: str) -> set[str]:
        return found(text=OrderText(words, frozenset(titles), frozenset({"valve-1"} if words == "valve" else ())))

    assert found() == set(orders)
    assert found(states=FINAL) == {"ended"}
    assert found(states=[]) == set()
    assert found(kinds=[WorkKind.MAINTENANCE]) == found(origins=[Origin.PLAN]) == found(assets=["valve-1"]) == {"valve"}
    assert found(positions=["guard"]) == {"late"}
    with work.reading() as unit:
        li = unit.people.named("li").id
        assert unit.orders.loads() == {li: 1}, "what waits for a check is no load, nor what is closed"
    assert found(person=li) == {"late", "checked", "ended"}
    assert found(areas=["area-1"], assets_there=["valve-1"]) == {"home", "valve"}
    assert found(areas=["area-2"]) == set()
    assert found(overdue_at=AT) == {"late"}, "due right now is not overdue, and nothing that ended is"
    assert found(due_from=AT, due_before=AT + DAY) == {"fault", "valve", "home"}
    assert says("水龙") == says("TAP") == says("50%") == says("2-1501") == says(f"#{orders['home']}") == {"home"}
    assert says("0%5") == says("$title") == set()
    assert says("pump", "pump_fault") == {"fault", "late", "checked", "ended"}, "a subject goes before the kind's name"
    assert says("valve") == {"valve"}
    with other_site.reading() as unit:
        assert (unit.orders.find(OrderFilter()), unit.orders.count(OrderFilter()), unit.orders.loads()) == ([], {}, {})


def test_pages_hold_each_order_once_in_a_stable_order(work: Work, orders: dict[str, int]) -> None:
    for sort in ("due_at", "opened_at", "closed_at", "number", "state", "kind", "asset", "person"):
        for descending in (False, True):
            with work.reading() as unit:
                wanted = OrderFilter(sort=sort, descending=descending, limit=1)
                pages = [unit.orders.find(replace(wanted, offset=offset))[0].id for offset in range(len(orders))]
                whole = [order.id for order in unit.orders.find(replace(wanted, limit=50))]
            assert pages == whole
            assert sorted(whole) == sorted(orders.values())
            if sort in ("closed_at", "person"):
                with_value = {"ended"} if sort == "closed_at" else {"late", "checked", "ended"}
                assert {orders[name] for name in with_value} == set(whole[: len(with_value)]), "empty cells are last"
    with work.reading() as unit:
        due = [order.due_at for order in unit.orders.find(OrderFilter())]
    assert due == sorted(due)
