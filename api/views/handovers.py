"""The shift handover log as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from api.views.people import Names
from api.views.places import plain, position_title, thing_title
from facility.domain.asset import Site
from facility.domain.handover import SECTIONS, Facts, Handover, Happening
from facility.domain.roster import Slot
from facility.domain.text import Title
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class HappeningView:
    """One line of a shift's facts. `subject` or `plan_title` names an order; else its kind of alert."""

    number: int
    title_id: str
    subject: Title | None
    plan_title: Title | None
    asset: str
    asset_title: Title
    place: str
    state: str
    level: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A shift of a position that has no record yet."""

    position: str
    position_title: Title
    day: date
    shift: str
    begins_at: datetime
    ends_at: datetime
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShiftFacts:
    """A shift with what its record would freeze now, by section; `handover`: the number of the record that it has."""

    shift: ShiftView
    facts: Mapping[str, tuple[HappeningView, ...]]
    handover: int | None


@dataclass(frozen=True, slots=True)
class AdditionView:
    """A later word."""

    at: datetime
    person: str
    words: str


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A signed record; `facts` by section."""

    number: int
    position: str
    position_title: Title
    day: date
    shift: str
    begins_at: datetime
    ends_at: datetime
    giver: str
    given_at: datetime
    words: str
    facts: Mapping[str, tuple[HappeningView, ...]]
    taker: str
    taken_at: datetime | None
    taken_words: str
    additions: tuple[AdditionView, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoverList:
    """One page of records, and the shifts that lack one: of whoever asks, and of all since three days."""

    handovers: tuple[HandoverView, ...]
    total: int
    page: int
    pages: int
    to_give: tuple[ShiftView, ...]
    missing: tuple[ShiftView, ...]


def shift_view(site: Site, names: Names, position: str, slot: Slot) -> ShiftView:
    """A shift as it was staffed."""
    people = tuple(names.of(person) for person in slot.people)
    title = position_title(site, position)
    return ShiftView(position, title, slot.day, slot.shift.name, slot.begin, slot.end, people)


def handover_view(site: Site, unit: WorkUnit, found: Handover, names: Names, *, whole: bool = False) -> HandoverView:
    """A record; `whole`: with its additions."""
    additions = unit.handovers.additions(found.id) if whole else []
    return HandoverView(
        number=found.id,
        position=found.position,
        position_title=position_title(site, found.position),
        day=found.day,
        shift=found.shift,
        begins_at=found.begins_at,
        ends_at=found.ends_at,
        giver=names.of(found.giver),
        given_at=found.given_at,
        words=found.words,
        facts=facts_view(site, found.facts),
        taker=names.of(found.taker),
        taken_at=found.taken_at,
        taken_words=found.taken_words,
        additions=tuple(AdditionView(each.at, names.of(each.person), each.words) for each in additions),
    )


def facts_view(site: Site, facts: Facts) -> Mapping[str, tuple[HappeningView, ...]]:
    """All sections, in their order, empty ones too."""
    return {section: tuple(_happening(site, each) for each in facts.get(section, ())) for section in SECTIONS}


def _happening(site: Site, each: Happening) -> HappeningView:
    plan = site.plans.get(each.title_id)
    title = thing_title(site, each.asset) if each.asset else plain(each.place)
    return HappeningView(
        number=each.number,
        title_id=each.title_id,
        subject=each.subject,
        plan_title=plan.title if plan else None,
        asset=each.asset,
        asset_title=title,
        place=each.place,
        state=each.state,
        level=each.level,
        at=each.at,
    )
