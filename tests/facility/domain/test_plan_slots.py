"""Slots cover the calendar without gap or overlap, and each day has one."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.order import WorkKind
from facility.domain.plan import Cadence, Plan, slot_of, slots
from facility.domain.text import Title

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
LONGEST = {
    Cadence.WEEKLY: 7,
    Cadence.MONTHLY: 31,
    Cadence.QUARTERLY: 92,
    Cadence.HALF_YEARLY: 184,
    Cadence.YEARLY: 366,
}


def a_plan(cadence: Cadence, start: date) -> Plan:
    return Plan("p", Title("p", "p"), WorkKind.MAINTENANCE, cadence, ("a",), (), "operating", start)


@given(st.sampled_from(Cadence), days)
def test_a_day_lies_in_its_slot_and_all_days_of_the_slot_agree(cadence: Cadence, day: date) -> None:
    slot = slot_of(cadence, day)
    assert slot.first <= day <= slot.last
    assert (slot.last - slot.first).days < LONGEST[cadence]
    assert slot_of(cadence, slot.first) == slot_of(cadence, slot.last) == slot
    assert slot_of(cadence, slot.last + timedelta(days=1)).key != slot.key


@given(st.sampled_from(Cadence), days, days, st.integers(0, 900))
def test_slots_follow_each_other_without_gap(cadence: Cadence, start: date, since: date, length: int) -> None:
    until = since + timedelta(days=length)
    found = list(slots(a_plan(cadence, start), since, until))
    assert len({slot.key for slot in found}) == len(found)
    for before, after in pairwise(found):
        assert after.first == before.last + timedelta(days=1)
    if max(since, start) <= until:
        assert found[0].first <= max(since, start) <= found[0].last
        assert found[-1].first <= until <= found[-1].last
    else:
        assert found == []


def test_keys_and_edges_of_the_year() -> None:
    assert slot_of(Cadence.WEEKLY, date(2027, 1, 3)).key == "2026-W53"
    assert slot_of(Cadence.MONTHLY, date(2028, 2, 29)).key == "2028-02"
    assert slot_of(Cadence.QUARTERLY, date(2026, 12, 31)).key == "2026-Q4"
    assert slot_of(Cadence.HALF_YEARLY, date(2026, 7, 1)).key == "2026-H2"
    assert slot_of(Cadence.YEARLY, date(2026, 7, 1)).key == "2026"
