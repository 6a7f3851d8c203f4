"""Plain payloads: one number, one word or one text; never a guess."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.payload import Garbage, parse_plain, plain_value
from collectors.topic import Topic
from facility.domain.mqtt import Format, Stream
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason, Quality, Value
from facility.domain.unit import Unit
from tests.collectors.collect_stage import Stage, X, device, json_point

GATE: dict[int | str, str] = {"open": "true", "closed": "false"}
PUMP: dict[int | str, str] = {1: "running", "halt": "stopped"}


def read(text: str, kind: str, codes: dict[int | str, str] | None = None) -> tuple[Value | None, BadReason]:
    field = JsonField("state", "$", kind, 0.1 if kind == "number" else 1.0)
    point = Point("p", X, Unit.NONE, field, timedelta(seconds=1), low=-10, high=50, codes=codes or {})
    return plain_value(text, point, field)


@pytest.mark.parametrize(
    ("text", "kind", "codes", "value"),
    [
        ("235", "number", None, 23.5),
        ("-4.5e1", "number", None, -4.5),
        ("ON", "bool", None, 1.0),
        ("off", "bool", None, 0.0),
        ("TRUE", "bool", None, 1.0),
        ("0", "bool", None, 0.0),
        ("open", "bool", GATE, 1.0),
        ("closed", "bool", GATE, 0.0),
        ("1", "enum", PUMP, "running"),
        ("halt", "enum", PUMP, "stopped"),
        ("粤B12345", "text", None, "粤B12345"),
    ],
)
def test_a_payload_is_its_value(text: str, kind: str, codes: dict[int | str, str] | None, value: Value) -> None:
    assert read(text, kind, codes) == (pytest.approx(value) if kind == "number" else value, BadReason.NONE)


@pytest.mark.parametrize(
    ("text", "kind", "codes", "reason"),
    [
        ("23.5 °C", "number", None, BadReason.NOT_A_NUMBER),
        ("1_000", "number", None, BadReason.NOT_A_NUMBER),
        ("nan", "number", None, BadReason.NOT_A_NUMBER),
        ("12,5", "number", None, BadReason.NOT_A_NUMBER),
        ("unavailable", "number", None, BadReason.NOT_A_NUMBER),
        ("9999", "number", None, BadReason.OUT_OF_RANGE),
        ("open", "bool", None, BadReason.UNKNOWN_LABEL),
        ("ON", "bool", GATE, BadReason.UNKNOWN_LABEL),
        ("2", "enum", PUMP, BadReason.UNKNOWN_LABEL),
        ("²", "enum", PUMP, BadReason.UNKNOWN_LABEL),
    ],
)
def test_what_is_no_value_has_a_reason(
    text: str, kind: str, codes: dict[int | str, str] | None, reason: BadReason
) -> None:
    assert read(text, kind, codes) == (None, reason)


@given(st.binary(max_size=40), st.sampled_from(["number", "bool", "enum", "text"]))
def test_any_bytes_are_a_value_a_reason_or_garbage(payload: bytes, kind: str) -> None:
    try:
        value, reason = read(parse_plain(payload), kind, PUMP if kind == "enum" else None)
    except Garbage:
        return
    assert (value is None) == (reason is not BadReason.NONE)


def test_a_plain_topic_feeds_its_point_and_an_empty_payload_is_garbage(tmp_path: Path) -> None:
    stream = Stream(Format.PLAIN)
    points = (json_point("level", "level", "$", "number"),)
    stage = Stage(tmp_path, [device("tank", points, topics={"level": "{prefix}/level"}, streams={"level": stream})])
    asset = stage.site.assets["tank"]
    topic = Topic(asset, points, stage.monitor.sink(asset, points), stream)
    topic.take(b" 2.5\n", stage.clock.ns, retained=False)
    assert stage.lines() == [f'meter,site=demo,asset=tank level=2.5,level_quality="good" {stage.clock.ns}']
    topic.take(b"", stage.clock.advance(1), retained=False)
    shown = stage.monitor.tracks["tank"].state(0).points["level"]
    assert (shown.quality, shown.reason, topic.garbage) == (Quality.BAD, BadReason.BAD_PAYLOAD, 1)
