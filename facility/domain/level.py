"""Level planned work: each slot gets a day of its window, so that a position's days are loaded alike. Deterministic."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from facility.domain.occurrence import Placement
from facility.domain.skill import Skill
from facility.domain.slot import Slot
from facility.domain.workdays import WorkingCalendar

SAME_AREA = 20  # minutes: so much fuller may a day be on which somebody works in the same area anyway
OVERLOAD = 10  # times as much as others weighs each minute beyond the day's capacity
NEAR = ((0, 8), (1, 2), (-1, 2), (2, 1), (-2, 1), (3, 1), (-3, 1))
"""Days before and after that count too, and how much: work that falls due together spreads over the whole window."""


Capacity = Callable[[str, date, Skill | None], int]
"""Minutes that a position's people have on a day: all of them, or those with a skill."""


@dataclass(slots=True)
class Workload:
    """Minutes and areas of each position's days, and the minutes in them that ask for a skill."""

    capacity: Capacity
    minutes: dict[tuple[str, date], int] = field(default_factory=dict)
    skilled: dict[tuple[str, date, Skill], int] = field(default_factory=dict)
    areas: set[tuple[str, date, str]] = field(default_factory=set)

    def add(self, position: str, day: date, area: str, minutes: int, skill: Skill | None = None) -> None:
        """Work that has its day."""
        self.minutes[position, day] = self.minutes.get((position, day), 0) + minutes
        self.areas.add((position, day, area))
        if skill is not None:
            self.skilled[position, day, skill] = self.skilled.get((position, day, skill), 0) + minutes


@dataclass(frozen=True, slots=True)
class Task:
    """One slot that wants a day: whose, where, how long; not before `not_before` (spacing), if the window allows."""

    slot: Slot
    position: str
    area: str
    minutes: int
    not_before: date | None = None
    skill: Skill | None = None


def place(task: Task, load: Workload, calendar: WorkingCalendar, today: date) -> tuple[date, Placement]:
    """The day, and why; the load has it afterwards. A window of one day has no choice.

    Of the days that are worked and not closed, those count first on which somebody of the position is there, with the skill if
    anybody has it in the window, then those that keep the spacing; of these the least loaded with the days around it, in the
    same area if that is nearly as good, the earliest.
    """
    days = list(open_days(task.slot, calendar, today, task.area))
    lacks = lacking(load, task.position, task.skill, days)
    days = manned(load, task.position, task.skill, days) or days
    days = [day for day in days if task.not_before is None or day >= task.not_before] or days
    day = min(days, key=lambda day: (_cost(task, load, day), day))
    placement = Placement(
        load=load.minutes.get((task.position, day), 0),
        capacity=load.capacity(task.position, day, None),
        choices=len(days),
        same_place=(task.position, day, task.area) in load.areas,
        provisional=calendar.provisional(day),
        lacks=lacks,
    )
    load.add(task.position, day, task.area, task.minutes, task.skill)
    return day, placement


def open_days(slot: Slot, calendar: WorkingCalendar, today: date, area: str) -> Iterable[date]:
    """The days from today on that the slot can have."""
    return calendar.open_days(min(max(slot.first, today), slot.last_start), slot.last_start, area)


def manned(load: Workload, position: str, skill: Skill | None, days: list[date]) -> list[date]:
    """Those on which somebody of the position is there: with the skill, if anybody has it on any of them."""
    able = [day for day in days if load.capacity(position, day, skill) > 0]
    return able if able or skill is None else [day for day in days if load.capacity(position, day, None) > 0]


def lacking(load: Workload, position: str, skill: Skill | None, days: list[date]) -> str:
    """The skill, when nobody on duty has it on any of these days."""
    return "" if skill is None or any(load.capacity(position, day, skill) > 0 for day in days) else skill.value


def spacing(slot: Slot, least: int) -> timedelta:
    """Days between two services at least: what the plan says, or half a window."""
    return timedelta(days=least or ((slot.last - slot.first).days + 1) // 2)


def _cost(task: Task, load: Workload, day: date) -> int:
    """Minutes that speak against the day, weighed."""
    position, minutes = task.position, load.minutes
    around = sum(weight * minutes.get((position, day + timedelta(days=away)), 0) for away, weight in NEAR)
    full = minutes.get((position, day), 0) + task.minutes - max(task.minutes, load.capacity(position, day, None))
    if task.skill is not None:
        booked, able = load.skilled.get((position, day, task.skill), 0), load.capacity(position, day, task.skill)
        full = max(full, booked + task.minutes - max(task.minutes, able))
    here = SAME_AREA * NEAR[0][1] if (position, day, task.area) in load.areas else 0
    return around + OVERLOAD * max(0, full) - here
