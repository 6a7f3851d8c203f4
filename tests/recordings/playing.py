"""Simulators and collectors of a site side by side in one loop: real wires between them, time of the collectors moved by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from collectors.link import ModbusLink
from collectors.mqtt import MqttLink
from collectors.ratios import with_ratios
from collectors.recorder import Recorder
from collectors.wire import BlockSink
from collectors.wires import wires_of
from facility.clock import SystemClock
from facility.domain.asset import Asset, LinkKind, Site
from facility.domain.profile import Point
from facility.domain.reading import BadReason, Value
from facility.domain.state import PointState
from facility.site import load
from simulators.estate import Estate
from simulators.replay import Recording
from tests.collectors.collect_stage import Stage
from tests.harness.ports import free_port

GOOD = "good"


def site_of(file: Path) -> Site:
    """A site with every link on a free port of this machine."""
    site = load(file)
    links = {id: replace(link, host="127.0.0.1", port=free_port()) for id, link in site.links.items()}
    return replace(site, links=links)


@dataclass
class Heard:
    """A sink that notes how good each block was, once for each change, and hands it on."""

    inner: BlockSink
    said: list[str] = field(default_factory=list)

    def good(self, values: Sequence[Value], at_ns: int) -> None:
        self._note(GOOD)
        self.inner.good(values, at_ns)

    def mixed(self, values: Sequence[Value | None], reasons: Sequence[BadReason], at_ns: int) -> None:
        self._note("mixed")
        self.inner.mixed(values, reasons, at_ns)

    def failed(self, reason: BadReason, at_ns: int) -> None:
        self._note(reason.value)
        self.inner.failed(reason, at_ns)

    def _note(self, word: str) -> None:
        if self.said[-1:] != [word]:
            self.said.append(word)


class Played:
    """A site whose collectors read its simulators."""

    def __init__(self, site: Site, folder: Path, recording: Recording | None, record: Path | None) -> None:
        self.site = site
        folder.mkdir(parents=True, exist_ok=True)
        self.estate = Estate(site, SystemClock(), own_broker=True, recording=recording)
        self.stage = Stage(folder, list(site.assets.values()), list(site.links.values()))
        self.stage.clock.at = datetime.now(UTC)
        self.stage.begin()
        self.recorder = Recorder(record, site.id, SystemClock(), 1) if record else None
        self.sinks: dict[str, list[Heard]] = {}
        self.links = [self._link(link.id) for link in site.links.values()]

    def _link(self, id: str) -> ModbusLink | MqttLink:
        link, clock, recorder = self.site.links[id], self.stage.clock, self.recorder
        assets = [asset for asset in self.site.assets.values() if asset.link == id]
        if link.kind is LinkKind.MQTT:
            tap = recorder.heard(id, assets) if recorder else None
            return MqttLink(link, assets, self.site.id, self.stage.monitor, self.stage.outflow, clock, heard=tap)
        make = recorder.wires(id, wires_of(link)) if recorder else None
        return ModbusLink(link, assets, self._sink, clock, make)

    def _sink(self, asset: Asset, points: tuple[Point, ...]) -> Heard:
        heard = Heard(with_ratios(self.stage.monitor)(asset, points))
        self.sinks.setdefault(asset.id, []).append(heard)
        return heard

    def points(self, asset: str) -> dict[str, PointState]:
        """The present state."""
        return dict(self.stage.monitor.tracks[asset].state(self.stage.clock.ns).points)

    def said(self) -> dict[str, list[str]]:
        """How good the blocks of each Modbus asset ever were, sorted."""
        return {id: sorted({word for sink in sinks for word in sink.said}) for id, sinks in self.sinks.items()}

    async def until(self, probe: Callable[[], object], what: str, within: float = 20.0) -> None:
        """Let the collectors' time pass, half a second at a look."""
        end = asyncio.get_running_loop().time() + within
        while not probe():
            assert asyncio.get_running_loop().time() < end, f"not within {within} s: {what}"
            self.stage.clock.mono += 0.5
            self.stage.clock.at = datetime.now(UTC)
            self.stage.monitor.tick()
            self.stage.outflow.step()  # what was taken in is acknowledged
            await asyncio.sleep(0.01)


@asynccontextmanager
async def playing(
    site: Site, folder: Path, *, recording: Recording | None = None, record: Path | None = None
) -> AsyncIterator[Played]:
    """Devices first, then the collectors, then the recorded messages."""
    played = Played(site, folder, recording, record)
    await played.estate.start()
    tasks = [asyncio.create_task(link.run()) for link in played.links]
    buses = [link for link in played.links if isinstance(link, MqttLink)]
    try:
        await played.until(lambda: all(subscribed(bus) for bus in buses), "subscribed")
        tasks.append(asyncio.create_task(played.estate.run()))
        yield played
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for bus in buses:
            await asyncio.to_thread(bus.close)
        await played.estate.stop()
        if played.recorder is not None:
            played.recorder.close()


def subscribed(bus: MqttLink) -> bool:
    """The broker has taken its topics."""
    return any(figure == 1.0 for name, figure in bus.metrics().items() if "_connected{" in name)
