"""A simulated serial line read by the collectors' link: values arrive, and a device that answers too late makes none wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

from collectors.link import ModbusLink
from facility.clock import SystemClock
from facility.domain.asset import LinkKind, Site
from facility.domain.reading import BadReason, Value
from facility.domain.serial_line import Parity, SerialLine
from facility.site import load
from simulators.estate import Estate
from tests.collectors.wire_harness import Sinks, eventually, running

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"
LINK, LATE = "distribution-1", "incomer-1"


def demo_on_a_line(device: Path) -> Site:
    """The demo's first gateway as a serial line, and nothing else."""
    demo = load(DEMO)
    line = SerialLine(str(device), baud=115200, parity=Parity.EVEN)
    link = replace(demo.links[LINK], kind=LinkKind.MODBUS_RTU, host="", port=0, serial=line)
    assets = {asset.id: asset for asset in demo.assets.values() if asset.link == LINK}
    return replace(demo, links={LINK: link}, assets=assets)


async def test_a_late_device_on_a_serial_line_makes_no_value_wrong(tmp_path: Path) -> None:
    device, sinks = tmp_path / "line", Sinks()
    site = demo_on_a_line(device)
    estate = Estate(site, SystemClock())
    await estate.start()
    reader = ModbusLink(site.links[LINK], list(site.assets.values()), sinks, SystemClock())

    def seen(asset: str) -> dict[str, Value]:
        return {name: value for good, _, _ in sinks.calls(asset) for name, value in good.items()}

    def timeouts() -> int:
        return sum(BadReason.TIMEOUT in bad.values() for _, bad, _ in sinks.calls(LATE))

    async with running(reader):
        await eventually(
            lambda: all(seen(one.id).keys() == one.profile.points.keys() for one in site.assets.values()), "all points"
        )
        true = {name: seen(name) for name in site.assets}  # the plant stands still: they never change
        estate.faults.add(LATE, "late_answer", {"delay": 1.3})
        await eventually(lambda: timeouts() >= 3, "reads that got their answer too late")
    await estate.stop()
    for name in site.assets:
        for good, bad, _ in sinks.calls(name):
            assert good.items() <= true[name].items()
            assert name == LATE or not bad
    assert reader.metrics()[f'facility_link_errors_total{{link="{LINK}",kind="timeout"}}'] >= 2
    held = estate.plant.values(LATE)["voltage_l1"]
    assert true[LATE]["voltage_l1"] == pytest.approx(held, rel=1e-3)
