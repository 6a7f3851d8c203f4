"""Level planned work: each slot gets a day of its window, so that a position's days are loaded alike. Deterministic."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from facility.domain.occurrence import Placement
from facility.domain.slot import Slot
from facility.domain.workdays import WorkingCalendar

SAME_AREA = 20  # minutes: so much fuller may a day be on which somebody works in the same area anyway
OVERLOAD = 10  # times as much as others weighs each minute beyond the day's capacity
NEAR = ((0, 8), (1, 2), (-1, 2), (2, 1), (-2, 1), (3, 1), (-3, 1))
"""Days before and after that count too, and how much: work that falls due together spreads over the whole window."""


@dataclass(slots=True)
class Workload:
    """Minutes and areas of each position's days. `capacity`: minutes that a position's people have on a day."""

    capacity: Callable[[str, date], int]
    minutes: dict[tuple[str, date], int] = field(default_factory=dict)
    areas: set[tuple[str, date, str]] = field(default_factory=set)

    def add(self, position: str, day: date, area: str, minutes: int) -> None:
        """Work that has its day."""
        self.minutes[position, day] = self.minutes.get((position, day), 0) + minutes
        self.areas.add((position, day, area))


@dataclass(frozen=True, slots=True)
class Task:
    """One slot that wants a day: whose, where, how long; not before `not_before` (spacing), if the window allows."""

    slot: Slot
    position: str
    area: str
    minutes: int
    not_before: date | None = None


def place(task: Task, load: Workload, calendar: WorkingCalendar, today: date) -> tuple[date, Placement]:
    """The day, and why; the load has it afterwards. A window of one day has no choice.

    Of the days that are worked and not closed, those count first on which somebody of the position is there, then those that
    keep the spacing; of these the least loaded with the days around it, in the same area if that is nearly as good, the earliest.
    """
    last = task.slot.last_start
    first = min(max(task.slot.first, today), last)
    days = list(calendar.open_days(first, last, task.area))
    days = _some(days, lambda day: load.capacity(task.position, day) > 0)
    days = _some(days, lambda day: task.not_before is None or day >= task.not_before)
    day = min(days, key=lambda day: (_cost(task, load, day), day))
    placement = Placement(
        load=load.minutes.get((task.position, day), 0),
        capacity=load.capacity(task.position, day),
        choices=len(days),
        same_place=(task.position, day, task.area) in load.areas,
        provisional=calendar.provisional(day),
    )
    load.add(task.position, day, task.area, task.minutes)
    return day, placement


def spacing(slot: Slot, least: int) -> timedelta:
    """Days between two services at least: what the plan says, or half a window."""
    return timedelta(days=least or ((slot.last - slot.first).days + 1) // 2)


def _cost(task: Task, load: Workload, day: date) -> int:
    """Minutes that speak against the day, weighed."""
    position, minutes = task.position, load.minutes
    around = sum(weight * minutes.get((position, day + timedelta(days=away)), 0) for away, weight in NEAR)
    full = minutes.get((position, day), 0) + task.minutes - max(task.minutes, load.capacity(position, day))
    here = SAME_AREA * NEAR[0][1] if (position, day, task.area) in load.areas else 0
    return around + OVERLOAD * max(0, full) - here


def _some(days: list[date], wanted: Callable[[date], bool]) -> list[date]:
    """Those that are wanted; all when none is."""
    return [day for day in days if wanted(day)] or days
