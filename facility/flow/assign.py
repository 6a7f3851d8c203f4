"""Assign: an order is given to a person, or to another one (改派)."""

from dataclasses import replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.errors import Conflict, Unfit
from facility.domain.order import Order, OrderEvent, OrderStep, next_order_state
from facility.domain.person import Person
from facility.domain.skill import Skill
from facility.flow.carry_out import seen_before, withdraw
from facility.flow.check_work import bench_for
from facility.flow.duty import duty_book
from facility.flow.enter_absence import present
from facility.flow.skill_of import skill_of
from facility.ports import WorkUnit


class LacksSkill(Unfit):
    """The person has not learnt what the order asks for; who assigns it all the same says so."""

    def __init__(self, order: Order, person: Person, skill: Skill) -> None:
        what = f"{person.login} has not the skill {skill} that order {order.id} asks for"
        super().__init__(
            "to", "lacks_skill", f"{what}; to assign it all the same, confirm it (without_skill)", person=person.name
        )
        self.skill = skill


def assign(
    site: Site,
    unit: WorkUnit,
    *,
    order: int,
    version: int,
    to: int,
    by: int,
    key: str,
    at: datetime,
    without_skill: bool = False,
) -> Order:
    """The order, ISSUED to person `to`, who is told by the next tick. Idempotent by `key`; Conflict, NotFound.

    LacksSkill for somebody without the skill that it asks for, unless `without_skill`: then the history says so.
    """
    before = unit.orders.get(order)
    if seen_before(unit, order, key):
        return before
    if before.version != version:
        raise Conflict(f"order {order} has changed meanwhile: look at it again")
    person = present(unit.people.get(to))
    state = next_order_state(before, OrderStep.ASSIGN, by, bench_for(site, unit, before))
    lacks = skill_lacked(site, unit, before, person, at)
    if lacks is not None and not without_skill:
        raise LacksSkill(before, person, lacks)
    after = replace(before, state=state, person=person.id, held_until=None)
    unit.orders.log(OrderEvent(order, key, at, OrderStep.ASSIGN.value, by, person.name, detail=lacks or ""))
    withdraw(unit, order, at)
    return unit.orders.change(after)


def skill_lacked(site: Site, unit: WorkUnit, order: Order, person: Person, at: datetime) -> Skill | None:
    """The skill that the order asks for, when the person has not learnt it, or its licence has expired; else None."""
    skill = skill_of(site, duty_book(site, unit, at), order)
    return None if skill is None or person.has(skill, at.astimezone(site.zone).date()) else skill
