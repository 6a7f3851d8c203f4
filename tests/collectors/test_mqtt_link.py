"""The MQTT link on a real mosquitto: wills, births, aliases, our restart and a lost session, seen through the whole link."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from collectors.births import Births
from collectors.mqtt import MqttLink
from collectors.worker import Worker
from facility.bus import publisher
from facility.domain.asset import COMM_LOST, Asset, Link, LinkKind
from facility.domain.mqtt import Availability, Format, Stream
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason, Quality
from facility.domain.rule import Rule, Silence
from facility.domain.state import PointState
from facility.domain.unit import Unit
from simulators.sparkplug_payload import Metric, death, payload
from tests.collectors.collect_stage import Stage, X, device, json_point
from tests.harness.servers import Server

LOST = Rule(COMM_LOST, X, Silence(timedelta(seconds=90)), level=2)


def now() -> int:
    """Unix ms."""
    return int(datetime.now(UTC).timestamp() * 1000)


class Bus:
    """The link of a stage, with a clock that stands still between looks, and its acknowledgements given by a thread."""

    def __init__(self, folder: Path, broker: Server, assets: list[Asset]) -> None:
        self.wire = Link("wire", X, LinkKind.MQTT, broker.host, broker.port)
        self.folder = folder
        self.stage = Stage(folder, assets, [self.wire])
        self.site = f"link-{folder.name}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[MqttLink]:
        """The collectors' part of it; entering it again is a restart."""
        stage = self.stage
        stage.clock.at = datetime.now(UTC)
        stage.begin()
        births = Births(self.folder / "births.db", stage.clock)
        assets = list(stage.site.assets.values())
        link = MqttLink(self.wire, assets, self.site, stage.monitor, stage.outflow, stage.clock, births)
        flush = Worker("flush", stage.clock, stage.outflow.step)
        stage.outflow.wake = flush.wake
        flush.start()
        task = asyncio.create_task(link.run())
        try:
            await self.until(lambda: self.figure(link, "connected") == 1, "subscribed")
            yield link
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            flush.stop(2)
            stage.outflow.step()
            await asyncio.to_thread(link.close)
            births.close()

    def figure(self, link: MqttLink, name: str) -> float:
        return link.metrics()[f'facility_bus_{name}{{link="wire"}}']

    def point(self, asset: str, point: str) -> PointState | None:
        self.stage.clock.at = datetime.now(UTC)
        self.stage.monitor.tick()
        self.stage.outflow.wake()
        return self.stage.monitor.tracks[asset].state(self.stage.clock.ns).points.get(point)

    def open_rules(self) -> list[str]:
        """Rules whose conditions are open, as the journal has them."""
        return [edge.rule for edge in self.stage.journal.open_set()]

    def is_good(self, asset: str, point: str, value: object) -> bool:
        found = self.point(asset, point)
        return found is not None and (found.quality, found.value) == (Quality.GOOD, value)

    def is_lost(self, asset: str, point: str) -> bool:
        found = self.point(asset, point)
        return found is not None and found.reason is BadReason.COMM_LOST

    async def until(self, probe: Callable[[], object], what: str) -> None:
        try:
            async with asyncio.timeout(20):
                while not probe():  # noqa: ASYNC110 - a broker sets no event
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not in time: {what}") from None


@asynccontextmanager
async def with_a_will(link: Link, topic: str, word: bytes, *, retain: bool) -> AsyncIterator[Client]:
    """A device's own connection; its socket breaks without a goodbye at the end."""
    client = Client(CallbackAPIVersion.VERSION2, f"device-{topic}", protocol=MQTTProtocolVersion.MQTTv311)
    client.will_set(topic, word, qos=1, retain=retain)
    client.connect(link.host, link.port)
    client.loop_start()
    yield client
    client.on_disconnect = None
    client.loop_stop()
    sock = client.socket()
    assert sock is not None
    sock.close()


async def test_a_will_makes_the_device_unknown_at_once(broker: Server, tmp_path: Path) -> None:
    gate = device(
        "gate",
        [json_point("barrier", "state", "$.barrier", "enum")],
        [LOST],
        topics={"state": "{prefix}/state"},
        availability=Availability("{prefix}/status"),
        prefix=f"{tmp_path.name}/gate",
    )
    bus = Bus(tmp_path, broker, [gate])
    state, status = f"{gate.prefix}/state", f"{gate.prefix}/status"
    async with bus.running() as link:
        async with with_a_will(bus.wire, status, b"offline", retain=True) as client:
            client.publish(status, b"online", qos=1, retain=True)
            client.publish(state, json.dumps({"barrier": "open"}), qos=1)
            await bus.until(lambda: bus.is_good("gate", "barrier", "open"), "a reading")
        await bus.until(lambda: bus.is_lost("gate", "barrier"), "the will")
        assert bus.figure(link, "said_gone") == 1
        await bus.until(lambda: bus.is_lost("gate", "barrier") and bus.open_rules() == [COMM_LOST], "its condition")
    async with bus.running():  # the will was retained: respected at our start
        await bus.until(lambda: bus.is_lost("gate", "barrier"), "the retained will")
        async with publisher(bus.wire, "back") as publish:
            await publish(status, b"online", retain=True)
            await publish(state, b'{"barrier": "closed"}')
        await bus.until(lambda: bus.is_good("gate", "barrier", "closed"), "a reading brings it back")


def sparkplug_point(name: str, metric: str) -> Point:
    return Point(name, X, Unit.NONE, JsonField("data", "$", "number", metric=metric), timedelta(seconds=30))


async def test_sparkplug_from_birth_to_death_over_our_restart(broker: Server, tmp_path: Path) -> None:
    group = tmp_path.name
    cabinet = device(
        "cabinet",
        [sparkplug_point("warmth", "Temperature")],
        [LOST],
        topics={"data": "{prefix}"},
        streams={"data": Stream(Format.SPARKPLUG)},
        prefix=f"{group}/edge/cabinet",
    )
    bus = Bus(tmp_path, broker, [cabinet])

    def topic(kind: str) -> str:
        return f"spBv1.0/{group}/{kind}/edge" + ("/cabinet" if kind.startswith("D") else "")

    def birth() -> bytes:
        return payload([Metric("Temperature", "float", 20.5, alias=9)], seq=1, time=now())

    def data(value: float, seq: int) -> bytes:
        return payload([Metric(alias=9, kind="float", value=value, typed=False)], seq=seq, time=now())

    async with with_a_will(bus.wire, topic("NDEATH"), death(3), retain=False) as node:
        async with bus.running() as link:
            node.publish(topic("DDATA"), data(1.0, 9))
            await bus.until(lambda: bus.figure(link, "before_birth_total") == 1, "data before the birth")
            node.publish(topic("NBIRTH"), payload([Metric("bdSeq", "uint64", 3)], seq=0, time=now()))
            node.publish(topic("DBIRTH"), birth())
            await bus.until(lambda: bus.is_good("cabinet", "warmth", 20.5), "born")
            node.publish(topic("DDATA"), data(21.5, 2))
            await bus.until(lambda: bus.is_good("cabinet", "warmth", 21.5), "data by alias")
        node.publish(topic("DDATA"), data(22.5, 3)).wait_for_publish(5)  # at QoS 0, while we are away
        async with bus.running() as link:
            node.publish(topic("DDATA"), data(23.5, 4))
            await bus.until(lambda: bus.is_good("cabinet", "warmth", 23.5), "its birth outlived our restart")
            assert bus.figure(link, "before_birth_total") == 0
    async with bus.running():
        async with publisher(bus.wire, "reborn") as publish:
            await publish(topic("NBIRTH"), payload([Metric("bdSeq", "uint64", 4)], seq=0, time=now()))
            await publish(topic("DBIRTH"), birth())
            await bus.until(lambda: bus.is_good("cabinet", "warmth", 20.5), "born again")
            await publish(topic("NDEATH"), death(3))  # of the session before
            await publish(topic("DDATA"), data(24.5, 2))
            await bus.until(lambda: bus.is_good("cabinet", "warmth", 24.5), "alive")
            await publish(topic("NDEATH"), death(4))
        await bus.until(lambda: bus.is_lost("cabinet", "warmth"), "dead")


async def test_births_are_forgotten_when_the_broker_lost_our_session(broker: Server, tmp_path: Path) -> None:
    group = tmp_path.name
    streams = {"data": Stream(Format.SPARKPLUG)}
    points = [sparkplug_point("warmth", "Temperature")]
    node = device("node", points, topics={"data": "{prefix}"}, streams=streams, prefix=f"{group}/edge")
    bus = Bus(tmp_path, broker, [node])
    metrics = [Metric("bdSeq", "uint64", 1), Metric("Temperature", "int16", 7, alias=1)]
    async with bus.running(), publisher(bus.wire, "node") as publish:
        await publish(f"spBv1.0/{group}/NBIRTH/edge", payload(metrics, seq=0, time=now()))
        await bus.until(lambda: bus.is_good("node", "warmth", 7.0), "born")
    bus.site += "-another"  # a session that the broker does not know
    async with bus.running() as link, publisher(bus.wire, "node") as publish:
        data = payload([Metric(alias=1, kind="int16", value=8)], seq=1, time=now())
        await publish(f"spBv1.0/{group}/NDATA/edge", data)
        await bus.until(lambda: bus.figure(link, "before_birth_total") == 1, "left out")
        assert bus.point("node", "warmth") is None


async def test_plain_topics_and_a_sequence_through_the_link(broker: Server, tmp_path: Path) -> None:
    points = [json_point("level", "level", "$", "number"), json_point("card", "event", "$.card", "text")]
    streams = {"level": Stream(Format.PLAIN), "event": Stream(sequence="$.n")}
    topics = {"level": "{prefix}/level", "event": "{prefix}/event"}
    tank = device("tank", points, topics=topics, streams=streams, prefix=f"{tmp_path.name}/tank")
    bus = Bus(tmp_path, broker, [tank])
    async with bus.running() as link, publisher(bus.wire, "tank") as publish:
        await publish(f"{tank.prefix}/level", b"2.5")
        for n in (1, 2, 2, 4, 1):
            await publish(f"{tank.prefix}/event", json.dumps({"n": n, "card": f"c{n}"}).encode())
        await bus.until(lambda: bus.is_good("tank", "card", "c4"), "the newest card")
        await bus.until(lambda: bus.figure(link, "repeated_total") == 2, "two repetitions")
        assert bus.is_good("tank", "level", 2.5)
