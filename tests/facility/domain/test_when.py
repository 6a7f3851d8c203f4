"""When a plan falls due, as people choose it: words to a trigger and back, and what cannot be taken named by its word."""

import pytest

from facility.domain.errors import Unfit
from facility.domain.trigger import ByHand, Cadence, Calendar, Every, Interval, OnDay, OnWeekday, Step
from facility.domain.when import CHOSEN, trigger_of_words, words_of_trigger


@pytest.mark.parametrize(
    ("words", "trigger"),
    [
        ({"when": "weekly"}, Calendar(Cadence.WEEKLY)),
        ({"when": "monthly", "months": "9，3"}, Calendar(Cadence.MONTHLY, (3, 9))),
        ({"when": "every", "count": "10", "step": "days"}, Every(Interval(10, Step.DAYS))),
        ({"when": "on_day", "day": "15", "days": "3", "months": "4"}, OnDay(15, (4,), 3)),
        ({"when": "on_day", "day": "-1"}, OnDay(-1)),
        ({"when": "on_weekday", "nth": "2", "weekday": "5", "days": "1"}, OnWeekday(2, 5)),
    ],
)
def test_words_say_a_trigger_and_a_trigger_its_words(words: dict[str, str], trigger: CHOSEN) -> None:
    assert trigger_of_words(words) == trigger
    assert trigger_of_words(words_of_trigger(trigger)) == trigger


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({}, "when"),
        ({"when": "sometimes"}, "when"),
        ({"when": "every", "count": "0", "step": "days"}, "count"),
        ({"when": "every", "count": "1", "step": "moons"}, "step"),
        ({"when": "on_day", "day": "32"}, "day"),
        ({"when": "on_day", "day": "1", "days": "29"}, "days"),
        ({"when": "on_weekday", "nth": "5", "weekday": "1"}, "nth"),
        ({"when": "on_weekday", "nth": "1", "weekday": "8"}, "weekday"),
        ({"when": "monthly", "months": "13"}, "months"),
    ],
)
def test_what_cannot_be_taken_is_named(words: dict[str, str], field: str) -> None:
    with pytest.raises(Unfit) as refused:
        trigger_of_words(words)
    assert refused.value.field == field


def test_what_people_cannot_choose_has_no_words() -> None:
    assert words_of_trigger(ByHand()) == {}
