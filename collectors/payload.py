"""Payloads of MQTT messages: JSON paths (`$`, `$.a.b`, `$.a[0]`), typed values, source times. Nothing is guessed."""

import json
import math
import re
from datetime import UTC, datetime

from facility.domain.moment import nanoseconds
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason, Value

Path = tuple[str | int, ...]
LONGEST = 1 << 18  # bytes of a payload that we are ready to read
MILLISECONDS_FROM = 1e11  # Unix times from here on are in milliseconds (in seconds: the year 5138)
WORDS = {"true": 1.0, "on": 1.0, "1": 1.0, "false": 0.0, "off": 0.0, "0": 0.0}
"""What plain payloads say for yes and no, in any case; a profile's own words come by its codes."""
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class Missing(Exception):
    """The document has nothing at the path."""


class Garbage(Exception):
    """The payload cannot be read."""


def compile_path(text: str) -> Path:
    """The steps of a JSON path; ValueError."""
    steps: list[str | int] = []
    position = 1
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            break
        steps.append(match[1] if match[1] is not None else int(match[2]))
        position = match.end()
    if not text.startswith("$") or position != len(text):
        raise ValueError(f"{text!r} is not a path such as $.a.b or $.a[0]")
    return tuple(steps)


def parse(payload: bytes, *, plain: bool) -> object:
    """The document; `plain`: bare text without quotes is taken as text. Garbage."""
    if len(payload) > LONGEST:
        raise Garbage(f"{len(payload)} bytes are too long")
    try:
        text = payload.decode("utf-8")
        return json.loads(text)
    except UnicodeDecodeError:
        raise Garbage("no UTF-8") from None
    except (ValueError, RecursionError) as error:
        if plain and text.strip():
            return text.strip()
        raise Garbage(f"no JSON ({error})") from None


def parse_plain(payload: bytes) -> str:
    """The payload as one word, number or text, without the blanks around it. Garbage."""
    if len(payload) > LONGEST:
        raise Garbage(f"{len(payload)} bytes are too long")
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise Garbage("no UTF-8") from None
    if not text:
        raise Garbage("nothing in it")
    return text


def plain_value(text: str, point: Point, field: JsonField) -> tuple[Value | None, BadReason]:
    """The point's value of a plain payload, or why it has none."""
    match field.type:
        case "bool":
            said = _word(point, text) if point.codes else WORDS.get(text.lower())
            return (said, BadReason.NONE) if said is not None else (None, BadReason.UNKNOWN_LABEL)
        case "enum":
            label = point.codes.get(text)
            if label is None and text.isdecimal():
                label = point.codes.get(int(text))
            return (label, BadReason.NONE) if label is not None else (None, BadReason.UNKNOWN_LABEL)
        case "number":
            return _number(text, point, field)
    return text, BadReason.NONE


def find(document: object, path: Path) -> object:
    """What stands at the path; Missing."""
    for step in path:
        if (isinstance(step, str) and isinstance(document, dict) and step in document) or (
            isinstance(step, int) and isinstance(document, list) and step < len(document)
        ):
            document = document[step]  # type: ignore[index]
        else:
            raise Missing
    return document


def value_of(raw: object, point: Point, field: JsonField) -> tuple[Value | None, BadReason]:
    """The point's value, or why it has none."""
    if raw is None:
        return None, BadReason.SENTINEL
    match field.type:
        case "number":
            return _number(raw, point, field)
        case "bool" if point.codes:
            said = _word(point, raw)
            return (said, BadReason.NONE) if said is not None else (None, BadReason.UNKNOWN_LABEL)
        case "bool":
            return (
                (float(raw), BadReason.NONE)
                if raw in (0, 1) and isinstance(raw, int)
                else (None, BadReason.BAD_PAYLOAD)
            )
        case "enum":
            key = point.codes.get(raw) if isinstance(raw, int | str) else None
            return (key, BadReason.NONE) if key is not None else (None, BadReason.UNKNOWN_LABEL)
    if isinstance(raw, dict | list):
        return None, BadReason.BAD_PAYLOAD
    return (raw if isinstance(raw, str) else json.dumps(raw)), BadReason.NONE


def source_time(raw: object) -> int | None:
    """Unix ns of an ISO 8601 time (without an offset: UTC) or of Unix seconds or milliseconds; None when it is neither."""
    try:
        if isinstance(raw, str):
            at = datetime.fromisoformat(raw)
            return nanoseconds(at if at.tzinfo else at.replace(tzinfo=UTC))
        if isinstance(raw, int | float) and not isinstance(raw, bool) and raw > 0:
            thousandths = raw if raw >= MILLISECONDS_FROM else raw * 1000
            return nanoseconds(datetime.fromtimestamp(thousandths / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _word(point: Point, raw: object) -> float | None:
    """1.0 or 0.0 by the profile's own words."""
    meant = point.codes.get(raw) if isinstance(raw, int | str) else None
    return {"true": 1.0, "false": 0.0}.get(meant or "")


def whole(raw: object) -> int | None:
    """A sequence number: a whole number from 0, also as text; None when it is none."""
    if isinstance(raw, str) and raw.isdecimal() and raw.isascii():
        return int(raw[:18])
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0 else None


def _number(raw: object, point: Point, field: JsonField) -> tuple[Value | None, BadReason]:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None, BadReason.BAD_PAYLOAD
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw.strip()):  # float() takes 1_000 and nan too
        return None, BadReason.NOT_A_NUMBER
    try:
        value = float(raw) * field.scale + field.offset
    except (ValueError, OverflowError):
        return None, BadReason.NOT_A_NUMBER
    if not math.isfinite(value):
        return None, BadReason.NOT_A_NUMBER
    if (point.low is not None and value < point.low) or (point.high is not None and value > point.high):
        return None, BadReason.OUT_OF_RANGE
    return value, BadReason.NONE
