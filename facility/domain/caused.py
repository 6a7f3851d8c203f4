"""Slots that follow from what happened: the last service, use, an alert, the end of a certificate. Pure."""

from datetime import date, timedelta

from facility.domain.expand import after
from facility.domain.slot import Slot
from facility.domain.trigger import AfterCompletion, Expiry, OnAlert, Use

EXPIRES = "expires-"
"""How the names of slots before an expiry begin."""


def after_completion(trigger: AfterCompletion, start: date, ended: date | None, today: date) -> Slot:
    """The slot after the service that `ended` (None: there was none yet); one whose window would be over begins today."""
    due = max(start, today) if ended is None else after(ended, trigger.interval)
    over = due + timedelta(days=trigger.days - 1) < today
    return of_days(today if over else due, trigger.days)


def is_used_up(trigger: Use, used: float, begun: date, today: date) -> bool:
    """`used` since the last service, which was on the day `begun`: it is due by use, or by the calendar."""
    late = trigger.at_latest is not None and after(begun, trigger.at_latest) <= today
    return late or used >= trigger.every


def before_expiry(trigger: Expiry, expires: date) -> Slot:
    """The slot of a certificate that expires on that day."""
    return Slot(expires - timedelta(days=trigger.lead), expires, f"{EXPIRES}{expires}")


def after_alert(trigger: OnAlert, alert: int, onset: date) -> Slot:
    """The slot of an alert."""
    return Slot(onset, onset + timedelta(days=trigger.days), f"alert-{alert}")


def of_days(first: date, days: int) -> Slot:
    """A slot that is named by its first day."""
    return Slot(first, first + timedelta(days=days - 1), first.isoformat())
