"""Bus time of a serial line: by hand, and for any plan."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.bus_time import bus_time, read_seconds
from facility.domain.profile import ModbusLimits, Table
from facility.domain.reads import Request
from facility.domain.serial_line import BAUD_RATES, Parity, SerialLine
from tests.collectors.wire_harness import asset, words


@pytest.mark.parametrize(
    ("line", "text", "bits", "interval"),
    [
        (SerialLine(), "9600 8N1", 10, 3.5 * 10 / 9600),
        (SerialLine(baud=19200, parity=Parity.EVEN), "19200 8E1", 11, 3.5 * 11 / 19200),
        (SerialLine(baud=38400, parity=Parity.ODD), "38400 8O1", 11, 0.00175),
        (SerialLine(baud=115200, stop_bits=2), "115200 8N2", 11, 0.00175),
    ],
)
def test_a_line_knows_its_characters_and_its_rest(line: SerialLine, text: str, bits: int, interval: float) -> None:
    assert (str(line), line.character_bits) == (text, bits)
    assert line.silent_interval == pytest.approx(interval)


def test_one_read_by_hand() -> None:
    """Ten registers at 9600 8N1: 3.5 characters of rest, 8 of the request, 25 of the answer."""
    line = SerialLine()
    assert read_seconds(line, Request(1, Table.HOLDING, 0, 10)) == pytest.approx((3.5 + 8 + 25) * 10 / 9600)
    assert read_seconds(line, Request(1, Table.COIL, 0, 10)) == pytest.approx((3.5 + 8 + 7) * 10 / 9600)
    assert read_seconds(line, Request(1, Table.HOLDING, 0, 10, 1.0, 0.05)) == pytest.approx(0.05 + 33 * 10 / 9600)


def test_a_pause_is_the_units_own() -> None:
    limits = ModbusLimits(pause=timedelta(milliseconds=100))
    assets = [asset(name, words(10, every=2.0), unit=unit, limits=limits) for unit, name in ((1, "a"), (2, "b"))]
    time = bus_time(SerialLine(), assets)
    one = (3.5 + 8 + 25) * 10 / 9600
    assert time.utilisation == pytest.approx(2 * one / 2.0)
    assert time.unit["a"] == pytest.approx((one + 0.1) / 2.0)
    assert time.reads == 1.0
    assert [name for name, _ in time.costliest] == ["a", "b"]


@given(
    st.sampled_from(BAUD_RATES),
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from([1.0, 5.0, 60.0])), min_size=1, max_size=4),
)
def test_more_assets_take_more_and_a_faster_line_less(baud: int, plans: list[tuple[int, float]]) -> None:
    assets = [asset(f"a{i}", words(n, every=every), unit=i) for i, (n, every) in enumerate(plans, start=1)]
    whole = bus_time(SerialLine(baud=baud), assets)
    assert whole.utilisation == pytest.approx(sum(bus_time(SerialLine(baud=baud), [a]).utilisation for a in assets))
    assert bus_time(SerialLine(baud=2 * baud), assets).utilisation < whole.utilisation
