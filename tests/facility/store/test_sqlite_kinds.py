"""Packed numbers in the SQLite history are read, merged and rolled up as the same lines of text are."""

import sqlite3
from datetime import UTC, datetime, timedelta
from math import nan
from pathlib import Path
from struct import pack

import pytest

from facility.domain.errors import SchemaUnknown
from facility.ports import Numbers
from facility.store.sqlite_history import SCHEMA, SqliteHistory

SINCE = datetime(2026, 11, 1, 8, tzinfo=UTC)
START = int(SINCE.timestamp()) * 10**9
SERIES = "meter,site=demo,asset=m1"
HOUR = timedelta(hours=1)


def opened(folder: Path) -> SqliteHistory:
    history = SqliteHistory(folder / "history.db", "demo")
    history.prepare()
    return history


def row(second: int, *values: float, kind: str = "d u,p,n") -> Numbers:
    return Numbers(SERIES, START + second * 10**9, kind, pack(f"<{len(values)}{kind[0]}", *values))


def text(*rows: Numbers) -> bytes:
    lines = []
    for each in rows:
        fields = ",".join(f"{name}={value!r}" for name, value in each.fields() if value == value)
        lines.append(f"{each.series} {fields} {each.at}\n")
    return "".join(lines).encode()


def answers(history: SqliteHistory) -> list[object]:
    until = SINCE + 2 * HOUR
    found: list[object] = [history.count("meter", "m1", SINCE, until)]
    for point in ("u", "p", "n", "x"):
        found.append(history.windows("meter", "m1", point, SINCE, until, timedelta(seconds=30)))
        found.append(history.rollups("meter", "m1", point, SINCE, until, HOUR))
    return found


ROWS = [
    row(second, 230.125 + second % 7, nan if second % 3 else second / 8, second % 2, kind=kind)
    for kind in ("d u,p,n", "f n,u,p")
    for second in range(0 if kind[0] == "d" else 1801, 1800 if kind[0] == "d" else 3600, 20)
]


def test_rows_and_lines_give_the_same_answers_before_and_after_they_are_rolled_up(tmp_path: Path) -> None:
    given = []
    for name in ("rows", "lines"):
        (tmp_path / name).mkdir()
        history = opened(tmp_path / name)
        if name == "rows":
            history.write_rows(ROWS, text(row(5000, 1.0, 2.0, 3.0)))
        else:
            history.write(text(*ROWS, row(5000, 1.0, 2.0, 3.0)))
        before = answers(history)
        while history.roll_up(SINCE + 3 * HOUR, {}).more:
            pass
        given.append((before, answers(history)))
        history.close()
    assert given[0] == given[1]
    assert given[0][0][0] == len(ROWS) + 1


def test_a_row_written_again_changes_nothing_and_what_comes_later_is_merged(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for _ in range(2):
        history.write_rows([row(0, 1.5, nan, 7.0), row(1, 1e300, -0.5, nan)], b"")
    before = answers(history)
    history.write_rows([row(1, 1e300, -0.5, nan)], b"")
    assert answers(history) == before
    history.close()
    again = opened(tmp_path)  # knows nothing of the kinds that stand in the file
    again.write_rows([row(0, 9.0, 8.0, kind="f p,u")], text(row(1, 2.0, nan, nan)))
    hour = timedelta(hours=1)

    def last(point: str, second: int) -> list[float | None]:
        at = SINCE + timedelta(seconds=second)
        return [each.last for each in again.windows("meter", "m1", point, at, at + timedelta(seconds=1), hour)]

    assert [last(point, 0) for point in ("u", "p", "n")] == [[8.0], [9.0], [7.0]]
    assert [last(point, 1) for point in ("u", "p", "n")] == [[2.0], [-0.5], []]
    assert again.count("meter", "m1", SINCE, SINCE + hour) == 2
    again.close()


def test_kinds_of_a_transaction_that_failed_are_given_anew(tmp_path: Path) -> None:
    history = opened(tmp_path)
    with pytest.raises(OverflowError):
        history.write_rows([row(0, 1.0, 2.0, 3.0), row(2**40, 1.0, 2.0, 3.0)], b"")
    history.write_rows([row(0, 4.0, kind="d other")], b"")
    history.write_rows([row(1, 5.0, 6.0, 7.0)], b"")
    assert [each.last for each in history.windows("meter", "m1", "u", SINCE, SINCE + HOUR, HOUR)] == [5.0]
    assert [each.last for each in history.windows("meter", "m1", "other", SINCE, SINCE + HOUR, HOUR)] == [4.0]
    history.close()


def test_a_file_of_text_alone_is_taken_over_and_an_earlier_program_refuses_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = opened(tmp_path)
    history.write(text(*ROWS))
    before = answers(history)
    history.close()
    with sqlite3.connect(tmp_path / "history.db") as connection:
        connection.execute("DROP TABLE kinds")
        connection.execute("PRAGMA user_version = 3")
    connection.close()
    assert answers(SqliteHistory(tmp_path / "history.db", "demo")) == before  # before the collectors started
    again = opened(tmp_path)
    again.write_rows(ROWS[:1], b"")
    assert answers(again) == before
    again.close()
    monkeypatch.setattr("facility.store.sqlite_history.SCHEMA", SCHEMA - 1)
    with pytest.raises(SchemaUnknown):
        SqliteHistory(tmp_path / "history.db", "demo").prepare()
