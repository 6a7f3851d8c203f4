"""A slot: one window of a plan in the ledger, in days of the site's calendar."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

END_OF_WORK = time(18, 0)  # planned work is due on the last day of its window


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """First and last day of the window, and its name among the slots of its plan: 2026-W48, 2026-Q4, 2026-11-26T08:00.

    A shift begins and ends at a time of day; all other windows are whole days and due at the end of work.
    """

    first: date
    last: date
    key: str
    begins: time | None = None
    ends: time | None = None

    @property
    def last_start(self) -> date:
        """The last day on which the work can begin: that of a shift is of the day on which the shift begins."""
        return self.last if self.begins is None else self.first

    def due_at(self, zone: ZoneInfo) -> datetime:
        """When the work is due, UTC."""
        return moment_of(self.last, self.ends or END_OF_WORK, zone)


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local time of a day, as an aware datetime in UTC."""
    return datetime.combine(day, at, zone).astimezone(ZoneInfo("UTC"))
