"""Expand a trigger into its slots. Pure, and the same however the horizon is split."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from facility.domain.slot import Slot
from facility.domain.trigger import (
    Cadence,
    Calendar,
    Every,
    Expandable,
    Interval,
    OnDay,
    OnWeekday,
    Season,
    Seasons,
    Shifts,
    Step,
)

_DAY = timedelta(days=1)
_MONTHS = {
    Cadence.MONTHLY: 1,
    Cadence.QUARTERLY: 3,
    Cadence.HALF_YEARLY: 6,
    Cadence.YEARLY: 12,
}
_LETTER = {Cadence.QUARTERLY: "Q", Cadence.HALF_YEARLY: "H"}


def expand(trigger: Expandable, start: date, since: date, until: date) -> Iterator[Slot]:
    """Slots that touch the days `since` … `until` and do not end before `start`, oldest first."""
    since = max(since, start)
    match trigger:
        case Calendar():
            return _calendar(trigger, since, until)
        case Shifts():
            return _shifts(trigger, since, until)
        case Every():
            return _every(trigger, start, since, until)
        case OnDay():
            return _monthly(lambda first: _numbered(trigger.day, first), trigger.months, trigger.days, since, until)
        case OnWeekday():
            return _monthly(lambda first: _weekday(trigger, first), trigger.months, trigger.days, since, until)
        case Seasons():
            return _seasons(trigger, since, until)


def slot_of(cadence: Cadence, day: date) -> Slot:
    """The calendar window in which `day` lies."""
    match cadence:
        case Cadence.DAILY:
            return Slot(day, day, day.isoformat())
        case Cadence.TWICE_WEEKLY:
            return _half_week(day)
        case Cadence.WEEKLY:
            first = day - timedelta(days=day.weekday())
            return Slot(first, first + timedelta(days=6), _week(day))
        case Cadence.HALF_MONTHLY:
            return _half_month(day)
    return _months(cadence, day.year, (day.month - 1) // _MONTHS[cadence])


def after(day: date, interval: Interval, times: int = 1) -> date:
    """So many intervals after a day, counted from it in one step; in a shorter month its last day."""
    count = interval.count * times
    match interval.step:
        case Step.DAYS:
            return day + timedelta(days=count)
        case Step.WEEKS:
            return day + timedelta(weeks=count)
    months = count * (12 if interval.step is Step.YEARS else 1)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _calendar(trigger: Calendar, since: date, until: date) -> Iterator[Slot]:
    day = since
    while day <= until:
        slot = slot_of(trigger.cadence, day)
        if not trigger.months or slot.first.month in trigger.months:
            yield slot
        day = slot.last + _DAY


def _shifts(trigger: Shifts, since: date, until: date) -> Iterator[Slot]:
    times = sorted(trigger.times)
    day = since - _DAY
    while day <= until:
        for begins, ends in zip(times, [*times[1:], times[0]], strict=True):
            last = day if begins < ends else day + _DAY
            if last >= since:
                yield Slot(day, last, f"{day.isoformat()}T{begins:%H:%M}", begins, ends)
        day += _DAY


def _every(trigger: Every, start: date, since: date, until: date) -> Iterator[Slot]:
    number = max(0, _whole_intervals(start, since, trigger.interval))
    first = after(start, trigger.interval, number)
    while first <= until:
        following = after(start, trigger.interval, number + 1)
        if following > since:
            yield Slot(first, following - _DAY, first.isoformat())
        number, first = number + 1, following


def _whole_intervals(start: date, day: date, interval: Interval) -> int:
    """At most so many intervals as have passed; one less where months are of unequal length."""
    if interval.step in (Step.DAYS, Step.WEEKS):
        return (day - start).days // (interval.count * (7 if interval.step is Step.WEEKS else 1))
    months = interval.count * (12 if interval.step is Step.YEARS else 1)
    return ((day.year - start.year) * 12 + day.month - start.month) // months - 1


def _monthly(
    place: Callable[[date], date], months: tuple[int, ...], days: int, since: date, until: date
) -> Iterator[Slot]:
    """A day of each month that `place` finds from the month's first day, and the days after it."""
    month = (since - timedelta(days=days)).replace(day=1)
    while month <= until:
        first = place(month)
        last = first + timedelta(days=days - 1)
        if (not months or first.month in months) and last >= since and first <= until:
            yield Slot(first, last, first.isoformat())
        month = (month + timedelta(days=31)).replace(day=1)


def _numbered(day: int, month: date) -> date:
    longest = monthrange(month.year, month.month)[1]
    return month.replace(day=longest if day < 0 else min(day, longest))


def _weekday(trigger: OnWeekday, month: date) -> date:
    if trigger.nth > 0:
        return month + timedelta(days=(trigger.weekday - month.isoweekday()) % 7 + 7 * (trigger.nth - 1))
    last = _numbered(-1, month)
    return last - timedelta(days=(last.isoweekday() - trigger.weekday) % 7)


def _seasons(trigger: Seasons, since: date, until: date) -> Iterator[Slot]:
    found = (_season(season, year) for year in range(since.year - 1, until.year + 1) for season in trigger.seasons)
    return iter(sorted(slot for slot in found if slot.last >= since and slot.first <= until))


def _season(season: Season, year: int) -> Slot:
    first = _in_year(season.begins, year)
    last = _in_year(season.ends, year + (season.ends < season.begins))
    return Slot(first, last, first.isoformat())


def _in_year(place: tuple[int, int], year: int) -> date:
    month, day = place
    return date(year, month, min(day, monthrange(year, month)[1]))


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _half_week(day: date) -> Slot:
    monday = day - timedelta(days=day.weekday())
    if day.weekday() < 3:
        return Slot(monday, monday + timedelta(days=2), f"{_week(day)}-1")
    return Slot(monday + timedelta(days=3), monday + timedelta(days=6), f"{_week(day)}-2")


def _half_month(day: date) -> Slot:
    if day.day <= 15:
        return Slot(day.replace(day=1), day.replace(day=15), f"{day:%Y-%m}-1")
    return Slot(day.replace(day=16), _numbered(-1, day.replace(day=1)), f"{day:%Y-%m}-2")


def _months(cadence: Cadence, year: int, number: int) -> Slot:
    """The `number`-th window of the year, from 0."""
    length = _MONTHS[cadence]
    first = date(year, number * length + 1, 1)
    month = first.month + length - 1
    last = date(year, month, monthrange(year, month)[1])
    if cadence is Cadence.MONTHLY:
        return Slot(first, last, f"{year}-{first.month:02d}")
    return Slot(first, last, str(year) if cadence is Cadence.YEARLY else f"{year}-{_LETTER[cadence]}{number + 1}")
