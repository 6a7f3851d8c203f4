"""Ratios: no value without them, the exact product with them, and blocks without ratios untouched."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.ratios import Ratios, RatioSink, with_ratios
from collectors.state import Block
from collectors.wire import BlockSink
from facility.domain.profile import Point, RawType, Register, Table
from facility.domain.reading import BadReason, Quality, Value
from facility.domain.rule import Compare, Comparison, Rule
from tests.collectors.collect_stage import Stage, X, device
from tests.collectors.wire_harness import point

NONE, UNKNOWN, OUTSIDE = BadReason.NONE, BadReason.RATIO_UNKNOWN, BadReason.OUT_OF_RANGE
PT = point("pt", Register(Table.HOLDING, 141, RawType.UINT16), every=60.0)
CT = point("ct", Register(Table.HOLDING, 142, RawType.UINT16), every=60.0)
VOLTAGE = point("u", Register(Table.HOLDING, 97, RawType.UINT16, scale=0.1, scale_by=("pt",)), low=0, high=12000)
POWER = point("p", Register(Table.HOLDING, 106, RawType.INT16, scale=0.001, scale_by=("pt", "ct")))
FREQUENCY = point("f", Register(Table.HOLDING, 119, RawType.UINT16, scale=0.01))
MODEL = point("m", Register(Table.HOLDING, 120, RawType.STRING, length=4))
BLOCK = (VOLTAGE, POWER, FREQUENCY)


def applied(
    points: Sequence[Point], values: Sequence[Value | None], known: Mapping[str, Value]
) -> list[tuple[Value | None, BadReason]]:
    """What becomes of decoded values when these other points are known."""
    reasons = [NONE if value is not None else BadReason.SENTINEL for value in values]
    new_values, new_reasons = Ratios(points).applied(values, reasons, known.get)
    assert all((value is None) == (reason is not NONE) for value, reason in zip(new_values, new_reasons, strict=True))
    return list(zip(new_values, new_reasons, strict=True))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"pt": 100.0, "ct": 40.0}, [(1000.0, NONE), (8000.0, NONE), (50.0, NONE)]),
        ({"pt": 100.0}, [(1000.0, NONE), (None, UNKNOWN), (50.0, NONE)]),
        ({"ct": 40.0}, [(None, UNKNOWN), (None, UNKNOWN), (50.0, NONE)]),
        ({"pt": 0.0, "ct": 40.0}, [(None, UNKNOWN), (None, UNKNOWN), (50.0, NONE)]),
        ({"pt": 5000.0, "ct": 1.0}, [(None, OUTSIDE), (10000.0, NONE), (50.0, NONE)]),
    ],
)
def test_a_value_is_its_product_with_known_ratios_or_nothing(
    known: Mapping[str, Value], expected: list[tuple[Value | None, BadReason]]
) -> None:
    assert applied(BLOCK, [10.0, 2.0, 50.0], known) == expected


def test_what_is_bad_already_keeps_its_reason() -> None:
    assert applied(BLOCK, [None, 2.0, 50.0], {"pt": 1.0}) == [(None, BadReason.SENTINEL), (None, UNKNOWN), (50.0, NONE)]


def test_ratios_of_the_same_answer_come_first() -> None:
    assert applied((*BLOCK, PT), [10.0, 2.0, 50.0, 10.0], {"pt": 100.0, "ct": 2.0})[:2] == [(100.0, NONE), (40.0, NONE)]
    assert applied((*BLOCK, PT), [10.0, 2.0, 50.0, None], {"pt": 100.0, "ct": 2.0})[0] == (None, UNKNOWN)


@given(st.permutations(["a", "b", "c"]))
def test_a_ratio_may_have_a_ratio_of_its_own_in_any_order(order: list[str]) -> None:
    points = {
        "a": point("a", Register(Table.HOLDING, 0, RawType.UINT16, scale_by=("b",))),
        "b": point("b", Register(Table.HOLDING, 1, RawType.UINT16, decimals="c")),
        "c": point("c", Register(Table.HOLDING, 2, RawType.UINT16)),
    }
    raw = {"a": 7.0, "b": 25.0, "c": 1.0}
    found = applied([points[name] for name in order], [raw[name] for name in order], {})
    assert dict(zip(order, found, strict=True)) == {"a": (17.5, NONE), "b": (2.5, NONE), "c": (1.0, NONE)}


@given(st.integers(-(2**15), 2**15 - 1), st.integers(-5, 9))
def test_decimal_places_move_the_point_exactly(raw: int, places: int) -> None:
    level = point("level", Register(Table.HOLDING, 4, RawType.INT16, decimals="places"))
    assert applied([level], [float(raw)], {"places": float(places)}) == [(float(f"{raw}e{-places}"), NONE)]


@pytest.mark.parametrize("places", [0.5, 16.0, -16.0, "three"])
def test_decimal_places_that_are_none_give_no_value(places: Value) -> None:
    level = point("level", Register(Table.HOLDING, 4, RawType.INT16, decimals="places"))
    assert applied([level], [5.0], {"places": places}) == [(None, UNKNOWN)]


HIGH = Rule("high", X, Compare("u", Comparison.ABOVE, 900.0, 10.0))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, [device("m1", (*BLOCK, PT, CT, MODEL), [HIGH])])


def sinks(stage: Stage, *blocks: tuple[Point, ...]) -> list[BlockSink]:
    make = with_ratios(stage.monitor)
    return [make(stage.site.assets["m1"], points) for points in blocks]


def state(stage: Stage, name: str) -> tuple[Value | None, Quality, BadReason]:
    point = stage.monitor.tracks["m1"].state(stage.clock.ns).points[name]
    return point.value, point.quality, point.reason


def test_only_blocks_with_ratios_pay_for_them(stage: Stage) -> None:
    assert [type(sink) for sink in sinks(stage, BLOCK, (PT, CT), (FREQUENCY,))] == [RatioSink, Block, Block]


def test_values_wait_for_the_ratios_and_fall_with_them(stage: Stage) -> None:
    values, ratios = sinks(stage, BLOCK, (PT, CT))
    values.good((10.0, 2.0, 50.0), stage.clock.ns)
    assert state(stage, "u") == (None, Quality.BAD, UNKNOWN)
    assert state(stage, "f") == (50.0, Quality.GOOD, NONE)
    ratios.good((100.0, 40.0), stage.clock.advance(1))
    values.good((10.0, 2.0, 50.0), stage.clock.advance(4))
    assert (state(stage, "u"), state(stage, "p")) == ((1000.0, Quality.GOOD, NONE), (8000.0, Quality.GOOD, NONE))
    assert [rule for _, rule, _ in stage.edges()] == ["high"]
    ratios.failed(BadReason.TIMEOUT, stage.clock.advance(1))
    values.good((10.0, 2.0, 50.0), stage.clock.advance(4))
    assert state(stage, "u") == (1000.0, Quality.BAD, UNKNOWN)
    values.failed(BadReason.COMM_LOST, stage.clock.advance(5))
    assert state(stage, "u") == (1000.0, Quality.BAD, BadReason.COMM_LOST)


def test_a_ratio_that_has_grown_stale_is_no_longer_believed(stage: Stage) -> None:
    values, ratios = sinks(stage, BLOCK, (PT, CT))
    ratios.good((100.0, 40.0), stage.clock.ns)
    stage.wait(181)
    values.good((10.0, 2.0, 50.0), stage.clock.ns)
    assert state(stage, "p") == (None, Quality.BAD, UNKNOWN)


def test_products_are_written_with_all_their_digits_and_texts_are_escaped(stage: Stage) -> None:
    energy = replace(POWER, name="p", read=Register(Table.HOLDING, 0, RawType.UINT32, scale=0.01, scale_by=("pt",)))
    (ratios, values) = sinks(stage, (PT, CT), (energy, MODEL))
    ratios.good((100.0, 40.0), stage.clock.ns)
    values.mixed((42949672.95, 'A"1'), (NONE, NONE), stage.clock.ns)
    first = 'p=4294967295,p_quality="good",m_text="A\\"1",m_quality="good"'
    assert stage.lines()[-1].split(" ")[1] == first
    values.mixed((42949672.95, 'A"1'), (NONE, NONE), stage.clock.advance(61))
    assert stage.lines()[-1].split(" ")[1] == 'p=4294967295,m_text="A\\"1"'
    assert state(stage, "m") == ('A"1', Quality.GOOD, NONE)
