"""Hand over: orders without a person go to who is on duty by now, and those of a person who is away to who stands in."""

from dataclasses import replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.crew import first_of_crew
from facility.domain.duty import Absence, DutyBook
from facility.domain.order import Order, OrderEvent, OrderState, OrderStep
from facility.domain.person import Person
from facility.flow.carry_out import withdraw
from facility.flow.duty import duty_book
from facility.flow.skill_of import skill_of
from facility.ports import WorkUnit

WAITING = (OrderState.ISSUED, OrderState.ACCEPTED, OrderState.IN_PROGRESS, OrderState.ON_HOLD)


def hand_over(site: Site, unit: WorkUnit, orders: list[Order], now: datetime) -> list[Order]:
    """The orders afterwards, in their order."""
    away = {absence.person: absence for absence in unit.duties.absences(now) if absence.covers(now)}
    loose = {order.id for order in orders if _is_loose(order, away)}
    if not loose:
        return orders
    book = duty_book(site, unit, now)
    return [_given(site, unit, book, order, now) if order.id in loose else order for order in orders]


def _is_loose(order: Order, away: dict[int, Absence]) -> bool:
    """Nobody has it, or who has it is not back before it is due."""
    if order.state is OrderState.UNASSIGNED:
        return bool(order.position)
    absence = away.get(order.person or 0) if order.state in WAITING else None
    return absence is not None and (absence.until is None or absence.until >= order.due_at)


def _given(site: Site, unit: WorkUnit, book: DutyBook, order: Order, now: datetime) -> Order:
    person = _taker(site, book, order, now)
    if person is None or person.id == order.person:
        return order
    key = "filled" if order.person is None else "away"
    unit.orders.log(OrderEvent(order.id, f"{key}:{order.version}", now, OrderStep.ASSIGN.value, None, person.name))
    withdraw(unit, order.id, now)
    return unit.orders.change(replace(order, state=OrderState.ISSUED, person=person.id, held_until=None))


def _taker(site: Site, book: DutyBook, order: Order, now: datetime) -> Person | None:
    """On duty now; for an order that somebody had, also who comes on duty before it is due. With the skill that it asks for."""
    until = now if order.person is None else max(now, order.due_at)
    return first_of_crew(site, book, order.position, skill_of(site, book, order), now, until)
