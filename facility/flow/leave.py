"""Leave: somebody goes, and each of their duties is handed to somebody else first (工作交接). Nobody is ever deleted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.duty_errors import DutyRefused
from facility.domain.order import AT_WORK, Order, OrderEvent, OrderState, OrderStep
from facility.domain.person import Person, PersonEvent
from facility.domain.roster import Roster
from facility.domain.skill import Skill
from facility.flow.assign import skill_lacked
from facility.flow.carry_out import withdraw
from facility.flow.duty import duty_book
from facility.flow.enter_absence import present
from facility.flow.in_force import in_force
from facility.flow.name_deputies import deputies_of_person
from facility.flow.open_orders import position_for
from facility.flow.reconcile_plans import assets_of
from facility.flow.skill_of import skill_of, skill_of_plan
from facility.ports import WorkUnit

MOST = 5000  # unfinished orders looked at


@dataclass(frozen=True, slots=True)
class Held:
    """One duty of a person. `key` names it: `position:electrician`, `roster:guards`, `order:12`, `deputy-of:li-wei`,
    `deputy-for:manager`. `areas`: those that its position owns.
    """

    key: str
    kind: str  # position, roster, order, deputy-of, deputy-for
    subject: str
    areas: tuple[str, ...] = ()


class NotHandedOver(DutyRefused):
    """Duties are left: `duties` names them."""

    def __init__(self, login: str, duties: list[Held]) -> None:
        keys = ", ".join(held.key for held in duties)
        super().__init__("not_handed", f"{login} cannot leave yet; to be handed over: {keys}", number=len(duties))
        self.duties = duties


def held_duties(site: Site, unit: WorkUnit, person: int, now: datetime) -> list[Held]:
    """Everything that must be handed over before the person leaves; NotFound."""
    who = unit.people.get(person)
    areas = {
        position: tuple(area.id for area in site.areas.values() if area.owner == position) for position in who.positions
    }
    found = [Held(f"position:{position}", "position", position, areas[position]) for position in who.positions]
    today = now.astimezone(site.zone).date()
    standing = {swap.roster for swap in unit.duties.swaps(today) if person in swap.people}
    standing |= {roster.id for roster in unit.duties.rosters() if person in roster.turns}
    found += [Held(f"roster:{id}", "roster", id) for id in sorted(standing)]
    open_orders = [order for order in unit.orders.recent(MOST, unfinished_only=True) if _works_on(order, person)]
    found += [Held(f"order:{order.id}", "order", str(order.id)) for order in open_orders[::-1]]
    deputies = unit.duties.deputies()
    others = {each.id: each.login for each in unit.people.all(retired=True)}
    found += [
        Held(f"deputy-of:{others[of]}", "deputy-of", others[of])
        for of, chosen in deputies.of_person.items()
        if person in chosen
    ]
    found += [
        Held(f"deputy-for:{position}", "deputy-for", position)
        for position, chosen in deputies.of_position.items()
        if person in chosen
    ]
    return found


def skills_asked(site: Site, unit: WorkUnit, held: Held, now: datetime) -> list[Skill]:
    """What the work of a duty asks for: who takes it over without them is warned of, not refused."""
    book = duty_book(site, unit, now)
    if held.kind == "order":
        skill = skill_of(site, book, unit.orders.get(int(held.subject)))
        return [skill] if skill else []
    positions = _positions(unit, held)
    asked = {
        skill_of_plan(book, plan)
        for plan in in_force(site, unit).plans.values()
        if any(position_for(plan, site.assets[asset]) in positions for asset in assets_of(site, plan))
    }
    return [skill for skill in Skill if skill in asked]


def _positions(unit: WorkUnit, held: Held) -> Collection[str]:
    """Those whose work comes with a duty."""
    match held.kind:
        case "roster":
            return [roster.position for roster in unit.duties.rosters() if roster.id == held.subject]
        case "deputy-of":
            return unit.people.named(held.subject).positions
    return [held.subject]


def leave(
    site: Site, unit: WorkUnit, person: int, given: Mapping[str, int], now: datetime, by: int | None = None
) -> Person:
    """The person, retired, after each duty went to whom `given` names for its key; all of it in the caller's transaction.

    NotHandedOver names what is left; Conflict for a taker who cannot take it; NotFound.
    """
    who = present(unit.people.get(person))
    duties = held_duties(site, unit, person, now)
    left = [held for held in duties if held.key not in given]
    if left:
        raise NotHandedOver(who.login, left)
    for held in duties:
        taker = present(unit.people.get(given[held.key]))
        if taker.id == person:
            raise DutyRefused("to_leaver", f"{held.key} cannot be handed to {who.login}, who leaves", person=who.name)
        _hand(site, unit, held, who, taker, now)
        unit.duties.log(PersonEvent(person, now, "handed", by, f"{held.key} → {taker.login}"))
        unit.duties.log(PersonEvent(taker.id, now, "took", by, f"{held.key} ← {who.login}"))
    unit.duties.put_deputies(person, ())
    retired = unit.people.put(replace(unit.people.get(person), positions=(), retired_at=now))
    unit.duties.log(PersonEvent(person, now, "retired", by))
    return retired


def _hand(site: Site, unit: WorkUnit, held: Held, who: Person, taker: Person, now: datetime) -> None:
    match held.kind:
        case "position":
            unit.people.put(replace(taker, positions=tuple(dict.fromkeys((*taker.positions, held.subject)))))
        case "roster":
            _hand_roster(site, unit, held.subject, who, taker, now)
        case "order":
            _hand_order(site, unit, unit.orders.get(int(held.subject)), who, taker, now)
        case "deputy-of":
            of = unit.people.named(held.subject).id
            if taker.id == of:
                english = f"{held.key} cannot be handed to {taker.login} themselves: nobody is their own deputy"
                raise DutyRefused("own_deputy", english, person=taker.name)
            deputies_of_person(unit, of, _instead(unit.duties.deputies().of_person[of], who.id, taker.id), now)
        case "deputy-for":
            chosen = unit.duties.deputies().of_position[held.subject]
            unit.duties.put_deputies(held.subject, _instead(chosen, who.id, taker.id))


def _hand_roster(site: Site, unit: WorkUnit, id: str, who: Person, taker: Person, now: datetime) -> None:
    """The taker stands where the person stood, in the pattern and in coming swaps."""
    roster = next(found for found in unit.duties.rosters() if found.id == id)
    unit.duties.put_roster(replace(roster, turns=_turns(roster, who, taker)))
    for swap in unit.duties.swaps(now.astimezone(site.zone).date()):
        if swap.roster == id and who.id in swap.people:
            unit.duties.put_swap(replace(swap, people=_instead(swap.people, who.id, taker.id)))


def _turns(roster: Roster, who: Person, taker: Person) -> dict[int, tuple[str, ...]]:
    own = roster.turns.get(taker.id)
    turns = {person: turn for person, turn in roster.turns.items() if person != taker.id}
    if who.id not in turns:
        return dict(roster.turns)
    joined = _joined(turns[who.id], own or ("",) * roster.cycle)
    if joined is None:
        english = f"{taker.login} has a shift of their own in roster {roster.id} on a day of {who.login}: name another"
        raise DutyRefused("own_shift", english, person=taker.name, roster=roster.id)
    return {
        (taker.id if person == who.id else person): (joined if person == who.id else turn)
        for person, turn in turns.items()
    }


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    """Both turns in one; None when they meet on a day in different shifts."""
    if any(a and b and a != b for a, b in zip(one, other, strict=True)):
        return None
    return tuple(a or b for a, b in zip(one, other, strict=True))


def _hand_order(site: Site, unit: WorkUnit, order: Order, who: Person, taker: Person, now: datetime) -> None:
    key = f"leave:{who.id}:{order.version}"
    lacks = skill_lacked(site, unit, order, taker, now) or ""
    unit.orders.log(OrderEvent(order.id, key, now, OrderStep.ASSIGN.value, None, taker.name, detail=lacks))
    withdraw(unit, order.id, now)
    unit.orders.change(replace(order, state=OrderState.ISSUED, person=taker.id, held_until=None))


def _works_on(order: Order, person: int) -> bool:
    return order.person == person and order.state in AT_WORK


def _instead(people: tuple[int, ...], who: int, taker: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(taker if person == who else person for person in people))
