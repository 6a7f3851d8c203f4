"""The site's working calendar: weekends, public holidays with their make-up working days, and times closed for work."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from facility.domain.text import Title

FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""(month, day) of statutory holidays that are the same each year in China; the others follow the moon."""


@dataclass(frozen=True, slots=True)
class Blackout:
    """A time in which no planned work is put: the exam week, the meeting of owners. First and last day."""

    first: date
    last: date
    title: Title
    areas: frozenset[str] = frozenset()  # all when empty

    def covers(self, day: date, area: str) -> bool:
        """No work there on that day."""
        return self.first <= day <= self.last and (not self.areas or area in self.areas)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked. What the site itself says goes before what is published, and that before the week's rule.

    `published` holds every day of the years whose holidays are known; days of other years are provisional.
    """

    published: Mapping[date, bool] = field(default_factory=dict)
    own: Mapping[date, bool] = field(default_factory=dict)
    blackouts: tuple[Blackout, ...] = ()

    def works(self, day: date) -> bool:
        """It is a working day."""
        said = self.own.get(day)
        if said is None:
            said = self.published.get(day)
        return said if said is not None else day.isoweekday() < 6 and (day.month, day.day) not in FIXED_HOLIDAYS

    def provisional(self, day: date) -> bool:
        """Nobody has published yet whether it is worked."""
        return day not in self.own and day not in self.published

    def closed(self, day: date, area: str) -> Blackout | None:
        """The blackout that keeps planned work out of this place."""
        return next((blackout for blackout in self.blackouts if blackout.covers(day, area)), None)

    def open(self, day: date, area: str) -> bool:
        """It is worked there."""
        return self.works(day) and self.closed(day, area) is None

    def open_days(self, first: date, last: date, area: str) -> Iterator[date]:
        """Days on which planned work can be done there; every day that is not closed when none is worked; all when all is closed."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        not_closed = [day for day in days if self.closed(day, area) is None]
        worked = [day for day in not_closed if self.works(day)]
        return iter(worked or not_closed or days)
