"""Gates over MQTT with the embedded broker: what a foreign client receives, and the faults of this wire."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from facility.bus import Message, Subscriber
from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.mqtt import Availability, Format, Stream
from facility.domain.profile import JsonField, Point
from facility.domain.text import Title
from facility.domain.unit import Unit
from simulators.estate import Estate
from simulators.plant.gate import Gate

GATE = "demo-garden/gates/north-in"
X = Title("x", "x")


def plain_point(name: str, topic: str, kind: str, codes: dict[int | str, str] | None = None) -> Point:
    read = JsonField(topic, "$", kind)
    return Point(name, X, Unit.NONE, read, timedelta(seconds=30), codes=codes or {})


SPEECH: dict[str, Any] = {  # a gate that says each point by itself, in words of its own
    "points": {
        "barrier": plain_point("barrier", "barrier", "enum", {"shut": "closed", "up": "open", "on its way": "moving"}),
        "loop_occupied": plain_point("loop_occupied", "loop", "bool", {"car": "true", "nobody": "false"}),
        "passages_today": replace(
            plain_point("passages_today", "state", "number"), read=JsonField("state", "$.n", "number")
        ),
    },
    "topics": {name: f"{{prefix}}/{name}" for name in ("barrier", "loop", "state")},
    "streams": {"barrier": Stream(Format.PLAIN), "loop": Stream(Format.PLAIN), "state": Stream(sequence="$.count")},
    "availability": Availability("{prefix}/there"),
}


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
        estate.faults.add("gates", "broker_loss")
        await come(lambda: not estate.brokers[moved.links["gates"].port].running, "the broker to go")
        estate.plant.gates["gate-north-in"].swipe()
        estate.faults.clear()
        await come(lambda: estate.brokers[moved.links["gates"].port].running, "the broker to come back")
        await come(lambda: of(got, "event"), "the swipe made while the broker was away")


async def test_faults_of_time_and_order_clock_skew_duplicate_out_of_order_and_slow(moved: Site) -> None:
    async with running(moved) as estate, listening(moved) as got:
        await come(lambda: of(got, "state"), "a state")
        gate, faults = estate.plant.gates["gate-north-in"], estate.faults
        await swiped(gate, got, 1)
        faults.add("gate-north-in", "clock_skew", {"seconds": -3600.0})
        await swiped(gate, got, 1)
        before, skewed = (json.loads(event.payload) for event in of(got, "event")[-2:])
        late = datetime.fromisoformat(before["time"]) - datetime.fromisoformat(skewed["time"])
        assert late.total_seconds() == pytest.approx(3600, abs=60)
        faults.clear()
        faults.add("gate-north-in", "duplicate")
        await swiped(gate, got, 2)
        assert of(got, "event")[-1].payload == of(got, "event")[-2].payload
        faults.clear()
        faults.add("gate-north-in", "out_of_order")
        gate.swipe()
        await swiped(gate, got, 2)
        first, second = (json.loads(event.payload)["sequence"] for event in of(got, "event")[-2:])
        assert first == second + 1, "the later one came first"
        faults.clear()
        faults.add("gate-north-in", "slow", {"delay": 0.5})
        begin = asyncio.get_running_loop().time()
        await swiped(gate, got, 1)
        assert asyncio.get_running_loop().time() - begin >= 0.45


async def swiped(gate: Gate, got: list[Message], messages: int) -> None:
    """Swipe, and wait until so many messages came of it."""
    count = len(of(got, "event"))
    gate.swipe()
    await come(lambda: len(of(got, "event")) >= count + messages, f"{messages} messages of a swipe")


async def test_fault_noise_and_drift_show_in_a_payload(moved: Site) -> None:
    async with running(moved) as estate, listening(moved) as got:
        await come(lambda: of(got, "state"), "a state")
        estate.faults.add("gate-north-in", "drift", {"point": "passages_today", "per_minute": 1e6}, since=-60.0)
        estate.faults.add("gate-north-in", "noise", {"point": "controller_temperature", "amplitude": 1e3})
        estate.publishers[0].senders["gate-north-in"].next_at = 0.0
        await come(lambda: json.loads(of(got, "state")[-1].payload)["passages_today"] >= 1e6, "the drifted count")
        temperature = json.loads(of(got, "state")[-1].payload)["controller"]["temperature"]
        assert abs(temperature) > 60, "noise of a thousand kelvin"


async def test_fault_half_open_takes_connections_and_no_client_gets_in(moved: Site) -> None:
    port = moved.links["gates"].port
    async with running(moved) as estate:
        estate.faults.add("gates", "half_open")
        await come(lambda: estate.brokers[port].deaf, "the broker to fall silent")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a")  # CONNECT
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)
        writer.close()
        estate.faults.clear()
        await come(lambda: estate.brokers[port].running, "the broker to come back")
        async with listening(moved) as got:
            await come(lambda: of(got, "state"), "a state")


async def test_plain_payloads_a_sequence_and_whether_it_is_there(moved: Site) -> None:
    gate = moved.assets["gate-north-in"]
    profile = replace(gate.profile, **SPEECH)
    site = replace(moved, assets={gate.id: replace(gate, profile=profile)})
    async with running(site) as estate, listening(site) as got:
        await come(lambda: of(got, "barrier") and of(got, "loop") and of(got, "state") and of(got, "there"), "all")
        assert of(got, "barrier")[-1].payload == b"shut"
        assert of(got, "loop")[-1].payload == b"nobody"
        assert of(got, "there")[-1].payload == b"online"
        first = json.loads(of(got, "state")[-1].payload)["count"]
        estate.publishers[0].senders[gate.id].next_at = 0.0
        await come(lambda: json.loads(of(got, "state")[-1].payload)["count"] > first, "the next number")
        estate.faults.add(gate.id, "dead_unit")
        await come(lambda: of(got, "there")[-1].payload == b"offline", "its will")
