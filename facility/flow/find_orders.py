"""Find orders: what a reader asks for in words of the site, as a filter; one page, and how many there are in each state."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from facility.domain.asset import Site
from facility.domain.errors import Unfit
from facility.domain.order import GROUPS, Order, OrderState, Origin, WorkKind
from facility.flow.notify import area_of
from facility.ports import OrderFilter, OrderText, WorkUnit

SORTS = ("due_at", "opened_at", "closed_at", "number", "state", "kind", "asset", "person")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks for; an empty field asks for nothing. `states`: states and groups of them; none: all that is not final."""

    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    team: str = ""
    position: str = ""
    person: str = ""  # a login
    asset: str = ""
    area: str = ""  # with those inside it
    overdue: bool = False
    due_from: date | None = None
    due_until: date | None = None
    text: OrderText | None = None
    sort: str = "due_at"  # with "-" the other way round
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """One page of orders; `total` counts those of all pages, `counts` those of every state."""

    orders: list[Order]
    total: int
    counts: Mapping[OrderState, int]


def find_orders(site: Site, unit: WorkUnit, asked: Asked, now: datetime) -> Found:
    """Unfit says which word is unknown; NotFound: nobody has this login."""
    wanted = filter_of(site, unit, asked, now)
    counts = unit.orders.count(wanted)
    states = wanted.states or ()
    return Found(unit.orders.find(wanted), sum(counts.get(state, 0) for state in states), counts)


def filter_of(site: Site, unit: WorkUnit, asked: Asked, now: datetime) -> OrderFilter:
    """The same as a filter for the database."""
    areas = parts_of(site, _known("area", asked.area, site.areas))
    return OrderFilter(
        states=states_of(asked.states or ("open",)),
        kinds=[WorkKind(_known("kind", each, tuple(WorkKind))) for each in asked.kinds] or None,
        origins=[Origin(_known("origin", each, tuple(Origin))) for each in asked.origins] or None,
        positions=_positions(site, asked),
        person=unit.people.named(asked.person).id if asked.person else None,
        assets=[asked.asset] if asked.asset else None,
        areas=areas or None,
        assets_there=[thing for thing in (*site.assets, *site.links) if area_of(site, thing) in areas],
        overdue_at=now if asked.overdue else None,
        due_from=_midnight(site, asked.due_from),
        due_before=_midnight(site, asked.due_until, timedelta(days=1)),
        text=asked.text,
        sort=_known("sort", asked.sort.removeprefix("-"), SORTS),
        descending=asked.sort.startswith("-"),
        limit=asked.limit,
        offset=asked.offset,
    )


def states_of(words: Iterable[str]) -> frozenset[OrderState]:
    """The states that these states and groups of states name; Unfit."""
    found: frozenset[OrderState] = frozenset()
    for word in words:
        known = _known("state", word, (*GROUPS, *OrderState))
        found |= GROUPS.get(known) or {OrderState(known)}
    return found


def parts_of(site: Site, area: str) -> list[str]:
    """The area and all that lie in it; nothing for none."""
    found = [area] if area else []
    for name in found:
        found += [each.id for each in site.areas.values() if each.parent == name and each.id not in found]
    return found


def _positions(site: Site, asked: Asked) -> list[str] | None:
    if not asked.team and not asked.position:
        return None
    team, position = _known("team", asked.team, site.teams), _known("position", asked.position, site.positions)
    return [
        each.id for each in site.positions.values() if team in ("", each.team) and position in ("", each.id)
    ]  # fmt: skip


def _midnight(site: Site, day: date | None, after: timedelta = timedelta(0)) -> datetime | None:
    return None if day is None else datetime.combine(day + after, time(0), site.zone)


def _known(field: str, word: str, known: Collection[str]) -> str:
    if word and word not in set(known):
        raise Unfit(field, "form_damaged", f"{word[:40]!r} is none of {', '.join(map(str, known))}")
    return word
