"""China's published working days: weekends, holidays and make-up days, of the years that the package knows."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import chinese_calendar  # type: ignore[import-untyped]

FIRST = 2026  # no slot lies earlier


@cache
def public_holidays() -> Mapping[date, bool]:
    """Every day of the published years: is it worked? Later years are not in it: they are provisional."""
    found: dict[date, bool] = {}
    day = date(FIRST, 1, 1)
    while True:
        try:
            found[day] = chinese_calendar.is_workday(day)
        except NotImplementedError:  # so it says that the year is not published
            return found
        day += timedelta(days=1)
