"""A trigger in words, as a message."""

from facility.domain.text import Message, Title
from facility.domain.trigger import (
    AfterCompletion,
    ByHand,
    Calendar,
    Every,
    Expiry,
    OnAlert,
    OnDay,
    OnWeekday,
    Seasons,
    Shifts,
    Trigger,
    Use,
)

WEEKDAYS = (
    Title("Monday", "一"), Title("Tuesday", "二"), Title("Wednesday", "三"), Title("Thursday", "四"),
    Title("Friday", "五"), Title("Saturday", "六"), Title("Sunday", "日"),
)  # fmt: skip
"""What follows 星期, and its English."""


def in_words(trigger: Trigger) -> tuple[Message, ...]:
    """What triggers the work; then how it is narrowed."""
    months = getattr(trigger, "months", ())
    narrowed = (Message("plan.months", {"months": ", ".join(map(str, months))}),) if months else ()
    days = trigger.days if isinstance(trigger, OnDay | OnWeekday) else 1
    window = (Message("plan.window", {"days": days}),) if days > 1 else ()
    return (_first(trigger), *window, *narrowed)


def _first(trigger: Trigger) -> Message:
    match trigger:
        case Calendar():
            return Message(f"plan.cadence.{trigger.cadence}")
        case Shifts():
            return Message("plan.shifts", {"times": ", ".join(f"{at:%H:%M}" for at in trigger.times)})
        case Every():
            return Message(f"plan.every.{trigger.interval.step}", {"count": trigger.interval.count})
        case AfterCompletion():
            return Message(f"plan.after.{trigger.interval.step}", {"count": trigger.interval.count})
        case OnDay():
            return Message("plan.last_day") if trigger.day < 0 else Message("plan.day", {"day": trigger.day})
        case OnWeekday():
            nth = "last" if trigger.nth < 0 else str(trigger.nth)
            return Message(f"plan.weekday_{nth}", {"weekday": WEEKDAYS[trigger.weekday - 1]})
        case Seasons():
            seasons = (f"{s.begins[0]:02}-{s.begins[1]:02}…{s.ends[0]:02}-{s.ends[1]:02}" for s in trigger.seasons)
            return Message("plan.seasons", {"seasons": ", ".join(seasons)})
        case Use():
            return _by_use(trigger)
        case OnAlert():
            return Message("plan.on_alert")
        case Expiry():
            return Message("plan.expiry", {"lead": trigger.lead})
        case ByHand():
            return Message("plan.by_hand")


def _by_use(trigger: Use) -> Message:
    params: dict[str, object] = {"point": trigger.point, "every": f"{trigger.every:g}"}
    if trigger.at_latest is None:
        return Message("plan.use", params)
    return Message(f"plan.use_or.{trigger.at_latest.step}", {**params, "count": trigger.at_latest.count})
