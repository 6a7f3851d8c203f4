"""China's published working days: weekends, holidays and make-up days, of the years that the package knows."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from chinese_calendar import constants


@cache
def public_holidays() -> Mapping[date, bool]:
    """Every day of the published years: is it worked? Later years are not in it: they are provisional."""
    found: dict[date, bool] = {}
    years = {day.year for day in constants.holidays}
    for year in sorted(years):
        day = date(year, 1, 1)
        while day.year == year:
            found[day] = day in constants.workdays or (day.isoweekday() < 6 and day not in constants.holidays)
            day += timedelta(days=1)
    return found
