"""A trigger in words: weekdays by their names, the length of a window, the months."""

import pytest

from facility.domain.text import Language
from facility.domain.trigger import OnDay, OnWeekday, Trigger
from facility.domain.trigger_words import in_words
from facility.locale import render


@pytest.mark.parametrize(
    ("trigger", "english", "chinese"),
    [
        (OnWeekday(2, 1), "on the second Monday of the month", "每月第二个星期一"),
        (
            OnWeekday(-1, 7, (3, 9), 2),
            "on the last Sunday of the month; a window of 2 days; only in months 3, 9",
            "每月最后一个星期日；时段2天；仅限3, 9月",
        ),
        (OnDay(15), "on day 15 of the month", "每月15日"),
    ],
)
def test_a_trigger_reads_well(trigger: Trigger, english: str, chinese: str) -> None:
    assert "; ".join(render(each, Language.EN) for each in in_words(trigger)) == english
    assert "；".join(render(each, Language.ZH_CN) for each in in_words(trigger)) == chinese
