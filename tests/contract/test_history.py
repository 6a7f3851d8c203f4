"""The contract of the port History, on a SQLite file, on InfluxDB 2 and on InfluxDB 1.6."""

from datetime import UTC, datetime, timedelta

import pytest

from facility.domain.errors import StoreRejected
from facility.domain.stored import Stored
from facility.ports import History, Sample

SINCE = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
START = int(SINCE.timestamp()) * 10**9
HOUR = timedelta(hours=1)
SECONDS = 10**9


def line(fields: str, seconds: float, asset: str = "pump-1", site: str = "garden") -> bytes:
    return f"pump,site={site},asset={asset} {fields} {START + int(seconds * SECONDS)}\n".encode()


def read(history: History, point: str, every: timedelta = HOUR, asset: str = "pump-1") -> list[Sample]:
    return history.windows("pump", asset, point, SINCE, SINCE + HOUR, every)


def test_a_window_tells_mean_extremes_last_and_number(history: History) -> None:
    history.write(b"".join(line(f"level={value}", n) for n, value in enumerate((2, 5.5, -1.5, 1e0))))
    assert read(history, "level") == [Sample(SINCE, 1.75, -1.5, 5.5, 1.0, 4)]


def test_windows_start_at_since_and_gaps_are_left_out(history: History) -> None:
    history.write(b"".join(line(f"level={n}", n * 60) for n in range(60) if not 10 <= n < 30))
    since, until = SINCE + timedelta(minutes=3), SINCE + timedelta(minutes=40)
    windows = history.windows("pump", "pump-1", "level", since, until, timedelta(minutes=7))
    starts = [(each.at - SINCE).total_seconds() / 60 for each in windows]
    assert [(start, each.low, each.high, each.count) for start, each in zip(starts, windows, strict=True)] == [
        (3, 3, 9, 7),
        (24, 30, 30, 1),
        (31, 31, 37, 7),
        (38, 38, 39, 2),
    ]


def test_since_is_inside_and_until_is_not(history: History) -> None:
    history.write(
        line("level=1", 0) + line("level=2", 3599.999999) + line("level=3", 3600) + line("level=4", -0.000001)
    )
    assert [each.count for each in read(history, "level")] == [2]
    assert history.count("pump", "pump-1", SINCE, SINCE + HOUR) == 2


def test_a_line_written_again_changes_nothing(history: History) -> None:
    lines = line('level=1,level_quality="good"', 0) + line("level=2", 1)
    for _ in range(3):
        history.write(lines)
    assert read(history, "level") == [Sample(SINCE, 1.5, 1.0, 2.0, 2.0, 2)]
    assert history.count("pump", "pump-1", SINCE, SINCE + HOUR) == 2


def test_lines_of_one_time_are_merged_and_later_fields_win(history: History) -> None:
    history.write(line("level=1,flow=7", 0))
    history.write(line('level=3,state_text="running, fast"', 0) + line("level=4", 0))
    assert [each.last for each in read(history, "level")] == [4.0]
    assert [each.last for each in read(history, "flow")] == [7.0]
    assert history.count("pump", "pump-1", SINCE, SINCE + HOUR) == 1


def test_points_assets_and_sites_are_kept_apart(history: History) -> None:
    history.write(
        line("level=1,water_level=9", 0) + line("level=5", 0, asset="pump-2") + line("level=6", 1, site="river")
    )
    assert [each.mean for each in read(history, "level")] == [1.0]
    assert [each.mean for each in read(history, "level", asset="pump-2")] == [5.0]
    assert history.count("pump", "pump-1", SINCE, SINCE + HOUR) == 1


def test_texts_are_never_taken_for_numbers(history: History) -> None:
    history.write(line('card_text=",level=9,\\"level=8\\"",card_quality="bad:timeout",flow=1', 0))
    assert read(history, "level") == read(history, "card") == []
    assert [each.count for each in read(history, "flow")] == [1]


def test_what_was_never_written_is_an_empty_answer(history: History) -> None:
    assert read(history, "level") == []
    assert history.count("pump", "pump-1", SINCE, SINCE + HOUR) == 0
    history.write(b"")
    assert history.windows("meter", "x", "y'\";--", SINCE, SINCE + HOUR, HOUR) == []


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage\n",
        b"pump,site=garden,asset=pump-1 level= 1\n",
        b'pump,site=garden,asset=pump-1 level="1" 1',
        b"pump level=nan 1",
    ],
)
def test_a_bad_line_is_refused_for_good(history: History, bad: bytes) -> None:
    history.write(line("level=1", 0))
    if bad.endswith(b" 1"):
        bad = bad[:-1] + str(START).encode()
    for _ in range(2):
        with pytest.raises(StoreRejected):
            history.write(bad)
    assert [each.count for each in read(history, "level")] == [1]


def test_preparing_again_keeps_what_is_there(history: History) -> None:
    history.write(line("level=1", 0))
    history.prepare()
    assert history.count("pump", "pump-1", SINCE, SINCE + HOUR) == 1


def test_many_lines_in_one_batch(history: History) -> None:
    history.write(b"".join(line(f"level={n},flow={n / 7!r}", n / 10) for n in range(20_000)))
    assert history.count("pump", "pump-1", SINCE, SINCE + HOUR) == 20_000
    assert [each.count for each in read(history, "flow", timedelta(minutes=10))] == [6000, 6000, 6000, 2000]


def test_readings_come_back_as_they_were_written(history: History) -> None:
    history.write(
        line('level=1.5,level_quality="good",state_text="say \\"on\\", \\\\ off",state_quality="good"', 0)
        + line("flow=-2e-3", 1.5)
        + line('level_quality="bad:timeout"', 2)
        + line("level=7", 3600)
        + line("level=8", 3, asset="pump-2")
    )
    assert history.readings("pump", "pump-1", SINCE, SINCE + HOUR) == [
        Stored(START, {"level": 1.5, "state": 'say "on", \\ off'}, {"level": "good", "state": "good"}),
        Stored(START + 3 * SECONDS // 2, {"flow": -0.002}, {}),
        Stored(START + 2 * SECONDS, {}, {"level": "bad:timeout"}),
    ]
    assert history.readings("pump", "pump-3", SINCE, SINCE + HOUR) == []
