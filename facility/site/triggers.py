"""When a plan's work falls due, as the site file says it: exactly one of these keys."""

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from facility.domain.trigger import (
    AfterCompletion,
    ByHand,
    Cadence,
    Calendar,
    Every,
    Expiry,
    Interval,
    OnAlert,
    OnDay,
    OnWeekday,
    Season,
    Seasons,
    Shifts,
    Step,
    Trigger,
    Use,
)
from facility.site.grammar_terms import A_NAME, A_SLUG
from facility.site.kinds import Choice, Integer, Number, Text
from facility.site.records import Entry, Field, ListOf, Record
from facility.site.tree import Faults

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INTERVAL = Text("an interval", rf"[1-9][0-9]{{0,2}} ({'|'.join(Step)})", "6 months")
_CLOCK = Text("a time of day", r"([01][0-9]|2[0-3]):[0-5][0-9]", '"08:00"')
_DAY = r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_DAYS_OF_MONTHS = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}

USE = Record(
    {
        "point": Field(A_NAME, "counting point: running hours, starts"),
        "every": Field(Number(low=1.0), "how much of it between two services, in the point's unit"),
        "at_latest": Field(_INTERVAL, "or after so long, whichever is first", required=False, default=None),
    }
)
EXPIRY = Record(
    {
        "certificate": Field(A_SLUG, "kind of certificate"),
        "lead": Field(Integer(1, 366), "days before it expires at which the work begins"),
    }
)
KEYS: Mapping[str, Field] = {
    key: Field(kind, about, required=False, default=None)
    for key, kind, about in (
        (
            "cadence",
            Choice("a cadence", [*Cadence], Cadence),
            "one window each: day, week from Monday, month, quarter …",
        ),
        ("shifts", ListOf(_CLOCK, least=1), "one window each shift: the times at which shifts begin"),
        ("every", _INTERVAL, "one window each interval, counted from `start`: 10 days, 2 weeks, 3 months"),
        ("after_completion", _INTERVAL, "so long after the last one ended, a window of `days`"),
        (
            "on_day",
            Text("a day of the month", r"last|[1-9]|[12][0-9]|3[01]", "15, or last"),
            "that day each month, for `days`",
        ),
        (
            "on_weekday",
            Text("a weekday of the month", rf"([1-4]|last) ({'|'.join(WEEKDAYS)})", "2 tuesday, or last friday"),
            "that weekday each month, for `days`",
        ),
        (
            "seasons",
            ListOf(Text("a season", rf"{_DAY}\.\.{_DAY}", "04-01..04-30"), least=1),
            "one window each of these each year",
        ),
        ("use", USE, "after so many hours or starts, a window of `days`"),
        ("on_alert", ListOf(Text("a kind of alerts", r"[a-z][a-z0-9_]*", "mains_lost"), least=1), "once each alert"),
        ("expiry", EXPIRY, "before a certificate of the asset expires"),
        ("by_hand", Choice("true", ["true"], bool), "only when somebody opens it"),
    )
}
MORE: Mapping[str, Field] = {
    "months": Field(
        ListOf(Integer(1, 12), least=1), "only windows that begin in these months", required=False, default=None
    ),
    "days": Field(
        Integer(1, 28), "how many days the window lasts, where it begins on a day", required=False, default=None
    ),
}
WITH_MONTHS, WITH_DAYS = (
    ("cadence", "on_day", "on_weekday"),
    ("on_day", "on_weekday", "after_completion", "use", "on_alert", "by_hand"),
)


def trigger_of(entry: Entry, faults: Faults) -> Trigger:
    """The trigger that the entry gives; a fault when it gives none, several, or a key that its trigger does not take."""
    given = [key for key in KEYS if entry[key] is not None]
    if len(given) != 1:
        what = f"{' and '.join(given)} are given." if given else "says nowhere when it falls due."
        faults.add(entry.node, what, f"Give one of: {', '.join(KEYS)}.")
        return ByHand()
    (key,) = given
    for more, takers in (("months", WITH_MONTHS), ("days", WITH_DAYS)):
        if entry[more] is not None and key not in takers:
            faults.add(entry.at(more), f"{key} takes no {more}.", f"Remove it; {more} goes with {', '.join(takers)}.")
    if key == "seasons":
        _check_seasons(entry, faults)
    return _MAKE[key](entry[key], tuple(month for _, month in entry["months"] or ()), entry["days"])


def _check_seasons(entry: Entry, faults: Faults) -> None:
    for node, text in entry["seasons"]:
        for month, day in map(_month_day, text.split("..") if text else ()):
            if day > _DAYS_OF_MONTHS[month]:
                faults.add(node, f"month {month} has no day {day}.", "Write an existing day.")


def _interval(text: str) -> Interval:
    count, _, step = text.partition(" ")
    return Interval(int(count or 1), Step(step or Step.MONTHS))


def _month_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)


def _on_weekday(text: str, months: tuple[int, ...], days: int | None) -> Trigger:
    nth, _, weekday = text.partition(" ")
    number = -1 if nth == "last" else int(nth or 1)
    return OnWeekday(number, WEEKDAYS.index(weekday or "monday") + 1, months, days or 1)


def _seasons(items: Any) -> Trigger:
    pairs = [re.split(r"\.\.", text) for _, text in items if text]
    return Seasons(tuple(Season(_month_day(begin), _month_day(end)) for begin, end in pairs))


def _use(entry: Entry, days: int | None) -> Trigger:
    latest = entry["at_latest"]
    return Use(entry["point"], entry["every"], days or 7, _interval(latest) if latest else None)


_MAKE: Mapping[str, Callable[[Any, tuple[int, ...], int | None], Trigger]] = {
    "cadence": lambda value, months, _: Calendar(value or Cadence.MONTHLY, months),
    "shifts": lambda value, *_: Shifts(tuple(sorted({time.fromisoformat(text) for _, text in value if text}))),
    "every": lambda value, *_: Every(_interval(value)),
    "after_completion": lambda value, _, days: AfterCompletion(_interval(value), days or 7),
    "on_day": lambda value, months, days: OnDay(-1 if value == "last" else int(value or 1), months, days or 1),
    "on_weekday": _on_weekday,
    "seasons": lambda value, *_: _seasons(value),
    "use": lambda value, _, days: _use(value, days),
    "on_alert": lambda value, _, days: OnAlert(tuple(text for _, text in value if text), days or 1),
    "expiry": lambda value, *_: Expiry(value["certificate"], value["lead"]),
    "by_hand": lambda _, __, days: ByHand(days or 1),
}
