"""A report: what a day, a week or a month was, frozen when it was over; and what a team has before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from facility.domain.figure import Period


class ReportKind(StrEnum):
    """Kinds of reports; the last two are a team's own."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MONTH_SUMMARY = "month_summary"
    MONTH_AHEAD = "month_ahead"

    @property
    def of_team(self) -> bool:
        """There is one for each team."""
        return self in (ReportKind.MONTH_SUMMARY, ReportKind.MONTH_AHEAD)


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `team` is empty for the whole estate. `content`: plain values, as they stood at `made_at`. `id` is 0 until stored."""

    id: int
    kind: ReportKind
    team: str
    period: Period
    made_at: datetime
    content: Mapping[str, object]


def latest(kind: ReportKind, today: date) -> Period:
    """The last period that is over; of a month ahead the next one."""
    match kind:
        case ReportKind.DAILY:
            yesterday = today - timedelta(days=1)
            return Period(yesterday, yesterday)
        case ReportKind.WEEKLY:
            sunday = today - timedelta(days=today.isoweekday())
            return Period(sunday - timedelta(days=6), sunday)
        case ReportKind.MONTH_AHEAD:
            following = Period.month(today.year, today.month).last + timedelta(days=1)
            return Period.month(following.year, following.month)
    last = today.replace(day=1) - timedelta(days=1)
    return Period.month(last.year, last.month)


def before(kind: ReportKind, period: Period) -> Period:
    """The period before; of a month ahead none other is made, so itself."""
    if kind is ReportKind.MONTH_AHEAD:
        return period
    return latest(kind, period.first)


MADE_UP_FOR: Mapping[ReportKind, int] = {
    ReportKind.DAILY: 7,
    ReportKind.WEEKLY: 4,
    ReportKind.MONTHLY: 3,
    ReportKind.MONTH_SUMMARY: 3,
    ReportKind.MONTH_AHEAD: 1,
}
"""How many periods are made up for after a stop."""

AHEAD_FROM = 25
"""The day of the month from which the month ahead is made."""
