"""Masking: nothing that may name a person gets into a recording; what the profile reads as values stays."""

import json

from hypothesis import given
from hypothesis import strategies as st

from collectors.masking import Mask
from facility.domain.mqtt import Format, Stream
from tests.collectors.collect_stage import device, json_point

POINTS = [
    json_point("barrier", "event", "$.barrier", "enum", time="$.time"),
    json_point("card", "event", "$.card", "text", time="$.time"),
    json_point("count", "event", "$.in.count", "number"),
    json_point("owner", "owner", "$", "text"),
    json_point("level", "level", "$", "number"),
    json_point("metric", "plug", "$", "number"),
]
TOPICS = {name: f"{{prefix}}/{name}" for name in ("event", "owner", "level", "plug")}
STREAMS = {
    "event": Stream(sequence="$.n"),
    "owner": Stream(Format.PLAIN),
    "level": Stream(Format.PLAIN),
    "plug": Stream(Format.SPARKPLUG),
}
GATE = device("gate", POINTS, topics=TOPICS, streams=STREAMS)
KEPT = {"barrier": "open", "time": "2026-11-23T08:00:00Z", "in": {"count": 7}, "n": 12}


def masked(document: object, topic: str = "event") -> object:
    found = Mask([GATE]).masked(f"t/gate/{topic}", json.dumps(document).encode())
    assert found is not None
    return json.loads(found)


def test_values_times_and_numbers_stay_and_everything_else_goes() -> None:
    private = {
        "plate": "粤B12345",
        "phone": 13800138000,
        "in": {"count": 7, "who": ["Wang", 5]},
        "ok": True,
        "none": None,
    }
    found = masked({**KEPT, **private})
    assert isinstance(found, dict)
    assert {name: found[name] for name in ("barrier", "time", "n")} == {n: KEPT[n] for n in ("barrier", "time", "n")}
    assert found["in"] == {"count": 7, "who": ["*", 0]}
    assert (found["plate"], found["phone"], found["ok"], found["none"]) == ("*", 0, True, None)


@given(st.text(min_size=3, max_size=20))
def test_a_text_gets_a_pseudonym_that_is_the_same_within_a_recording_only(card: str) -> None:
    mask, other = Mask([GATE]), Mask([GATE])
    payload = json.dumps({"card": card}).encode()
    first, second = (mask.masked("t/gate/event", payload) for _ in range(2))
    assert first == second != other.masked("t/gate/event", payload)
    assert first is not None
    assert json.loads(first)["card"].startswith("x")


def test_plain_texts_are_masked_and_plain_numbers_stay() -> None:
    mask = Mask([GATE])
    assert mask.masked("t/gate/level", b"21.5") == b"21.5"
    owner = mask.masked("t/gate/owner", b"Wang")
    assert owner is not None
    assert owner != b"Wang"


def test_what_cannot_be_read_stays_unreadable_and_loses_its_signs() -> None:
    mask = Mask([GATE])
    assert mask.masked("t/gate/event", b'{"card": "A1B2", "re') == b'{"xxxx": "xxxx", "xx'
    assert mask.masked("t/gate/event", b"\xff\x00A1") == b"\xff\xff\xff\xff"


def test_sparkplug_and_unknown_topics_are_not_recorded() -> None:
    assert Mask([GATE]).masked("t/gate/plug", b"\x08\x01") is None
    assert Mask([GATE]).masked("t/other/event", b"{}") is None
