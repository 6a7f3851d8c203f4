"""Rows of numbers say what the same lines would say as text, in each store, and a damaged batch is never taken for a right one."""

import gzip
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from struct import pack, unpack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.drain import Drain
from collectors.journal import Journal
from collectors.lines import Lines
from collectors.monitor import Monitor
from collectors.outflow import Outflow
from collectors.packing import DAMAGED, gzipped
from collectors.packing import unpack as unpacked
from collectors.sheet import MARK, Damaged, Row, packed, rows_of
from collectors.spool import Spool
from collectors.state import Block
from collectors.track import Track, track
from facility.domain.errors import StoreRejected
from facility.domain.moment import moment
from facility.domain.profile import Point, RawType, Register, Table
from facility.domain.reading import BadReason
from facility.domain.state import Points
from facility.ports import Numbers
from facility.store.sqlite_history import SqliteHistory
from tests.collectors.collect_stage import HandClock, device, point, site, wire
from tests.collectors.test_spool import Packed, Shelf

AT = 1_795_000_000_000_000_000
SINGLES = (point("u", deadband=0.5), point("n", kind=RawType.UINT16), point("p"))
DOUBLES = (point("u", deadband=0.5), point("e", kind=RawType.FLOAT64), point("n", kind=RawType.UINT32))


def single(value: float) -> float:
    return float(unpack(">f", pack(">f", value))[0])


def block(points: Sequence[Point], written: list[str | Row], *, rows: bool) -> Block:
    asset = device("m1", points, [])
    lines = Lines("demo", asset, points)
    return Block(track(asset, AT), points, lines, written.append, lambda run, kind, at: None, rows=rows)


def test_which_points_are_written_as_rows() -> None:
    def kind(*points: Point) -> str | None:
        sheet = Lines("demo", device("m1", points, []), points).sheet()
        return None if sheet is None else sheet.kind

    assert kind(*SINGLES) == "f u,n,p"
    assert kind(*DOUBLES) == "d u,e,n"
    assert kind(*SINGLES, point("mode", kind=RawType.ENUM)) is None
    scaled = replace(point("i"), read=Register(Table.HOLDING, 1, RawType.UINT16, scale_by=("ct",)))
    assert kind(*SINGLES, scaled) == "d u,n,p,i"  # a product is no float32


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([SINGLES, DOUBLES]),
    st.lists(
        st.tuples(st.sampled_from([230.0, 230.3, 231.25, -1.5]), st.integers(0, 65535), st.floats(-1e30, 1e30)),
        max_size=12,
    ),
    st.integers(1, 30),
)
def test_rows_say_what_the_lines_would(
    points: Sequence[Point], polls: list[tuple[float, int, float]], every: int
) -> None:
    texts, rows = list[str | Row](), list[str | Row]()
    blocks = [block(points, texts, rows=False), block(points, rows, rows=True)]
    for number, (u, n, p) in enumerate(polls):
        values = (single(u), float(n), single(p))
        for each in blocks:
            each.good(values, AT + number * every * 10**9)
    assert sorted(unpacked(packed(rows)).splitlines()) == sorted("".join(map(str, texts)).encode().splitlines())


@given(
    st.sampled_from([SINGLES, DOUBLES, (*SINGLES, point("mode", kind=RawType.ENUM))]),
    st.lists(st.tuples(st.floats(-(2.0**99), 2.0**99, width=32), st.integers(0, 65535)), min_size=1, max_size=6),
)
def test_what_is_held_packed_comes_back_as_it_was_read(points: Sequence[Point], polls: list[tuple[float, int]]) -> None:
    asset = device("m1", points, [])
    owner = track(asset, AT)
    block = Block(owner, points, Lines("demo", asset, points), [].append, lambda run, kind, at: None)
    for number, (u, n) in enumerate(polls):
        at = AT + number * 10**9
        values = (u, float(n), u, "open")[: len(points)]
        block.good(values, at)
        assert tuple(block.value_of(i) for i in range(len(points))) == values
        assert tuple(owner.view.present[slot] for slot in range(len(points))) == values
        assert {block.time_of(i) for i in range(len(points))} == {at}
        states = owner.state(at).points
        assert [(one.value, one.at) for one in states.values()] == [
            (float(format % value) if isinstance(value, float) else value, moment(at))
            for value, format in zip(values, _formats(owner), strict=True)
        ]
        block.failed(BadReason.TIMEOUT, at)
        assert tuple(block.value_of(i) for i in range(len(points))) == values
        assert {owner.view.present[slot] for slot in range(len(points))} == {None}


def _formats(owner: Track) -> list[str]:
    """As lines show the numbers."""
    found = owner.state(AT).points
    if not isinstance(found, Points) or not found.together:
        return ["%r"] * len(found)
    return [f"%{form}" for form in found.together[0].forms.split(",")]


def batch() -> bytes:
    sheet, other = (Lines("demo", device(id, SINGLES, []), SINGLES).sheet() for id in ("m1", "m2"))
    assert sheet is not None
    assert other is not None
    rows = [
        Row(sheet, sheet.pack(AT, 230.5, 7.0, -1.0)),
        other.some([1], (0.0, 8.0, 0.0), AT + 1),
        sheet.some([0, 2], (1.5, 0.0, 2.5), AT + 2),
    ]
    return packed([rows[0], 'meter,site=demo,asset=m1 u_quality="stale" 5\n', *rows[1:]])


def test_a_batch_holds_its_rows_in_their_order_and_the_rest_as_text() -> None:
    rows, text = rows_of(batch())
    assert [(row.series, row.at, [pair for pair in row.fields() if pair[1] == pair[1]]) for row in rows] == [
        ("meter,site=demo,asset=m1", AT, [("u", 230.5), ("n", 7.0), ("p", -1.0)]),
        ("meter,site=demo,asset=m2", AT + 1, [("n", 8.0)]),
        ("meter,site=demo,asset=m1", AT + 2, [("u", 1.5), ("p", 2.5)]),
    ]
    assert text == b'meter,site=demo,asset=m1 u_quality="stale" 5\n'
    assert gzip.decompress(gzipped(batch())) == unpacked(batch())


def test_lines_without_rows_are_plain_text() -> None:
    assert packed(["one\n", "two\n"]) == b"one\ntwo\n"
    assert rows_of(b"one\n") == ([], b"one\n")


def test_a_batch_that_is_damaged_at_any_byte_is_never_taken() -> None:
    whole = batch()
    for place in range(len(MARK), len(whole)):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]):
            with pytest.raises(DAMAGED):
                unpacked(damaged)
            with pytest.raises(Damaged):
                rows_of(damaged)


class RowShelf(Shelf):
    """A history that takes rows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Numbers] = []

    def write_rows(self, rows: Sequence[Numbers], lines: bytes) -> None:
        if self.strict or any(row.at == AT + 1 for row in rows):
            raise StoreRejected("history", "field type conflict", "Rename the point.")
        self.rows += rows
        self.write(lines)


@pytest.mark.parametrize("kind", [Shelf, Packed, RowShelf])
def test_rows_in_the_spool_reach_each_kind_of_history_and_damage_is_parked(kind: type[Shelf], tmp_path: Path) -> None:
    """Settings may name another history than the one for which they were spooled; a refused batch is looked at as text."""
    clock = HandClock()
    spool, shelf = Spool(tmp_path / "spool.db", clock), kind()
    shelf.poison = b"n=8 "
    assert spool.append(b"meter,site=demo,asset=m0 u=1 1\n", 1)  # of an earlier version
    assert spool.append(batch(), 4)
    assert spool.append(batch()[:-1], 4)
    draining = Drain(spool, shelf, "demo", clock)
    while spool.batches:
        draining.step()
    assert sorted(shelf.stored) == [
        b"meter,site=demo,asset=m0 u=1 1\n",
        b"meter,site=demo,asset=m1 u=1.5,p=2.5 1795000000000000002\n",
        b"meter,site=demo,asset=m1 u=230.5,n=7,p=-1 1795000000000000000\n",
        b'meter,site=demo,asset=m1 u_quality="stale" 5\n',
    ]
    assert sorted(line for line, _ in spool.parked_lines()) == sorted(
        [batch()[:-1], b"meter,site=demo,asset=m2 n=8 1795000000000000001\n"]
    )


def test_readings_go_as_rows_from_a_block_into_the_sqlite_history(tmp_path: Path) -> None:
    clock = HandClock()
    history = SqliteHistory(tmp_path / "history.db", "demo")
    spool = Spool(tmp_path / "spool.db", clock)
    outflow = Outflow(spool, Journal(tmp_path / "journal.db", "main", clock), packed=False, rows=True)
    monitor = Monitor(site([device("m1", SINGLES, [])], [wire()]), clock, outflow)
    sink = monitor.sink(monitor._site.assets["m1"], SINGLES)
    began = clock.ns
    for n in range(4):
        sink.good((230.0 + n / 4, float(n), 1.0), began + n * 10**9)
    outflow.step()
    Drain(spool, history, "demo", clock).step()
    since = moment(began)
    (u,) = history.windows("meter", "m1", "u", since, since + timedelta(hours=1), timedelta(hours=1))
    (n,) = history.windows("meter", "m1", "n", since, since + timedelta(hours=1), timedelta(hours=1))
    assert (u.low, u.high, u.count) == (230.0, 230.5, 2)  # inside the deadband nothing is written
    assert (n.low, n.high, n.count) == (0.0, 3.0, 4)
    history.close()
    spool.close()
    assert re.search(rb"u=\d", (tmp_path / "spool.db").read_bytes()) is None or spool.batches == 0
