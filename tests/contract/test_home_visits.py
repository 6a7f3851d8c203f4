"""The port HomeVisits on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime

from facility.domain.home import Address, Home
from facility.domain.home_visit import HomeVisit
from facility.domain.order import Order, OrderState, WorkKind
from facility.ports import Work

T = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ORDER = Order(0, WorkKind.INSPECTION, "homes-1", "homes", OrderState.UNASSIGNED, "guard", None, T, T)


def test_homes_are_listed_once_in_their_order_and_left_out_once(work: Work) -> None:
    with work.writing() as unit:
        one, other = (unit.homes.add(Home(0, Address("1", "", number), T.date())) for number in ("10", "9"))
        first, second = (unit.orders.add(ORDER).id for _ in range(2))
        visits = unit.home_visits
        for _ in range(2):
            visits.add(first, [other, one])
        visits.add(second, [one])
        visits.add(second, [])
        listed = [HomeVisit(first, home.id, home.address) for home in (other, one)]
        assert visits.of_order(first) == listed
        assert visits.of_home(one.id) == [listed[1], replace(listed[1], order=second)]
        visits.leave_out(first, one.id, T)
        visits.leave_out(first, one.id, T.replace(hour=7))
        assert visits.of_order(first) == [listed[0], replace(listed[1], left_out_at=T)]
        assert visits.of_home(one.id) == [replace(listed[1], order=second)]
