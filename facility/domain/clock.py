"""The clocks of faults, requests and complaints: the same day, a person by the next day, word within two days, finished within five.

Each is computed from events, never stored. Days are those of the estate: a clock of n days ends with the n-th day after the one
on which it began. Pauses whose reason stops a clock move its end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from facility.domain.slot import moment_of

MIDNIGHT = datetime.min.time()


class ClockId(StrEnum):
    """The four clocks. They are kept apart: that one is met says nothing of another."""

    SAME_DAY = "same_day"  # finished on the day (当日完成)
    ASSIGNED = "assigned"  # what is not is given to a person by the end of the next day (次日分配)
    FEEDBACK = "feedback"  # whoever reported it hears how it stands (两天内反馈)
    COMPLETED = "completed"  # finished (五天内完成)


class Start(StrEnum):
    """The event from which a clock runs; a site chooses."""

    RECEIVED = "received"  # the call, or the onset of the fault
    ENTERED = "entered"
    CONFIRMED = "confirmed"  # by the front desk: what came by a form is only then a request


class Pause(StrEnum):
    """Why work waits."""

    PART = "part"
    RESIDENT = "resident"  # nobody at home, no appointment yet
    THIRD_PARTY = "third_party"  # developer, utility, owner
    OTHER = "other"


STOPPING = frozenset({Pause.PART, Pause.RESIDENT, Pause.THIRD_PARTY})


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of the site. `days`: whole days after the one of its start. `stopped_by`: the pauses that move its end."""

    id: ClockId
    days: int
    start: Start = Start.RECEIVED
    stopped_by: frozenset[Pause] = frozenset()


CLOCKS: Mapping[ClockId, Clock] = {
    ClockId.SAME_DAY: Clock(ClockId.SAME_DAY, 0),
    ClockId.ASSIGNED: Clock(ClockId.ASSIGNED, 1),
    ClockId.FEEDBACK: Clock(ClockId.FEEDBACK, 2),
    ClockId.COMPLETED: Clock(ClockId.COMPLETED, 5, stopped_by=STOPPING),
}
"""Of a site that says nothing about them."""


@dataclass(frozen=True, slots=True)
class Paused:
    """A time in which work waited; `until` None: it still does."""

    why: Pause
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened, and when. `over_at`: it ended without being finished (cancelled, withdrawn): no clock runs any more."""

    received_at: datetime
    entered_at: datetime
    confirmed_at: datetime | None = None
    assigned_at: datetime | None = None
    feedback_at: datetime | None = None
    finished_at: datetime | None = None
    over_at: datetime | None = None
    pauses: tuple[Paused, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class DayList:
    """When the list of the day's unresolved work is made, and when it is looked at for work without a person, in the estate's time."""

    made: time = time(18, 0)
    prompted: time = time(8, 0)


class Stand(StrEnum):
    """How a clock stands."""

    WAITING = "waiting"  # it has not begun
    RUNNING = "running"
    PAUSED = "paused"
    OVERDUE = "overdue"
    MET = "met"
    LATE = "late"  # met, after its end
    OFF = "off"  # ended without need: cancelled, or nothing was left to assign


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock at an instant. `due_at`: None while it has not begun, or while it is paused."""

    id: ClockId
    stand: Stand
    due_at: datetime | None
    met_at: datetime | None = None


def read_clocks(clocks: Iterable[Clock], facts: Facts, zone: ZoneInfo, now: datetime) -> Mapping[ClockId, ClockReading]:
    """How each clock stands at `now`."""
    return {clock.id: read_clock(clock, facts, zone, now) for clock in clocks}


def read_clock(clock: Clock, facts: Facts, zone: ZoneInfo, now: datetime) -> ClockReading:
    """How it stands at `now`; times of later events count as not yet happened."""
    start = _start(clock, facts)
    if start is None or start > now:
        return ClockReading(clock.id, Stand.WAITING, None)
    met = _met(clock, facts)
    if met is not None and met > now:
        met = None
    end = min((at for at in (met, facts.over_at) if at is not None and at <= now), default=now)
    due, is_paused = due_at(clock, start, facts.pauses, zone, end)
    if met is not None:
        return ClockReading(clock.id, Stand.MET if due is None or met <= due else Stand.LATE, due, met)
    if facts.over_at is not None and facts.over_at <= now:
        return ClockReading(clock.id, Stand.OFF, due)
    if is_paused:
        return ClockReading(clock.id, Stand.PAUSED, None)
    assert due is not None
    return ClockReading(clock.id, Stand.OVERDUE if now > due else Stand.RUNNING, due)


def due_at(
    clock: Clock, start: datetime, pauses: Iterable[Paused], zone: ZoneInfo, now: datetime
) -> tuple[datetime | None, bool]:
    """When it ends, as known at `now`, and whether it is paused then; None while a pause lasts that began before its end."""
    due = end_of_day(start, clock.days, zone)
    for begin, until in _stretches(clock, pauses, start, now):
        if begin >= due:
            break
        if until is None:
            return None, True
        due += until - begin
    return due, False


def end_of_day(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The midnight at the end of the day `days` after that of `at`, UTC."""
    day = at.astimezone(zone).date() + timedelta(days=days + 1)
    return moment_of(day, MIDNIGHT, zone)


def _stretches(
    clock: Clock, pauses: Iterable[Paused], start: datetime, now: datetime
) -> list[tuple[datetime, datetime | None]]:
    """The times in which the clock stood still, joined and in order; those after `now` have not happened."""
    known = [
        (max(pause.since, start), pause.until if pause.until is not None and pause.until <= now else None)
        for pause in pauses
        if pause.why in clock.stopped_by and pause.since <= now and (pause.until is None or pause.until > start)
    ]
    known.sort(key=lambda stretch: stretch[0])
    joined: list[tuple[datetime, datetime | None]] = []
    for begin, until in known:
        if joined and (joined[-1][1] is None or begin <= joined[-1][1]):
            last = joined[-1][1]
            joined[-1] = (joined[-1][0], None if last is None or until is None else max(last, until))
        else:
            joined.append((begin, until))
    return joined


def _start(clock: Clock, facts: Facts) -> datetime | None:
    return {
        Start.RECEIVED: facts.received_at,
        Start.ENTERED: facts.entered_at,
        Start.CONFIRMED: facts.confirmed_at,
    }[clock.start]


def _met(clock: Clock, facts: Facts) -> datetime | None:
    """When it was met. Whatever is finished needs no person and no word on how it stands any more."""
    own = {ClockId.ASSIGNED: facts.assigned_at, ClockId.FEEDBACK: facts.feedback_at}.get(clock.id)
    return min((at for at in (own, facts.finished_at) if at is not None), default=None)
