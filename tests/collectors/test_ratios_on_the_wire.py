"""A meter behind transformers on a real wire: the simulators' registers, the link, the present state."""

from dataclasses import replace
from pathlib import Path

from collectors.link import ModbusLink
from collectors.ratios import with_ratios
from facility.clock import SystemClock
from facility.domain.profile import ByteOrder, ModbusLimits, RawType, Register, Table
from facility.domain.reading import BadReason, Value
from simulators.encode import Image
from simulators.plant.device import Physical
from tests.collectors.collect_stage import Stage
from tests.collectors.hostile_server import Ask, Behaviour, Hostile, payload_frame
from tests.collectors.wire_harness import asset, eventually, link, point, running

POINTS = (
    point("pt", Register(Table.HOLDING, 141, RawType.UINT16), every=0.5, low=1, high=5000),
    point("ct", Register(Table.HOLDING, 142, RawType.UINT16), every=0.5, low=1, high=5000),
    point("power", Register(Table.HOLDING, 106, RawType.INT16, scale=0.001, scale_by=("pt", "ct")), every=0.5),
    point("energy", Register(Table.HOLDING, 200, RawType.FLOAT64, ByteOrder.CDAB), every=0.5),
    point("model", Register(Table.HOLDING, 300, RawType.STRING, length=6), every=0.5),
    point("fan", Register(Table.HOLDING, 310, RawType.BITS, bit=4, width=2), every=0.5),
)
SHOWN: dict[str, Physical] = {
    "pt": 100.0,
    "ct": 40.0,
    "power": 8000.0,
    "energy": 123456.789,
    "model": "表-5350",
    "fan": 3.0,
}


async def test_values_follow_the_ratios_that_the_device_tells(tmp_path: Path) -> None:
    meter = asset("m", POINTS, limits=ModbusLimits(page=128, max_registers=32))
    image = Image(meter.profile)

    def answer(ask: Ask) -> Behaviour:
        cells = image.read(Table.HOLDING, ask.address, ask.count)
        return lambda _, ask: payload_frame(ask, b"".join(cell.to_bytes(2, "big") for cell in cells))

    stage = Stage(tmp_path, [replace(meter, rules={})])
    image.fill(SHOWN)

    def state(name: str) -> tuple[Value | None, BadReason]:
        points = stage.monitor.tracks["m"].state(stage.clock.ns).points
        return (points[name].value, points[name].reason) if name in points else (None, BadReason.NONE)

    async with Hostile(answer) as device:
        reader = ModbusLink(link(device.port), [meter], with_ratios(stage.monitor), SystemClock())
        async with running(reader):
            await eventually(lambda: state("power") == (8000.0, BadReason.NONE), "the power with both ratios")
            for name, value in SHOWN.items():
                await eventually(lambda n=name, v=value: state(n) == (v, BadReason.NONE), name)  # type: ignore[misc]
            image.fill({**SHOWN, "pt": 200.0})
            await eventually(lambda: state("pt") == (200.0, BadReason.NONE), "another ratio")
            await eventually(lambda: state("power")[0] == 8000.0, "the same power behind it")
            image.fill({**SHOWN, "ct": None})
            await eventually(lambda: state("power")[1] is BadReason.RATIO_UNKNOWN, "no power without its ratio")
            assert state("ct")[1] is BadReason.OUT_OF_RANGE
            image.fill(SHOWN)
            await eventually(lambda: state("power") == (8000.0, BadReason.NONE), "the power again")


async def test_a_ratio_that_is_read_seldom_is_read_before_what_it_scales(tmp_path: Path) -> None:
    """The values are read often, the ratio once an hour, from a register behind them."""
    scaled = [
        point(f"power_{i}", Register(Table.HOLDING, 10 * i, RawType.INT16, scale_by=("ct",)), every=0.5)
        for i in range(4)
    ]
    meter = asset("m", [*scaled, point("ct", Register(Table.HOLDING, 142, RawType.UINT16), every=3600)])
    stage = Stage(tmp_path, [replace(meter, rules={})])

    def answer(ask: Ask) -> Behaviour:
        return lambda _, ask: payload_frame(ask, b"\0\5" * ask.count)

    async with Hostile(answer) as device:
        async with running(ModbusLink(link(device.port), [meter], with_ratios(stage.monitor), SystemClock())):
            await eventually(lambda: stage.monitor.tracks["m"].tally.readings >= 5, "all were read")
        assert device.asked[0].address == 142
    written = "\n".join(stage.lines())
    assert "power_3=25" in written
    assert "ratio_unknown" not in written
