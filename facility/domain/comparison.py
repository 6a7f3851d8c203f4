"""Conditions of two versions of a rule and those that really were, side by side: what lies together in time is one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facility.domain.alert_figures import CHATTERS, FLOOD_WINDOW, densest
from facility.domain.condition import Condition


@dataclass(frozen=True, slots=True)
class Together:
    """Conditions that overlap: how many each side has. `end` is None while one is open at the end of the period."""

    onset: datetime
    end: datetime | None
    sides: tuple[tuple[Condition, ...], ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Conditions whose onset lies in the period: how many, how long in all, most in ten minutes, and whether they chatter."""

    count: int
    open_for: timedelta
    peak: int
    chatters: bool


def side_by_side(sides: Sequence[Sequence[Condition]], slack: timedelta) -> list[Together]:
    """Rows in the order of time. `slack`: so far apart is still together, since history is as fine as its readings."""
    marked = sorted(
        ((each, number) for number, side in enumerate(sides) for each in side), key=lambda pair: pair[0].onset
    )
    rows: list[Together] = []
    for condition, number in marked:
        last = rows[-1] if rows else None
        if last is None or (last.end is not None and condition.onset > last.end + slack):
            empty = Together(condition.onset, condition.ended_at, tuple(() for _ in sides))
            rows.append(_with(empty, condition, number))
        else:
            rows[-1] = _with(last, condition, number)
    return rows


def summed(conditions: Sequence[Condition], since: datetime, until: datetime) -> Sum:
    """Figures of a period; what began before counts with its time in it only."""
    onsets = sorted(each.onset for each in conditions if since <= each.onset < until)
    lengths = (min(each.ended_at or until, until) - max(each.onset, since) for each in conditions)
    return Sum(
        count=len(onsets),
        open_for=sum((max(timedelta(0), length) for length in lengths), timedelta(0)),
        peak=densest(onsets, FLOOD_WINDOW),
        chatters=any(densest(onsets, window) >= limit for limit, window in CHATTERS),
    )


def _with(row: Together, condition: Condition, number: int) -> Together:
    ends = (row.end, condition.ended_at)
    end = None if None in ends else max(each for each in ends if each is not None)
    sides = tuple((*side, condition) if n == number else side for n, side in enumerate(row.sides))
    return Together(row.onset, end, sides)
