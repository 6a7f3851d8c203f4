"""Rosters: shifts over midnight and daylight saving; each instant has one answer; gaps are where there is none."""

from datetime import UTC, date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.roster import (
    Overlap,
    Roster,
    Shift,
    Swap,
    Uncovered,
    by_place,
    clashing,
    governs_from,
    instant,
    pattern,
    slot_at,
    slots,
)

BERLIN, SHANGHAI, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("Australia/Lord_Howe")
EARLY, LATE, NIGHT = (
    Shift("early", time(6), time(14)),
    Shift("late", time(14), time(22)),
    Shift("night", time(22), time(6)),
)
THREE = {shift.name: shift for shift in (EARLY, LATE, NIGHT)}
MONDAY = date(2026, 3, 23)  # the clocks of Berlin leap forward on the Sunday after

zones = st.sampled_from([BERLIN, SHANGHAI, LORD_HOWE, ZoneInfo("America/New_York"), ZoneInfo("America/St_Johns")])
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
minutes = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))


def round_the_clock(first_day: date = MONDAY) -> Roster:
    """Four people, eight days; all three shifts are staffed on each of them."""
    word = {"e": "early", "l": "late", "n": "night", "-": ""}
    rows = {1: "eellnn--", 2: "--eellnn", 3: "nn--eell", 4: "llnn--ee"}
    return Roster("guards", "guard", first_day, THREE, {p: tuple(word[c] for c in row) for p, row in rows.items()})


@st.composite
def split_days(draw: st.DrawFn) -> Roster:
    """A day cut at any times into shifts that follow each other, each with one person every day."""
    cuts = sorted(draw(st.sets(minutes, min_size=1, max_size=6)))
    shifts = {f"s{n}": Shift(f"s{n}", cut, cuts[(n + 1) % len(cuts)]) for n, cut in enumerate(cuts)}
    return Roster("r", "guard", draw(days), shifts, {n + 1: (name,) for n, name in enumerate(shifts)})


@given(zones, days, minutes, minutes)
def test_instants_never_fall_when_the_wall_clock_grows(zone: ZoneInfo, day: date, one: time, other: time) -> None:
    first, second = sorted((one, other))
    assert instant(day, first, zone) <= instant(day, second, zone) <= instant(day + timedelta(days=1), first, zone)


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (date(2026, 3, 29), time(2, 30), "01:00"),  # left out: the leap itself
        (date(2026, 3, 29), time(3, 0), "01:00"),
        (date(2026, 10, 25), time(2, 30), "00:30"),  # comes twice: the first
        (date(2026, 10, 25), time(3, 0), "02:00"),
    ],
)
def test_a_night_on_which_the_clocks_are_moved(day: date, wall: time, expected: str) -> None:
    assert f"{instant(day, wall, BERLIN).astimezone(UTC):%H:%M}" == expected


@given(split_days(), zones, st.data())
def test_each_instant_has_exactly_one_shift(roster: Roster, zone: ZoneInfo, data: st.DataObject) -> None:
    begin = governs_from(roster, zone)
    at = begin + timedelta(seconds=data.draw(st.integers(0, 800 * 86400)))
    around = at.astimezone(zone).date()
    running = [
        slot
        for slot in slots(roster, {}, around - timedelta(days=2), around + timedelta(days=1), zone)
        if slot.begin <= at < slot.end
    ]
    assert len(running) == 1
    assert slot_at(roster, {}, at, zone) == running[0]


@given(split_days(), zones)
def test_the_splits_together_are_the_whole(roster: Roster, zone: ZoneInfo) -> None:
    for first in (date(2026, 3, 27), date(2026, 10, 23), date(2026, 3, 6), date(2026, 4, 3)):  # around moved clocks
        laid = list(
            slots(
                Roster(roster.id, "", date(2026, 1, 1), roster.shifts, roster.turns),
                {},
                first,
                first + timedelta(days=4),
                zone,
            )
        )
        assert all(a.end == b.begin for a, b in pairwise(laid))
    assert pattern(roster).overlaps() == []
    assert pattern(roster).uncovered() == []


@given(zones, st.integers(0, 400 * 24))
def test_a_rotation_is_staffed_at_every_hour(zone: ZoneInfo, hours: int) -> None:
    roster = round_the_clock()
    at = governs_from(roster, zone) + timedelta(hours=hours)
    slot = slot_at(roster, {}, at, zone)
    assert slot is not None
    assert len(slot.people) == 1


def test_the_night_shift_belongs_to_the_day_on_which_it_began() -> None:
    roster = round_the_clock()
    slot = slot_at(roster, {}, instant(MONDAY + timedelta(days=1), time(3), BERLIN), BERLIN)
    assert slot is not None
    assert (slot.day, slot.shift.name, slot.people) == (MONDAY, "night", (3,))
    assert (slot.end - slot.begin) == timedelta(hours=8)


def test_the_night_in_which_the_clocks_leap_is_an_hour_shorter() -> None:
    (slot,) = [
        s for s in slots(round_the_clock(), {}, date(2026, 3, 28), date(2026, 3, 28), BERLIN) if s.shift is NIGHT
    ]
    assert slot.end - slot.begin == timedelta(hours=7)


def test_nothing_is_governed_before_the_first_shift() -> None:
    roster = round_the_clock()
    assert governs_from(roster, BERLIN) == instant(MONDAY, time(6), BERLIN)
    assert slot_at(roster, {}, governs_from(roster, BERLIN) - timedelta(seconds=1), BERLIN) is None


def test_overlapping_shifts_are_found_also_across_the_cycle() -> None:
    shifts = {"day": Shift("day", time(7), time(19)), "night": Shift("night", time(18), time(8))}
    roster = Roster("r", "p", MONDAY, shifts, {1: ("day", "night")})
    assert pattern(roster).overlaps() == [Overlap(2, "night", 1, "day")]
    both = Roster("r", "p", MONDAY, shifts, {1: ("day",), 2: ("night",)})
    assert pattern(both).overlaps() == [Overlap(1, "day", 1, "night"), Overlap(1, "night", 1, "day")]


def test_uncovered_times_are_named() -> None:
    office = Roster("r", "p", MONDAY, {"day": Shift("day", time(8), time(17))}, {1: ("day",) * 5 + ("", "")})
    assert pattern(office).uncovered() == [
        *(Uncovered(n, time(17), n + 1, time(8)) for n in range(1, 5)),
        Uncovered(5, time(17), 8, time(8)),
    ]


def test_a_swap_changes_one_shift_of_one_day() -> None:
    roster = round_the_clock()
    swaps = by_place([Swap("guards", MONDAY, "early", (9,), "ill"), Swap("guards", MONDAY, "late", ())])
    found = {(slot.shift.name, slot.people, slot.swapped) for slot in slots(roster, swaps, MONDAY, MONDAY, BERLIN)}
    assert found == {("early", (9,), True), ("night", (3,), False)}
    assert slot_at(roster, swaps, instant(MONDAY, time(15), BERLIN), BERLIN) is None, "nobody in the shift is a gap"


def test_a_swap_that_would_overlap_is_seen() -> None:
    shifts = {**THREE, "long": Shift("long", time(6), time(18))}
    roster = round_the_clock()
    wider = Roster(roster.id, roster.position, MONDAY, shifts, roster.turns)
    clash = clashing(wider, {}, Swap("guards", MONDAY, "long", (9,)), BERLIN)
    assert clash is not None
    assert clash.shift.name == "early"
    empty = by_place([Swap("guards", MONDAY, name, ()) for name in ("early", "late")])
    assert clashing(wider, empty, Swap("guards", MONDAY, "long", (9,)), BERLIN) is None
    assert clashing(wider, {}, Swap("guards", MONDAY, "long", ()), BERLIN) is None
