"""Writes points as YAML of our grammar: plain data in, one line a point out. What is written is read back as the same."""

import json
import re
from collections.abc import Mapping

from facility.site.tree import INTEGER, NUMBER

_PLAIN = re.compile(r"[A-Za-z°µΩ㐀-鿿][\w°%/³.µΩ㐀-鿿-]*( [\w°%/³.㐀-鿿-]+)*")
_WORDS_OF_YAML = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def point_line(name: str, point: Mapping[str, object]) -> str:
    """One point, as it stands below `points:`."""
    return f"  {_key(name)}: {flow(point)}"


def flow(data: object) -> str:
    """The data on one line: `{title: {en: Voltage L1, zh: A相电压}, unit: V}`."""
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list | tuple):
        return "[" + ", ".join(flow(item) for item in data) + "]"
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, float):
        return number(data)
    return str(data) if isinstance(data, int) else _text(str(data))


def number(value: float) -> str:
    """The shortest text that is this number: 0.1, 5, 1e-7."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _key(key: object) -> str:
    text = str(key)
    return text if INTEGER.fullmatch(text) else _text(text)


def _text(text: str) -> str:
    """Without quotes where YAML takes it for text all the same."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML:
        return text
    if re.fullmatch(r"[0-9.]+(ms|s|m|h|d)", text) and not NUMBER.fullmatch(text) and not INTEGER.fullmatch(text):
        return text  # a duration
    return json.dumps(text, ensure_ascii=False)
