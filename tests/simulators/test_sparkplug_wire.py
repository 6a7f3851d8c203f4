"""Sparkplug B from the simulators to the collectors: births, aliases, deaths, sessions, and the faults of the wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.mqtt import MqttLink
from collectors.sparkplug_payload import Payload, decode
from facility.bus import Message, Subscriber
from facility.clock import SystemClock
from facility.domain.asset import Asset, Site
from facility.domain.mqtt import Format, Stream
from facility.domain.profile import JsonField
from facility.domain.reading import BadReason, Quality
from simulators.sparkplug import edge_nodes
from tests.recordings import test_record
from tests.recordings.playing import Played, playing, site_of

SITE = Path(test_record.__file__).parent / "busy_gateway" / "site.yaml"


def as_metrics(asset: Asset, prefix: str) -> Asset:
    """The gate as a device of an edge node: its states are metrics, its events stay JSON."""
    points = dict(asset.profile.points)
    for name, point in points.items():
        assert isinstance(point.read, JsonField)
        if point.read.topic == "state":
            read = replace(point.read, path="$", time_path="", metric=f"Gate/{name}")
            points[name] = replace(point, read=read)
    topics, streams = {**asset.profile.topics, "state": "{prefix}"}, {"state": Stream(Format.SPARKPLUG)}
    return replace(asset, prefix=prefix, profile=replace(asset.profile, points=points, topics=topics, streams=streams))


@pytest.fixture
def site() -> Site:
    """A gate as a device, and one that is the edge node itself."""
    found = site_of(SITE)
    gate = found.assets["gate"]
    node = replace(as_metrics(gate, "court/edge"), id="node")
    return replace(
        found,
        assets={"gate": as_metrics(gate, "court/edge/gate"), "node": node},
        links={"broker": found.links["broker"]},
    )


def shown(played: Played, asset: str, point: str) -> tuple[object, BadReason]:
    state = played.points(asset).get(point)
    return (None, BadReason.NONE) if state is None else (state.value, state.reason)


def is_good(played: Played, asset: str, point: str, value: object) -> bool:
    state = played.points(asset).get(point)
    return state is not None and (state.quality, state.value) == (Quality.GOOD, value)


def figure(played: Played, name: str) -> float:
    (link,) = [link for link in played.links if isinstance(link, MqttLink)]
    return link.metrics()[f'facility_bus_{name}{{link="broker"}}']


async def test_the_collectors_read_what_the_plant_shows(site: Site, tmp_path: Path) -> None:
    async with playing(site, tmp_path) as played:
        for id, asset in site.assets.items():
            truth = played.estate.readout.values(asset)
            for name in ("barrier", "loop_occupied", "door_open", "passages_today"):
                value = truth[name]
                await played.until(lambda i=id, n=name, v=value: is_good(played, i, n, v), f"{id} {name}")  # type: ignore[misc]
        played.estate.faults.add("gate", "forced", {"point": "barrier", "value": "open"})
        await played.until(lambda: is_good(played, "gate", "barrier", "open"), "a change, by its alias")
        assert not is_good(played, "node", "barrier", "open")
        for name in ("garbage_total", "unresolved_total", "missing_total", "repeated_total"):
            assert figure(played, name) == 0, name


async def test_a_device_dies_and_is_born_again(site: Site, tmp_path: Path) -> None:
    async with playing(site, tmp_path) as played:
        await played.until(lambda: is_good(played, "gate", "barrier", "closed"), "born")
        played.estate.faults.add("gate", "dead_unit")
        await played.until(lambda: shown(played, "gate", "barrier")[1] is BadReason.COMM_LOST, "dead")
        assert is_good(played, "node", "barrier", "closed")
        played.estate.faults.clear()
        await played.until(lambda: is_good(played, "gate", "barrier", "closed"), "born again")


async def test_what_comes_twice_is_repeated_and_garbage_is_garbage(site: Site, tmp_path: Path) -> None:
    async with playing(site, tmp_path) as played:
        await played.until(lambda: is_good(played, "gate", "barrier", "closed"), "born")
        played.estate.faults.add("gate", "duplicate")
        played.estate.faults.add("gate", "forced", {"point": "barrier", "value": "open"})
        await played.until(lambda: figure(played, "repeated_total") >= 1, "a message twice")
        assert is_good(played, "gate", "barrier", "open")
        played.estate.faults.clear()
        played.estate.faults.add("gate", "garbage")
        await played.until(lambda: shown(played, "gate", "barrier")[1] is BadReason.BAD_PAYLOAD, "garbage")


@asynccontextmanager
async def listening(site: Site, node: str = "") -> AsyncIterator[list[tuple[str, Payload]]]:
    """Kinds and payloads of all messages of the namespace, or of one node."""
    got: list[tuple[str, Payload]] = []

    def deliver(message: Message) -> None:
        kind, sender = message.topic.split("/")[2:4]
        if node in ("", sender):
            got.append((kind, decode(message.payload)))
        message.acknowledge()

    subscriber = Subscriber(site.links["broker"], "listener", ["spBv1.0/#"], deliver)
    subscriber.start()
    try:
        while not subscriber.subscribed:  # noqa: ASYNC110 - a broker sets no event
            await asyncio.sleep(0.02)
        yield got
    finally:
        await asyncio.to_thread(subscriber.close)


def session(payload: Payload) -> object:
    return next(metric.raw for metric in payload.metrics if metric.name == "bdSeq")


def of(got: list[tuple[str, Payload]], kind: str) -> list[Payload]:
    return [payload for found, payload in got if found == kind]


async def test_a_broker_that_comes_back_hears_a_birth_of_the_next_session(site: Site, tmp_path: Path) -> None:
    async with playing(site, tmp_path) as played, listening(site) as got:
        played.estate.faults.add("broker", "broker_loss")
        (broker,) = played.estate.brokers.values()
        await played.until(lambda: not broker.running, "the broker is lost")
        before = len(of(got, "NBIRTH"))
        played.estate.faults.clear()
        await played.until(lambda: len(of(got, "NBIRTH")) > before and of(got, "DBIRTH"), "born again", within=60)
        birth = of(got, "NBIRTH")[-1]
        assert (birth.seq, session(birth)) == (0, 2)
        assert all(metric.name and metric.datatype for metric in birth.metrics)
        await played.until(lambda: of(got, "DDATA"), "data", within=60)
        data = of(got, "DDATA")[-1]
        assert all(metric.alias is not None and not metric.name and not metric.datatype for metric in data.metrics)
        aliases = [metric.alias for kind in ("NBIRTH", "DBIRTH") for metric in of(got, kind)[-1].metrics]
        known = [alias for alias in aliases if alias is not None]
        assert len(set(known)) == len(known)


async def test_who_takes_leave_dies_by_its_own_word(site: Site, tmp_path: Path) -> None:
    async with playing(site, tmp_path) as played, listening(site, "other") as got:
        estate, gate = played.estate, replace(site.assets["gate"], prefix="court/other/gate")
        (node,) = edge_nodes(site.links["broker"], [gate], estate.readout, estate.faults, SystemClock())

        life = asyncio.create_task(node.run())
        await played.until(lambda: of(got, "NBIRTH"), "its birth")
        life.cancel()
        await played.until(lambda: of(got, "NDEATH"), "a death")
        assert session(of(got, "NDEATH")[-1]) == session(of(got, "NBIRTH")[-1]) == 1
