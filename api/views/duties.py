"""Who is on duty, people and gaps, as pages and their JSON twins show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from api.views.places import position_title
from facility.domain.asset import Site
from facility.domain.duty import Duty, DutyBook, on_duty
from facility.domain.person import Person
from facility.domain.text import Language, Message, Title
from facility.flow.look_ahead import Gap
from facility.flow.skill_gaps import SkillGap

Why = tuple[Message, ...]
"""Steps of a reason: ids and parameters of the locale's `duty.…`."""


@dataclass(frozen=True, slots=True)
class OnDutyView:
    """One person on duty, with the steps that led to them."""

    login: str
    name: str
    why: Why


@dataclass(frozen=True, slots=True)
class DutyView:
    """Who is on duty for a position at an instant; `why`: why nobody is."""

    position: str
    position_title: Title
    team: str
    at: datetime
    people: tuple[OnDutyView, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class GapView:
    """Nobody on duty from `begin` until `until` (None: at least 7 days) for a position that these levels tell."""

    position: str
    position_title: Title
    begin: datetime
    until: datetime | None
    levels: tuple[int, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class PositionView:
    """A position with its title."""

    id: str
    title: Title


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the list. `away_until` is None while somebody is there, and while nobody knows when they are back."""

    login: str
    name: str
    language: Language
    positions: tuple[PositionView, ...]
    teams: tuple[str, ...]
    away: bool
    away_until: datetime | None
    quiet: str
    quiet_now: bool
    on_duty: tuple[PositionView, ...]
    channels: tuple[str, ...]
    left: bool


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One roster of the list."""

    id: str
    position: str
    position_title: Title
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkillGapView:
    """Planned work that nobody on duty has the skill for: of which plans, how many slots, from which day on."""

    skill: str
    position: str
    position_title: Title
    slots: int
    first: date
    plans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeopleList:
    """Everybody, who is on duty at `at`, and where nobody will be."""

    at: datetime
    duties: tuple[DutyView, ...]
    people: tuple[PersonRow, ...]
    gaps: tuple[GapView, ...]
    rosters: tuple[RosterRow, ...]
    skill_gaps: tuple[SkillGapView, ...]


def position_view(site: Site, position: str) -> PositionView:
    """A position; its bare id when the site file no longer has it."""
    return PositionView(position, position_title(site, position))


def duty_view(site: Site, duty: Duty) -> DutyView:
    """The answer for a position."""
    held = site.positions.get(duty.position)
    people = tuple(OnDutyView(one.person.login, one.person.name, one.why) for one in duty.people)
    title = position_title(site, duty.position)
    return DutyView(duty.position, title, held.team if held else "", duty.at, people, duty.why)


def duty_views(site: Site, book: DutyBook, at: datetime) -> tuple[DutyView, ...]:
    """All positions of the site, in its order."""
    return tuple(duty_view(site, on_duty(book, position, at)) for position in site.positions)


def gap_view(site: Site, gap: Gap) -> GapView:
    """A gap of a ladder."""
    vacancy = gap.vacancy
    title = position_title(site, vacancy.position)
    return GapView(vacancy.position, title, vacancy.begin, vacancy.until, gap.levels, vacancy.why)


def skill_gap_view(site: Site, gap: SkillGap) -> SkillGapView:
    """A gap of planned work."""
    return SkillGapView(gap.skill, gap.position, position_title(site, gap.position), gap.slots, gap.first, gap.plans)


def person_row(site: Site, book: DutyBook, person: Person, duties: tuple[DutyView, ...], now: datetime) -> PersonRow:
    """One person as they stand now."""
    absence = book.absence(person.id, now)
    teams = dict.fromkeys(site.positions[id].team for id in person.positions if id in site.positions)
    return PersonRow(
        login=person.login,
        name=person.name,
        language=person.language,
        positions=tuple(position_view(site, id) for id in person.positions),
        teams=tuple(teams),
        away=absence is not None,
        away_until=absence.until if absence else None,
        quiet=quiet_text(person),
        quiet_now=person.quiet is not None and person.quiet.until(now, site.zone) is not None,
        on_duty=tuple(
            PositionView(duty.position, duty.position_title)
            for duty in duties
            if any(one.login == person.login for one in duty.people)
        ),
        channels=tuple(person.contacts),
        left=person.retired_at is not None,
    )


def roster_rows(site: Site, book: DutyBook) -> tuple[RosterRow, ...]:
    """All rosters, in the order of the site's positions."""
    names: Mapping[int, Person] = book.people
    return tuple(
        RosterRow(
            roster.id,
            position,
            position_title(site, position),
            tuple(names[number].name for number in roster.turns if number in names),
        )
        for position, roster in book.rosters.items()
    )


def quiet_text(person: Person) -> str:
    """22:00–07:00; empty without quiet hours."""
    return f"{person.quiet.start:%H:%M}–{person.quiet.end:%H:%M}" if person.quiet else ""
