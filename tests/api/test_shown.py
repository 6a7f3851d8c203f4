"""Values in words, gaps in charts, languages: decided by values alone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import isfinite
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.language import default_of
from api.routes.finish import Refused, number_of
from api.views.chart import Span, window, with_gaps
from api.web.pages import Words
from api.web.shown import number
from facility.domain.text import Language
from facility.domain.unit import Unit
from facility.locale import text
from facility.ports import Sample
from facility.site import load
from tests.api.scene import DEMO

ZONE = ZoneInfo("Asia/Shanghai")
SITE = load(DEMO / "site.yaml")
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (230.14, Unit.VOLT, "230.1 V"),
        (0.4123, Unit.MEGAPASCAL, "0.412 MPa"),
        (45.0, Unit.PERCENT, "45.0%"),
        (12345.6, Unit.KILOWATT_HOUR, "12,345.6 kWh"),
        (1234.5, Unit.KILOWATT_HOUR, "1234.5 kWh"),
        (-0.01, Unit.VOLT, "0.0 V"),
        (412.0, Unit.COUNT, "412次"),
        (0.98, Unit.NONE, "0.98"),
    ],
)
def test_numbers_carry_their_unit_as_the_glossary_says(value: float, unit: Unit, text: str) -> None:
    assert number(value, unit, Language.ZH_CN) == text


@given(st.floats(-1e9, 1e9))
def test_a_number_on_a_page_is_the_number(value: float) -> None:
    figure = float(number(value, Unit.VOLT, Language.EN).removesuffix(" V").replace(",", ""))
    assert abs(figure - value) <= 0.05000001 + abs(value) * 1e-12


@given(st.text(max_size=12))
def test_a_measured_value_is_a_finite_number_or_refused(text: str) -> None:
    try:
        value = number_of(text)
    except Refused:
        return
    assert isfinite(value)


@given(st.sets(st.integers(0, 500), min_size=1))
def test_no_line_is_drawn_across_a_gap_and_no_value_is_lost(places: set[int]) -> None:
    every, longest = timedelta(seconds=15), timedelta(seconds=135)
    samples = [Sample(NOON + place * every, 1.0, 1.0, 1.0, 1.0, 1) for place in sorted(places)]
    rows = with_gaps(samples, every, longest)
    assert [row for row in rows if row.count] == samples
    for left, right in pairwise(rows):
        assert right.at > left.at
        assert not (left.count and right.count and right.at - left.at > longest)


@pytest.mark.parametrize("span", list(Span))
def test_windows_lie_on_whole_steps_and_meet(span: Span) -> None:
    since, until = window(span, 0, NOON + timedelta(seconds=7), ZONE)
    whole = since.astimezone(ZONE) if span is Span.YEAR else since
    assert (whole.timestamp() + (whole.utcoffset() or timedelta(0)).total_seconds()) % span.every.total_seconds() == 0
    assert until > NOON + timedelta(seconds=7) >= until - span.every
    assert window(span, 1, NOON + timedelta(seconds=7), ZONE)[1] == since


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-Hans-CN,en;q=0.5", Language.ZH_CN),
        ("en-GB", Language.EN),
        ("fr,de", Language.ZH_CN),
        ("", Language.ZH_CN),
        ("en;q=0.2,zh;q=0.9", Language.ZH_CN),
        ("en;q=x,zh;q=0.1", Language.ZH_CN),
    ],
)
def test_the_browsers_wish_for_a_language(header: str, language: Language) -> None:
    assert default_of({"accept-language": header}, Language.ZH_CN) is language


def test_a_day_of_another_year_says_its_year() -> None:
    english, chinese = (Words(SITE, language, NOON) for language in (Language.EN, Language.ZH_CN))
    assert [english.day(date(2026, 11, 26)), chinese.day(date(2026, 11, 26))] == ["Thu 26 Nov", "周四 11-26"]
    assert [english.day(date(2027, 1, 4)), chinese.day(date(2027, 1, 4))] == ["Mon 4 Jan 2027", "周一 2027-01-04"]
    midnight = Words(SITE, Language.EN, datetime(2026, 12, 31, 17, tzinfo=UTC))
    assert midnight.day(date(2027, 1, 4)) == "Mon 4 Jan"  # it is 2027 here


def test_words_of_ours_in_the_audit_are_said_in_the_readers_language() -> None:
    chinese = Words(SITE, Language.ZH_CN, NOON)
    assert chinese.told(["name", "phone"], "fields") == "姓名、电话"
    assert chinese.told("repair", "why") == text("pages.homes.purpose.repair", Language.ZH_CN)
    assert chinese.told(["name", "phone"], "slots") == "name、phone"
