"""Payloads: paths, types, times; whatever a device sends, it is a value, a reason or garbage."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.payload import Garbage, Missing, compile_path, find, parse, source_time, value_of
from facility.domain.moment import nanoseconds
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason, Value
from facility.domain.unit import Unit
from tests.collectors.collect_stage import X

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def field_point(kind: str, **more: float) -> tuple[Point, JsonField]:
    field = JsonField("state", "$", kind, more.get("scale", 1.0), more.get("offset", 0.0))
    codes: dict[int | str, str] = {0: "closed", "up": "open"} if kind == "enum" else {}
    return Point("p", X, Unit.NONE, field, timedelta(seconds=1), more.get("low"), more.get("high"), codes=codes), field


@pytest.mark.parametrize(
    ("path", "steps"),
    [("$", ()), ("$.a", ("a",)), ("$.a.b-c", ("a", "b-c")), ("$.a[0].b", ("a", 0, "b")), ("$[2][10]", (2, 10))],
)
def test_a_path_is_compiled_to_its_steps(path: str, steps: tuple[str | int, ...]) -> None:
    assert compile_path(path) == steps


@pytest.mark.parametrize("path", ["", "a.b", "$a", "$.", "$.a[", "$.a[x]", "$..a", "$.a]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        compile_path(path)


def test_find_follows_the_path_or_says_that_nothing_is_there() -> None:
    document = {"a": [{"b": None}]}
    assert find(document, compile_path("$.a[0].b")) is None
    for path in ("$.x", "$.a[1]", "$.a.b", "$[0]", "$.a[0].b.c"):
        with pytest.raises(Missing):
            find(document, compile_path(path))


@pytest.mark.parametrize(
    ("kind", "raw", "value", "reason"),
    [
        ("number", 12, 12.0, BadReason.NONE),
        ("number", "12.5", 12.5, BadReason.NONE),
        ("number", None, None, BadReason.SENTINEL),
        ("number", True, None, BadReason.BAD_PAYLOAD),
        ("number", "warm", None, BadReason.NOT_A_NUMBER),
        ("number", float("nan"), None, BadReason.NOT_A_NUMBER),
        ("number", 10**400, None, BadReason.NOT_A_NUMBER),
        ("number", [], None, BadReason.BAD_PAYLOAD),
        ("bool", True, 1.0, BadReason.NONE),
        ("bool", 0, 0.0, BadReason.NONE),
        ("bool", "true", None, BadReason.BAD_PAYLOAD),
        ("bool", 2, None, BadReason.BAD_PAYLOAD),
        ("enum", 0, "closed", BadReason.NONE),
        ("enum", "up", "open", BadReason.NONE),
        ("enum", "down", None, BadReason.UNKNOWN_LABEL),
        ("enum", [], None, BadReason.UNKNOWN_LABEL),
        ("text", "粤B12345", "粤B12345", BadReason.NONE),
        ("text", 17, "17", BadReason.NONE),
        ("text", {}, None, BadReason.BAD_PAYLOAD),
    ],
)
def test_values_by_type(kind: str, raw: object, value: Value | None, reason: BadReason) -> None:
    assert value_of(raw, *field_point(kind)) == (value, reason)


def test_scale_offset_and_range() -> None:
    point, field = field_point("number", scale=0.1, offset=-40.0, low=-20.0, high=60.0)
    assert value_of(500, point, field) == (10.0, BadReason.NONE)
    assert value_of(1001, point, field) == (None, BadReason.OUT_OF_RANGE)
    assert value_of(0, point, field) == (None, BadReason.OUT_OF_RANGE)


@pytest.mark.parametrize(
    "raw",
    ["2026-11-23T06:00:00Z", "2026-11-23T14:00:00+08:00", "2026-11-23T06:00:00", AT.timestamp(), AT.timestamp() * 1000],
)
def test_source_times(raw: object) -> None:
    assert source_time(raw) == nanoseconds(AT)


@pytest.mark.parametrize("raw", ["yesterday", "", True, -5, 0, 1e300, float("nan"), [], None])
def test_what_is_no_time_is_none(raw: object) -> None:
    assert source_time(raw) is None


@settings(deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_document_or_garbage(payload: bytes, plain: bool) -> None:
    try:
        document = parse(payload, plain=plain)
    except Garbage:
        return
    assert document is None or isinstance(document, bool | int | float | str | list | dict)


@settings(deadline=None)
@given(documents, st.sampled_from(["number", "bool", "enum", "text"]))
def test_any_document_gives_a_value_or_a_reason(document: object, kind: str) -> None:
    value, reason = value_of(parse(json.dumps(document).encode(), plain=False), *field_point(kind))
    assert (value is None) == (reason is not BadReason.NONE)


def test_monsters_are_garbage() -> None:
    for payload in (b"[" * 200_000, b'"' + b"x" * 300_000 + b'"', b"\xff\xfe", b"", b"{"):
        with pytest.raises(Garbage):
            parse(payload, plain=False)
