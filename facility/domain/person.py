"""People, and the positions that they fill (岗位定人)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from facility.domain.roster import instant
from facility.domain.skill import Skill
from facility.domain.text import Language


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A part of each day, by the site's clock, in which a person is left in peace. An end before the start: next day."""

    start: time
    end: time

    def until(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet that holds at this instant ends; None outside of it."""
        today = at.astimezone(zone).date()
        spans = (self._of(today - timedelta(days=1), zone), self._of(today, zone))
        return next((end for begin, end in spans if begin <= at < end), None)

    def _of(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        last = day + timedelta(days=1) if self.end <= self.start else day
        return instant(day, self.start, zone), instant(last, self.end, zone)


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is told and who works; never deleted, but retired when they leave.

    `contacts`: channel id → the person's address there (user id, URL part, …), the first way first. `verified`: since when
    an address is known to reach them. `skills`: what they have learnt, each with the last day of its licence (None: no end).
    """

    id: int
    login: str
    name: str
    language: Language
    positions: tuple[str, ...]
    contacts: Mapping[str, str] = field(default_factory=dict)
    quiet: QuietHours | None = None
    verified: Mapping[str, datetime] = field(default_factory=dict)
    retired_at: datetime | None = None
    skills: Mapping[Skill, date | None] = field(default_factory=dict)

    def has(self, skill: Skill, day: date) -> bool:
        """Has learnt it, and the licence still holds on this day."""
        last = self.skills.get(skill, date.min)
        return last is None or day <= last

    def lacking(self, asked: Iterable[Skill], day: date) -> list[Skill]:
        """Those of the skills asked for that this person does not have on the day."""
        return [skill for skill in asked if not self.has(skill, day)]


@dataclass(frozen=True, slots=True)
class PersonEvent:
    """One line of a person's record: what was entered about them, when, by whom (None: the program or no sign-in)."""

    person: int
    at: datetime
    what: str  # absent, back, deputies, quiet, skills, handed, took, swap, retired, …
    by: int | None = None
    detail: str = ""


def ways(person: Person, channels: tuple[str, ...]) -> tuple[str, ...]:
    """The channels in the order in which this person is reached: their own ways first, then the others."""
    own = tuple(channel for channel in person.contacts if channel in channels)
    return own + tuple(channel for channel in channels if channel not in own)
