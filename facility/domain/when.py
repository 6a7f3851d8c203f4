"""When a plan falls due, as people choose it in a form, at the command line and in JSON: flat words for windows of the calendar.

`when` is a cadence, `every` (with `count` and `step`), `on_day` (with `day`) or `on_weekday` (with `nth` and `weekday`);
`days` is the length of a window that begins on a day; `months` narrows all but `every`.
"""

from collections.abc import Mapping

from facility.domain.errors import Unfit
from facility.domain.trigger import Cadence, Calendar, Every, Interval, OnDay, OnWeekday, Step, Trigger

WHEN = (*Cadence, "every", "on_day", "on_weekday")
CHOSEN = Calendar | Every | OnDay | OnWeekday
"""What people can choose; all else is the site file's."""

LONGEST = 28  # days of a window
MOST = 999  # steps of an interval


def trigger_of_words(given: Mapping[str, str]) -> CHOSEN:
    """The trigger that the words say; Unfit names the word."""
    when = given.get("when", "")
    if when == "every":
        step = given.get("step", "")
        if step not in list(Step):
            raise Unfit("step", "plan_step", f"{step!r} is none of {', '.join(Step)}")
        return Every(Interval(_number(given, "count", 1, MOST), Step(step)))
    months = _months(given.get("months", ""))
    if when == "on_day":
        return OnDay(_counted(given, "day", 31), months, _number(given, "days", 1, LONGEST))
    if when == "on_weekday":
        nth, weekday = _counted(given, "nth", 4), _number(given, "weekday", 1, 7)
        return OnWeekday(nth, weekday, months, _number(given, "days", 1, LONGEST))
    if when not in list(Cadence):
        raise Unfit("when", "plan_when", f"{when[:40]!r} is none of {', '.join(WHEN)}")
    return Calendar(Cadence(when), months)


def words_of_trigger(trigger: Trigger) -> Mapping[str, str]:
    """The words of a trigger; empty for one that people cannot choose."""
    match trigger:
        case Calendar():
            words = {"when": trigger.cadence.value}
        case Every():
            words = {"when": "every", "count": str(trigger.interval.count), "step": trigger.interval.step.value}
        case OnDay():
            words = {"when": "on_day", "day": str(trigger.day), "days": str(trigger.days)}
        case OnWeekday():
            words = {
                "when": "on_weekday",
                "nth": str(trigger.nth),
                "weekday": str(trigger.weekday),
                "days": str(trigger.days),
            }
        case _:
            return {}
    months = ",".join(map(str, getattr(trigger, "months", ())))
    return {**words, "months": months} if months else words


def _counted(given: Mapping[str, str], field: str, most: int) -> int:
    """From 1 on, or -1 for the last."""
    return -1 if given.get(field) in ("-1", "last") else _number(given, field, 1, most)


def _number(given: Mapping[str, str], field: str, least: int, most: int) -> int:
    text = given.get(field, "").strip() or ("1" if field == "days" else "")
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and least <= int(text) <= most):
        raise Unfit(
            field, f"plan_{field}", f"{text[:40]!r} is no number from {least} to {most}", least=least, most=most
        )
    return int(text)


def _months(text: str) -> tuple[int, ...]:
    months = text.replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
    found = [month for month in months if month]
    if not all(month.isascii() and month.isdecimal() and len(month) < 3 and 1 <= int(month) <= 12 for month in found):
        raise Unfit("months", "plan_months", f"{text[:40]!r} are no months; write 3,9")
    return tuple(sorted({int(month) for month in found}))
