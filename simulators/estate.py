"""The estate on the real wire: plant, stage, Modbus servers, MQTT publishers and the demo's broker, in one event loop."""

import asyncio
import logging
import time

from facility.domain.asset import Asset, Link, LinkKind, Site
from facility.ports import Clock
from simulators.broker import EmbeddedBroker
from simulators.faults import Faults
from simulators.modbus import Answering, Wire
from simulators.mqtt import MqttLink
from simulators.plant.device import STEP
from simulators.plant.plant import Plant
from simulators.readout import Readout
from simulators.replay import Recording, ReplayBus, ReplayWire
from simulators.scenario import FACTORS, load_scenarios
from simulators.servers import LineServer, Server, TcpServer
from simulators.sparkplug import EdgeNode, edge_nodes
from simulators.stage import ActionRefused, Performance, Stage

log = logging.getLogger(__name__)

SLICE, BREATH = 0.02, 0.005  # s of stepping at a stretch, s left to the wire in between when there is more to do
MOST_OWED = 3600.0  # simulated s that are caught up after a pause; more is dropped and counted
SLEEP = 0.05  # s of real time between two looks at the clock


class Estate:
    """All simulated devices of a site, served until stopped."""

    def __init__(
        self,
        site: Site,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        factor: float = 1.0,
        own_broker: bool = False,
        recording: Recording | None = None,
    ) -> None:
        self.site = site
        self.clock = clock
        self.plant = Plant(site)
        self.faults = Faults(site, own_broker=own_broker)
        self.stage = Stage(site, self.plant, self.faults, load_scenarios())
        self._usual_factor = factor
        self._scenario_factor = factor
        self.dropped = 0.0  # simulated s
        self.readout = readout = Readout(self.plant, self.faults)
        by_link = {link.id: _assets(site, link) for link in site.links.values()}
        modbus = [link for link in site.links.values() if link.kind.is_modbus]
        mqtt = [link for link in site.links.values() if link.kind is LinkKind.MQTT]
        tapes, pace = (recording.links, recording.pace) if recording else ({}, 0.0)
        self.servers = [
            _server(
                ReplayWire(link, tapes[link.id], pace)
                if link.id in tapes
                else Wire(link, by_link[link.id], readout, self.faults),
                host,
            )
            for link in modbus
        ]
        live, replayed = ([link for link in mqtt if (link.id in tapes) is taped] for taped in (False, True))
        self.publishers = [MqttLink(link, by_link[link.id], readout, self.faults, clock) for link in live]
        self.replays = [ReplayBus(link, by_link[link.id], tapes[link.id], pace, clock) for link in replayed]
        nodes = [node for link in live for node in edge_nodes(link, by_link[link.id], readout, self.faults, clock)]
        self.speakers: list[MqttLink | EdgeNode | ReplayBus] = [*self.publishers, *nodes, *self.replays]
        self.brokers = {link.port: EmbeddedBroker(link.port) for link in mqtt} if own_broker else {}

    @property
    def factor(self) -> float:
        """Simulated seconds a second: the running scenario's, or the usual one."""
        return self._scenario_factor if self.stage.playing else self._usual_factor

    def play(self, scenario: str, factor: float | None = None) -> Performance:
        """Start a scenario at this time factor, else at its own, else at the usual one; as Stage.start, ActionRefused."""
        if factor is not None and not FACTORS[0] <= factor <= FACTORS[1]:
            raise ActionRefused(f"the time factor is from {FACTORS[0]:g} to {FACTORS[1]:g}, not {factor:g}.")
        performance = self.stage.start(scenario)
        self._scenario_factor = factor or performance.scenario.factor or self._usual_factor
        return performance

    async def start(self) -> None:
        """Be there on every link; OSError when a port or a device is taken."""
        for broker in self.brokers.values():
            await broker.start()
        for server in self.servers:
            await server.start()

    async def stop(self) -> None:
        """Hang up everywhere."""
        for server in self.servers:
            await server.stop()
        for broker in self.brokers.values():
            await broker.stop()

    async def run(self) -> None:
        """Let time pass and publish, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pass_time(), name="plant")
            for publisher in self.speakers:
                tasks.create_task(publisher.run(), name=f"mqtt {publisher.link.id}")

    def counted(self) -> dict[str, float]:
        """The program's metrics, as complete Prometheus series."""
        series = {
            "facility_simulator_steps_total": float(self.plant.steps),
            "facility_simulator_time_factor": self.factor,
            "facility_simulator_time_dropped_seconds_total": self.dropped,
            "facility_simulator_faults": float(len(self.faults.all())),
        }
        for server in self.servers:
            series |= server.wire.counted()
        for publisher in self.speakers:
            name = f'facility_simulator_messages_total{{link="{publisher.link.id}"}}'
            series[name] = series.get(name, 0.0) + publisher.published
        return series

    async def _pass_time(self) -> None:
        owed, before = 0.0, self.clock.monotonic()
        while True:
            now = self.clock.monotonic()
            owed += (now - before) * self.factor
            before = now
            if owed > MOST_OWED:
                self.dropped += owed - MOST_OWED
                owed = MOST_OWED
            owed = self._step_for(owed, SLICE)
            await self._break_or_mend_brokers()
            await asyncio.sleep(BREATH if owed >= STEP else SLEEP)

    def _step_for(self, owed: float, slice: float) -> float:
        end = time.perf_counter() + slice
        while owed >= STEP:
            self.stage.step()
            owed -= STEP
            if time.perf_counter() > end:
                break
        for event in self.plant.take_events():
            for publisher in self.publishers:
                publisher.happened(event)
        return owed

    async def _break_or_mend_brokers(self) -> None:
        for publisher in self.publishers:
            broker = self.brokers.get(publisher.link.port)
            if broker is None:
                continue
            faults = self.faults.on(publisher.link.id)
            if "broker_loss" in faults:
                if broker.running or broker.deaf:
                    log.info("link %s: broker lost on purpose", publisher.link.id)
                    await broker.stop()
            elif "half_open" in faults:
                if not broker.deaf:
                    log.info("link %s: broker takes connections and never answers, on purpose", publisher.link.id)
                    await broker.go_deaf()
            elif not broker.running:
                await broker.start()


def _server(wire: Answering, host: str) -> Server:
    line = wire.link.serial
    return LineServer(wire, line) if line is not None and line.device else TcpServer(wire, host)


def _assets(site: Site, link: Link) -> list[Asset]:
    return [asset for asset in site.assets.values() if asset.link == link.id and not asset.retired]
