"""The contract of roll-ups: the same rows however often, by whomever and in whatever order of the lines they are computed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from facility.domain.counter import Counter, increase
from facility.domain.rollup import Counters, Rolled, Rollup
from facility.ports import History

NOW = datetime.now(UTC)
SINCE = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
START = int(SINCE.timestamp()) * 10**9
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
COUNTERS: Counters = {("meter", "m-1"): {"energy": Counter(wraps_at=100.0)}}

Again = Callable[[], History]


def line(fields: str, minutes: float, asset: str = "m-1", site: str = "garden") -> bytes:
    return f"meter,site={site},asset={asset} {fields} {START + int(minutes * 60) * 10**9}\n".encode()


def course(first: int, last: int, step: int = 2, asset: str = "m-1") -> bytes:
    """A line every `step` minutes: a value that swings, a state that rests."""
    return b"".join(
        line(f'power={n * 37 % 101 - 50.5},state=1,state_text="on"', n, asset) for n in range(first, last, step)
    )


def roll(history: History, counters: Counters = COUNTERS, now: datetime = NOW) -> list[Rolled]:
    """Steps until there is nothing left to do."""
    done = [history.roll_up(now, counters)]
    while done[-1].more:
        done.append(history.roll_up(now, counters))
        assert len(done) < 100
    return done


def rows(history: History, every: timedelta, point: str = "power", asset: str = "m-1", hours: int = 47) -> list[Rollup]:
    return history.rollups(
        "meter", asset, point, SINCE, SINCE + hours * HOUR, every, COUNTERS["meter", "m-1"].get(point)
    )


def alike(one: list[Rollup], other: list[Rollup]) -> bool:
    """The same windows and figures; means up to the last digits, which depend on who adds up in which order."""
    return [(r.at, r.low, r.high, r.first, r.last, r.count, r.increase) for r in one] == [
        (r.at, r.low, r.high, r.first, r.last, r.count, r.increase) for r in other
    ] and [r.mean for r in one] == pytest.approx([r.mean for r in other])


@pytest.mark.parametrize("every", [5 * MINUTE, HOUR, 24 * HOUR, 7 * MINUTE])
def test_rolled_windows_are_those_of_the_readings(again: Again, every: timedelta) -> None:
    history = again()
    history.prepare()
    history.write(course(3, 400) + course(900, 1300, 7) + course(0, 300, asset="m-2"))
    before = rows(history, every)
    done = roll(history)
    assert sum(each.windows for each in done) > 0
    assert done[-1].until == NOW - timedelta(seconds=90) - (NOW - timedelta(seconds=90) - SINCE) % (5 * MINUTE)
    assert alike(rows(again(), every), before)
    assert sum(each.count for each in before) == 257


def test_a_chart_over_the_edge_reads_the_rest_from_readings(history: History, again: Again) -> None:
    history.write(course(0, 240))
    roll(history, now=SINCE + timedelta(minutes=97))
    history.write(course(240, 300))  # nobody has rolled this up
    for every in (5 * MINUTE, HOUR):
        found = rows(again(), every, hours=6)
        assert sum(each.count for each in found) == 150
        assert [each.at for each in found] == [SINCE + n * every for n in range(len(found))]


def test_rolling_up_again_changes_nothing(history: History, again: Again) -> None:
    history.write(course(0, 600))
    roll(history)
    before = rows(history, HOUR), rows(history, 5 * MINUTE)
    for other in (history, again()):
        roll(other)
        assert (rows(other, HOUR), rows(other, 5 * MINUTE)) == before


def test_a_late_line_changes_its_windows_and_no_others(history: History, again: Again) -> None:
    history.write(course(0, 600) + course(0, 600, asset="m-2"))
    roll(history)
    before, other = rows(history, 5 * MINUTE), rows(history, 5 * MINUTE, asset="m-2")
    collector = again()  # another program writes
    collector.write(line("power=999,fresh=4", 61.5) + line("power=-999", 240))
    assert sum(each.late for each in roll(history)) >= 2
    after = rows(again(), 5 * MINUTE)
    changed = [at for at, (one, two) in enumerate(zip(before, after, strict=True)) if one != two]
    assert changed == [12, 48]
    assert (after[12].high, after[12].count) == (999, before[12].count + 1)
    hours = rows(again(), HOUR)
    assert [each.at for each in hours if each.high == 999] == [SINCE + HOUR]
    assert [each.at for each in hours if each.low == -999] == [SINCE + 4 * HOUR]
    assert [each.last for each in rows(again(), HOUR, "fresh")] == [4.0]
    assert rows(again(), 5 * MINUTE, asset="m-2") == other


def test_lines_in_any_order_give_the_same_rows(history: History, again: Again) -> None:
    lines = course(0, 300, 3).splitlines(keepends=True)
    for part in (lines[1::3], lines[2::3], lines[0::3]):
        history.write(b"".join(part))
        roll(history)
    late = rows(again(), HOUR), rows(again(), 5 * MINUTE)
    assert sum(each.count for each in late[0]) == len(lines)
    history.write(course(0, 300, 3))  # all at once, on top: nothing new
    roll(history)
    assert (rows(again(), HOUR), rows(again(), 5 * MINUTE)) == late


def test_a_long_stop_is_caught_up_in_bounded_steps_by_whoever_comes(history: History, again: Again) -> None:
    history.write(course(0, 2600, 4))
    first = history.roll_up(NOW, COUNTERS)
    assert first.more
    assert first.windows <= 12
    counted = roll(again())
    assert sum(each.windows for each in counted) >= (2600 // 5) - first.windows - 1
    assert sum(each.count for each in rows(again(), HOUR)) == 650


def test_silent_months_are_crossed_in_one_stride(history: History) -> None:
    history.write(line("power=1", -200 * 1440) + line("power=2", 10))
    assert len(roll(history)) < 20
    found = history.windows("meter", "m-1", "power", SINCE - timedelta(days=201), SINCE + HOUR, HOUR)
    assert [(each.mean, each.count) for each in found] == [(1, 1), (2, 1)]


def test_an_hour_in_which_the_readings_end_is_completed(history: History) -> None:
    history.write(course(0, 33))
    roll(history, now=SINCE + timedelta(minutes=42))
    roll(history)
    assert [each.count for each in rows(history, HOUR)] == [17]


def test_texts_and_other_sites_are_left_alone(history: History) -> None:
    history.write(line('card_text="1",power=1', 1) + line("power=5", 1, site="river"))
    history.write(line('card_text="1",card_quality="good"', 2).replace(b"meter", b"gate"))  # texts alone
    roll(history)
    assert rows(history, HOUR, "card") == []
    assert [each.mean for each in rows(history, HOUR)] == [1.0]


def test_a_history_without_lines_has_nothing_to_roll_up(history: History) -> None:
    assert history.roll_up(NOW, COUNTERS) == Rolled()
    assert rows(history, HOUR) == []


def test_what_a_counter_counted_is_in_each_window(history: History, again: Again) -> None:
    totals = [10, 30, 55, 80, 99, 4, 20, 60, 90, 95, 3, 7, 2, 50]  # wraps at 100 twice, then falls without a wrap
    values = [(n * 11, total) for n, total in enumerate(totals)]
    for minute, total in values[::2] + values[1::2]:
        history.write(line(f"energy={total}", minute))
        if minute == 44:
            roll(history)
    roll(history)
    counter = COUNTERS["meter", "m-1"]["energy"]
    steps = [(values[n + 1][0] // 60, increase(a, b, counter)) for n, (a, b) in enumerate(pairwise(totals))]
    found = rows(again(), HOUR, "energy")
    assert len(found) == 3
    between = [increase(one.last, two.first, counter) for one, two in pairwise(found)]
    inside = [each.increase or 0.0 for each in found]
    assert sum(inside) + sum(between) == pytest.approx(sum(step for _, step in steps))
    assert inside[0] == pytest.approx(sum(step for hour, step in steps if hour == 0))


def test_a_point_that_became_a_counter_later_is_counted_by_its_ends(history: History, again: Again) -> None:
    history.write(b"".join(line(f"energy={n / 10}", n) for n in range(0, 120, 5)))
    roll(history, counters={})
    assert [each.increase for each in rows(again(), 2 * HOUR, "energy")] == [pytest.approx(11.5)]
