"""Gates over MQTT with the embedded broker: what a foreign client receives, and the faults of this wire."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from facility.bus import Message, Subscriber
from facility.clock import SystemClock
from facility.domain.asset import Asset, Site
from facility.domain.profile import JsonField
from simulators.estate import Estate
from simulators.mqtt import event_payload, state_payload
from simulators.plant.device import Event

GATE = "demo-garden/gates/north-in"


@asynccontextmanager
async def running(site: Site, factor: float = 1.0) -> AsyncIterator[Estate]:
    estate = Estate(site, SystemClock(), own_broker=True, factor=factor)
    await estate.start()
    task = asyncio.create_task(estate.run())
    try:
        yield estate
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await estate.stop()


@asynccontextmanager
async def listening(site: Site, client: str = "test") -> AsyncIterator[list[Message]]:
    got: list[Message] = []

    def deliver(message: Message) -> None:
        got.append(message)
        message.acknowledge()

    subscriber = Subscriber(site.links["gates"], client, ["#"], deliver)
    subscriber.start()
    try:
        yield got
    finally:
        await asyncio.to_thread(subscriber.close)


async def come(probe: Callable[[], object], what: str, within: float = 20.0) -> None:
    end = asyncio.get_running_loop().time() + within
    while not probe():
        assert asyncio.get_running_loop().time() < end, f"not within {within} s: {what}"
        await asyncio.sleep(0.02)


def of(messages: list[Message], topic: str) -> list[Message]:
    return [message for message in messages if message.topic == f"{GATE}/{topic}"]


def at_path(document: object, path: str) -> object:
    for name in path.removeprefix("$.").split("."):
        assert isinstance(document, dict)
        document = document[name]
    return document


async def test_state_comes_by_the_profiles_paths_and_is_retained(moved: Site) -> None:
    async with running(moved) as estate:
        async with listening(moved, "first") as got:
            await come(lambda: of(got, "state"), "a state")
        async with listening(moved, "second") as late:
            await come(lambda: of(late, "state"), "the retained state")
            message = of(late, "state")[0]
    assert message.retained
    document = json.loads(message.payload)
    values = estate.plant.values("gate-north-in")
    points = moved.assets["gate-north-in"].profile.points
    for point in points.values():
        field = point.read
        assert isinstance(field, JsonField)
        if field.topic == "state" and field.type in ("bool", "enum"):
            assert at_path(document, field.path) == values[point.name]
        if field.topic == "state" and field.time_path:
            assert datetime.fromisoformat(str(at_path(document, field.time_path))).tzinfo is not None


async def test_card_swipes_come_as_events_with_time_and_sequence(moved: Site) -> None:
    async with running(moved) as estate, listening(moved) as got:
        await come(lambda: of(got, "state"), "a state")
        gate = estate.plant.gates["gate-north-in"]
        gate.swipe()
        await come(lambda: of(got, "event"), "the swipe")
        event = json.loads(of(got, "event")[0].payload)
        assert (event["card"], event["result"]) == (gate.last_card, gate.last_result)
        assert event["sequence"] >= 1
        assert datetime.fromisoformat(event["time"]).tzinfo is not None
        assert not of(got, "event")[0].retained


def readable(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except ValueError:
        return False
    return True


async def test_faults_garbage_stuck_and_silence(moved: Site) -> None:
    async with running(moved) as estate, listening(moved) as got:
        await come(lambda: of(got, "state"), "a state")
        gate = estate.plant.gates["gate-north-in"]
        estate.faults.add("gate-north-in", "garbage")
        gate.jammed = True
        await come(lambda: not readable(of(got, "state")[-1].payload), "garbage")
        estate.faults.clear()
        gate.jammed = False
        await come(lambda: readable(of(got, "state")[-1].payload), "health again")
        estate.faults.add("gate-north-in", "stuck")
        for _ in range(2):
            count = len(of(got, "state"))
            estate.publishers[0].senders["gate-north-in"].next_at = 0.0
            await come(lambda count=count: len(of(got, "state")) > count, "the next state")  # type: ignore[misc]
        assert of(got, "state")[-1].payload == of(got, "state")[-2].payload, "its clock stands still too"
        estate.faults.clear()
        estate.faults.add("gates", "silence")
        steps = estate.plant.steps
        await come(lambda: estate.plant.steps > steps + 2, "what was on its way to arrive")
        count, published = len(of(got, "state")), estate.publishers[0].published
        gate.jammed = True
        await come(lambda: estate.plant.values("gate-north-in")["barrier"] == "fault", "a change to tell")
        later = estate.plant.steps
        await come(lambda: estate.plant.steps > later + 2, "time")
        assert (len(of(got, "state")), estate.publishers[0].published) == (count, published)


async def test_fault_broker_loss_and_return(moved: Site) -> None:
    async with running(moved, factor=4) as estate, listening(moved) as got:
        await come(lambda: of(got, "state"), "a state")
        estate.faults.add("gates", "broker_loss", until=estate.plant.time + 2)
        await come(lambda: not estate.brokers[moved.links["gates"].port].running, "the broker to go")
        estate.plant.gates["gate-north-in"].swipe()
        await come(lambda: estate.brokers[moved.links["gates"].port].running, "the broker to come back")
        await come(lambda: of(got, "event"), "the swipe made while the broker was away")


async def test_mosquitto_pub_and_sub_speak_with_the_embedded_broker(moved: Site) -> None:
    if shutil.which("mosquitto_pub") is None:
        assert os.environ.get("CI") != "true", "CI needs Debian's mosquitto-clients"
        pytest.skip("install mosquitto-clients")
    port = str(moved.links["gates"].port)
    async with running(moved):
        send = ("mosquitto_pub", "-p", port, "-t", "foreign/topic", "-m", "21.5", "-q", "1", "-r")
        assert await (await asyncio.create_subprocess_exec(*send)).wait() == 0
        hear = ("mosquitto_sub", "-p", port, "-t", "foreign/#", "-C", "1", "-W", "10")
        process = await asyncio.create_subprocess_exec(*hear, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
    assert out.decode().strip() == "21.5"


def gate_of(site: Site) -> Asset:
    return site.assets["gate-north-in"]


def test_payloads_are_exact(demo: Site) -> None:
    at = datetime(2026, 11, 23, 6, 5, 4, 321000, UTC)
    values = {"barrier": "open", "loop_occupied": True, "controller_temperature": 21.25, "passages_today": 3.0}
    document = json.loads(state_payload(gate_of(demo), values, at))
    assert document["barrier"]["position"] == "open"
    assert document["passages_today"] == 3
    assert document["controller"]["door_open"] is None
    assert document["time"] == "2026-11-23T06:05:04.321+00:00"
    event = event_payload(Event("gate-north-in", 7, {"card": "00100042", "result": "passage"}), at)
    assert json.loads(event) == {
        "card": "00100042",
        "result": "passage",
        "time": "2026-11-23T06:05:04.321+00:00",
        "sequence": 7,
    }
