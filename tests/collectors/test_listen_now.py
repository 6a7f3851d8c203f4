"""Reading an asset from a real mosquitto, decoded as the collectors do it: JSON, plain, numbered, Sparkplug B, and what is missing."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.births import Births, in_force
from collectors.edge_hearing import KnownBirths, no_births
from collectors.listen_now import ListenNow
from facility.bus import publisher
from facility.domain.asset import Asset, Link, LinkKind
from facility.domain.mqtt import Availability, Format, Stream
from facility.domain.profile import JsonField, Point
from facility.domain.unit import Unit
from simulators.sparkplug_payload import Metric, death, payload
from tests.collectors.collect_stage import HandClock, X, device, json_point
from tests.harness.servers import Server

Rows = dict[str, dict[str, Any]]
Sent = tuple[str, bytes]
SHORT = 0.5  # seconds to wait for what does not come
LONG = 30.0


@pytest.fixture
def wire(broker: Server) -> Link:
    return Link("wire", X, LinkKind.MQTT, broker.host, broker.port)


def now() -> int:
    """Unix ms."""
    return int(datetime.now(UTC).timestamp() * 1000)


async def read(
    wire: Link,
    asset: Asset,
    *sent: Sent,
    wanted: tuple[str, ...] = (),
    within: float = LONG,
    births: KnownBirths = no_births,
) -> tuple[bool, Rows, dict[str, Any]]:
    """What is read while the messages are sent: whether all was answered, the rows by point, the whole event."""
    told: list[dict[str, Any]] = []
    listening = asyncio.Event()

    def tell(event: dict[str, Any]) -> None:
        told.append(event)
        if event["event"] == "listening":
            listening.set()

    listen = ListenNow(wire, asset, wanted, within, tell, births)
    task = asyncio.ensure_future(listen.run())
    async with publisher(wire, f"device-{asset.id}") as publish:
        await listening.wait()
        for topic, data in sent:
            await publish(topic, data)
        answered = await task
    assert told[-1]["event"] == "reading"
    return answered, {row["point"]: row for row in told[-1]["points"]}, told[-1]


def values(rows: Rows) -> dict[str, object]:
    return {name: row["value"] for name, row in rows.items()}


async def test_json_and_plain_payloads_side_by_side(wire: Link) -> None:
    points = [
        json_point("flow", "state", "$.flow", "number", time="$.at"),
        json_point("valve", "state", "$.valve", "enum"),
        json_point("level", "level", "$", "number"),
        json_point("pump", "pump", "$", "bool"),
    ]
    streams = {"level": Stream(Format.PLAIN), "pump": Stream(Format.PLAIN)}
    topics = {name: f"{{prefix}}/{name}" for name in ("state", "level", "pump")}
    tank = device("tank", points, topics=topics, streams=streams, prefix="read/tank")
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
    state = f'{{"flow": 4.5, "valve": "ajar", "at": "{at.isoformat()}"}}'.encode()
    sent = [("read/tank/state", state), ("read/tank/level", b" 2.75 \n"), ("read/tank/pump", b"ON")]
    answered, rows, _ = await read(wire, tank, *sent)
    assert answered
    assert values(rows) == {"flow": 4.5, "valve": None, "level": 2.75, "pump": 1.0}
    assert (rows["valve"]["reason"], rows["valve"]["quality"]) == ("unknown_label", "bad")
    assert (rows["flow"]["time"], rows["level"]["time"]) == (at.isoformat(timespec="milliseconds"), None)
    assert (rows["flow"]["path"], rows["level"]["topic"]) == ("$.flow", "read/tank/level")
    assert rows["flow"]["raw"] == [state.decode()]


async def test_what_cannot_be_read_or_does_not_come_is_said(wire: Link) -> None:
    points = [
        json_point(name, topic, f"$.{name}", "number")
        for name, topic in (("a", "x"), ("b", "y"), ("c", "y"), ("d", "z"))
    ]
    topics = {name: f"{{prefix}}/{name}" for name in "xyz"}
    odd = device("odd", points, topics=topics, prefix="read/odd")
    answered, rows, event = await read(
        wire, odd, ("read/odd/x", b"{half"), ("read/odd/y", b'{"b": "nan"}'), within=SHORT
    )
    assert not answered
    assert "the message cannot be read: no JSON" in rows["a"]["fault"]
    assert (rows["b"]["fault"], rows["b"]["reason"]) == ("", "not_a_number")
    assert rows["c"]["fault"] == "the message has nothing at $.c"
    assert rows["d"]["fault"] == "no message on read/odd/z within 0.5 s"
    assert [rows[name]["reason"] for name in "acd"] == ["bad_payload", "bad_payload", "timeout"]
    assert any(note.startswith("odd: a message cannot be read: no JSON") for note in event["notes"])


async def test_of_numbered_messages_a_late_one_does_not_take_the_place_of_the_present(wire: Link) -> None:
    points = [json_point("flow", "state", "$.flow", "number"), json_point("end", "end", "$.end", "number")]
    topics = {"state": "{prefix}/state", "end": "{prefix}/end"}
    meter = device("meter", points, topics=topics, streams={"state": Stream(sequence="$.n")}, prefix="read/meter")
    numbered = [("read/meter/state", f'{{"n": {n}, "flow": {n}.5}}'.encode()) for n in (7, 9, 8, 9)]
    answered, rows, _ = await read(wire, meter, *numbered, ("read/meter/end", b'{"end": 1}'))
    assert answered
    assert values(rows) == {"flow": 9.5, "end": 1.0}


async def test_a_device_that_says_it_is_gone_has_no_value(wire: Link) -> None:
    points = [json_point("flow", "state", "$.flow", "number"), json_point("end", "end", "$.end", "number")]
    topics = {"state": "{prefix}/state", "end": "{prefix}/end"}
    gone = device("gone", points, topics=topics, availability=Availability("{prefix}/here"), prefix="read/gone")
    sent = [("read/gone/state", b'{"flow": 3}'), ("read/gone/here", b"offline"), ("read/gone/end", b'{"end": 1}')]
    answered, rows, _ = await read(wire, gone, *sent)
    assert not answered
    assert (rows["flow"]["value"], rows["flow"]["reason"]) == (None, "comm_lost")
    assert rows["flow"]["fault"] == '"offline" on read/gone/here'


def cabinet(name: str, device_name: str = "d") -> Asset:
    """Device d of edge node read/<name>, or the edge node itself."""
    codes: Mapping[int | str, str] = {0: "closed", 1: "open"}
    points = [
        Point("warmth", X, Unit.NONE, JsonField("m", "$", "number", metric="Temperature"), timedelta(seconds=30)),
        Point(
            "breaker", X, Unit.NONE, JsonField("m", "$", "enum", metric="Breaker"), timedelta(seconds=30), codes=codes
        ),
    ]
    prefix = f"read/{name}/{device_name}".rstrip("/")
    return device(name, points, topics={"m": "{prefix}"}, streams={"m": Stream(Format.SPARKPLUG)}, prefix=prefix)


def node_birth(name: str, session: int = 1) -> Sent:
    return f"spBv1.0/read/NBIRTH/{name}", payload([Metric("bdSeq", "uint64", session)], seq=0, time=now())


def birth(*, breaker: bool = True, seq: int = 1) -> bytes:
    metrics = [Metric("Temperature", "float", 20.0, alias=1), Metric("Breaker", "int32", 0, alias=2)]
    return payload(metrics[: 1 + breaker], seq=seq, time=now())


def data(*metrics: Metric, seq: int = 2) -> bytes:
    return payload(metrics, seq=seq, time=now())


async def test_a_birth_tells_everything_and_data_by_alias_follows_it(wire: Link) -> None:
    warm = data(Metric(alias=1, kind="float", value=70.5, typed=False))
    topics = [f"spBv1.0/read/{kind}/plant/d" for kind in ("DBIRTH", "DDATA")]
    absent = data(Metric(alias=1, kind="float", value=1.0), seq=0)
    early = ("spBv1.0/read/DDATA/plant/d", absent)
    breaker = data(Metric(alias=2, kind="int32", value=1), seq=3)
    sent = [early, node_birth("plant"), (topics[0], birth()), (topics[1], warm), (topics[1], breaker)]
    answered, rows, _ = await read(wire, cabinet("plant"), *sent)
    assert answered
    assert values(rows) == {"warmth": 20.0, "breaker": "closed"}  # told by the birth; nobody waits for more
    assert (rows["warmth"]["topic"], rows["warmth"]["path"], rows["warmth"]["raw"]) == (
        topics[0],
        "Temperature",
        ["20.0"],
    )


async def test_births_that_running_collectors_keep_explain_the_aliases(wire: Link, tmp_path: Path) -> None:
    births = Births(tmp_path / "births.db", HandClock())
    births.put("wire", "read/kept", "", node_birth("kept")[1])
    births.put("wire", "read/kept", "d", birth())
    warm = data(Metric(alias=1, kind="float", value=70.5, typed=False), Metric(alias=2, kind="int32", value=1))
    answered, rows, _ = await read(
        wire,
        cabinet("kept"),
        ("spBv1.0/read/DDATA/kept/d", warm),
        births=lambda node: in_force(tmp_path / "births.db", "wire", node),
    )
    births.close()
    assert answered
    assert values(rows) == {"warmth": 70.5, "breaker": "open"}
    assert in_force(tmp_path / "nowhere" / "births.db", "wire", "read/kept") == {}
    assert not (tmp_path / "nowhere").exists()


async def test_before_a_birth_only_what_names_itself_is_read(wire: Link) -> None:
    metrics = [Metric("Temperature", "float", 21.5, typed=False), Metric(alias=2, kind="int32", value=1)]
    sent = ("spBv1.0/read/DDATA/young/d", data(*metrics))
    answered, rows, event = await read(wire, cabinet("young"), sent, within=SHORT)
    assert not answered
    assert (rows["warmth"]["value"], rows["warmth"]["fault"]) == (21.5, "")
    assert "without the birth that says what its aliases mean" in rows["breaker"]["fault"]
    assert (rows["breaker"]["value"], rows["breaker"]["reason"]) == (None, "timeout")
    assert any("sends before it was born" in note for note in event["notes"])


async def test_what_a_birth_lacks_is_said_at_once_and_what_never_changes_after_the_wait(
    wire: Link, tmp_path: Path
) -> None:
    sent = (node_birth("bare"), ("spBv1.0/read/DBIRTH/bare/d", birth(breaker=False)))
    answered, rows, _ = await read(wire, cabinet("bare"), *sent)
    assert (answered, rows["warmth"]["value"]) == (False, 20.0)
    assert rows["breaker"]["fault"] == "the birth of read/bare/d has no metric Breaker"
    kept = {"": node_birth("bare")[1], "d": birth()}
    _, rows, _ = await read(wire, cabinet("bare"), within=SHORT, births=lambda node: kept)
    assert rows["warmth"]["fault"].startswith("Temperature was not sent within 0.5 s")


async def test_silence_of_the_node_and_of_the_device_are_told_apart(wire: Link) -> None:
    _, rows, _ = await read(wire, cabinet("mute"), within=SHORT)
    assert {row["fault"] for row in rows.values()} == {"no message of edge node read/mute within 0.5 s"}
    _, rows, _ = await read(wire, cabinet("mute"), node_birth("mute"), within=SHORT)
    said = {row["fault"] for row in rows.values()}
    assert said == {"edge node read/mute is heard, but no birth and no data of read/mute/d within 0.5 s"}


async def test_a_death_takes_what_was_known(wire: Link) -> None:
    points = ("warmth", "breaker")
    born = [node_birth("mortal", 4), ("spBv1.0/read/DBIRTH/mortal/d", birth(breaker=False))]
    kept = {"": born[0][1], "d": birth()}
    warm = ("spBv1.0/read/DDATA/mortal/d", data(Metric(alias=1, kind="float", value=70.5)))
    end = ("spBv1.0/read/NDEATH/mortal", death(4))
    answered, rows, _ = await read(wire, cabinet("mortal"), warm, end, within=SHORT, births=lambda node: kept)
    assert not answered
    assert {rows[name]["fault"] for name in points} == {"a death of read/mortal/d was heard, and no birth after it"}
    assert values(rows) == dict.fromkeys(points)


async def test_the_node_itself_is_an_asset_too(wire: Link) -> None:
    metrics = [Metric("bdSeq", "uint64", 1), Metric("Temperature", "float", 12.0), Metric("Breaker", "int32", 1)]
    sent = ("spBv1.0/read/NBIRTH/alone", payload(metrics, seq=0, time=now()))
    answered, rows, _ = await read(wire, cabinet("alone", ""), sent, wanted=("warmth",))
    assert (answered, values(rows)) == (True, {"warmth": 12.0})
