"""Kinds of values in a site file. Each reads a node (adding faults, never raising) and describes itself as JSON Schema.

A kind that finds a fault returns its blank value, so that the rest of the file can still be looked at.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from facility.site import tree
from facility.site.tree import INTEGER, NUMBER, Faults, Node, Scalar

Schema = dict[str, Any]
_FROM_ENVIRONMENT: Schema = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}"}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST = 366 * 86400.0
_CODE = re.compile("0x[0-9a-fA-F]{1,16}|[0-9]{1,20}")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")


class Kind(Protocol):
    """Reads one node, and describes what it accepts."""

    def read(self, node: Node, faults: Faults) -> Any:
        """The value; blank when there is a fault."""
        ...

    def schema(self) -> Schema:
        """JSON Schema of what is accepted."""
        ...


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that mends an unknown name: the nearest known one, or all of them when they are few."""
    from rapidfuzz import process  # here: a site file without faults needs none of its 3 MB

    names = list(known)
    nearest = process.extractOne(name, names, score_cutoff=65)
    if nearest is not None:
        return f'Did you mean "{nearest[0]}"?'
    if not names:
        return "None is defined."
    return f"Known: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}."


def _text_of(node: Node, faults: Faults, wanted: str) -> str | None:
    if not isinstance(node, Scalar):
        faults.add(
            node,
            f"must be {wanted}, not a {'list' if isinstance(node, tree.Sequence) else 'mapping'}.",
            "Give one value.",
        )
        return None
    if node.empty:
        faults.add(node, "has no value.", f"Give {wanted}, or leave the key out.")
        return None
    return node.text


@dataclass(frozen=True, slots=True)
class Text:
    """Text; with `pattern` all of it must match, as `example` does. `empty` allows ""."""

    wanted: str = "text"
    pattern: str = ""
    example: str = ""
    empty: bool = False

    def read(self, node: Node, faults: Faults) -> str:
        """The text."""
        if self.empty and isinstance(node, Scalar) and not node.text:
            return ""
        text = _text_of(node, faults, self.wanted)
        if text is None:
            return ""
        if not text.strip() and not self.empty:
            faults.add(node, "is empty.", f"Give {self.wanted}.")
        elif self.pattern and not re.fullmatch(self.pattern, text):
            faults.add(node, f'"{text}" is not {self.wanted}.', f"Write it like {self.example}.")
        else:
            return text
        return ""

    def schema(self) -> Schema:
        """Numbers are text too when they stand without quotes."""
        if self.pattern:
            return {"anyOf": [{"type": "string", "pattern": f"^(?:{self.pattern})$"}, _FROM_ENVIRONMENT]}
        return {"type": ["string", "number"]}


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number of [low, high]."""

    low: int
    high: int

    def read(self, node: Node, faults: Faults) -> int:
        """The number; `low` when it is none."""
        wanted = f"a whole number from {self.low} to {self.high}"
        text = _text_of(node, faults, wanted)
        if text is None:
            return self.low
        assert isinstance(node, Scalar)
        if not node.plain or not INTEGER.fullmatch(text):
            faults.add(node, f'"{text}" is not {wanted}.', "Write digits without quotes.")
            return self.low
        number = int(text, 0) if text.startswith(("0x", "0o")) else int(text)
        if not self.low <= number <= self.high:
            faults.add(node, f"{text} is not {wanted}.", f"Choose one from {self.low} to {self.high}.")
            return self.low
        return number

    def schema(self) -> Schema:
        """An integer, or text from the environment."""
        return {"anyOf": [{"type": "integer", "minimum": self.low, "maximum": self.high}, _FROM_ENVIRONMENT]}


@dataclass(frozen=True, slots=True)
class Codes:
    """A raw code of at most 64 bits, or a range of them: 0xFFFF, "0xFFF8..0xFFFF"."""

    def read(self, node: Node, faults: Faults) -> int | range:
        """The code, or all codes from the first to the last; 0 when it is none."""
        text = _text_of(node, faults, "a raw code")
        ends = [] if text is None else text.split("..")
        codes = [int(end, 0 if end.startswith("0x") else 10) for end in ends if _CODE.fullmatch(end)]
        if text is not None and (len(codes) != len(ends) or len(ends) > 2 or max(codes) >= 1 << 64):
            faults.add(node, f'"{text}" is not a raw code.', "Write 0xFFFF, or a range such as 0xFFF8..0xFFFF.")
            return 0
        if len(codes) == 2 and codes[0] >= codes[1]:
            faults.add(node, f"{text} is not a range.", "Write the lower code first.")
            return 0
        return range(codes[0], codes[1] + 1) if len(codes) == 2 else next(iter(codes), 0)

    def schema(self) -> Schema:
        """An integer that is not negative, or text."""
        code = "(0x[0-9a-fA-F]{1,16}|[0-9]{1,20})"
        return {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": (1 << 64) - 1},
                {"type": "string", "pattern": rf"^{code}(\.\.{code})?$"},
                _FROM_ENVIRONMENT,
            ]
        }


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number; with `low` not less than it, with `high` not more."""

    low: float | None = None
    high: float | None = None

    def read(self, node: Node, faults: Faults) -> float:
        """The number; 0 when it is none."""
        text = _text_of(node, faults, "a number")
        if text is None:
            return 0.0
        assert isinstance(node, Scalar)
        if not node.plain or not NUMBER.fullmatch(text) or not isfinite(float(text)):
            faults.add(node, f'"{text}" is not a number.', "Write digits, with a point for decimals, without quotes.")
            return 0.0
        if self.low is not None and float(text) < self.low:
            faults.add(node, f"{text} is less than {self.low:g}.", f"Give {self.low:g} or more.")
            return self.low
        if self.high is not None and float(text) > self.high:
            faults.add(node, f"{text} is more than {self.high:g}.", f"Give {self.high:g} or less.")
            return self.high
        return float(text)

    def schema(self) -> Schema:
        """A number, or text from the environment."""
        number: Schema = {"type": "number"}
        number |= {} if self.low is None else {"minimum": self.low}
        number |= {} if self.high is None else {"maximum": self.high}
        return {"anyOf": [number, _FROM_ENVIRONMENT]}


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""

    def read(self, node: Node, faults: Faults) -> bool:
        """The flag; False when it is none."""
        text = _text_of(node, faults, "true or false")
        if text is not None and text not in ("true", "false"):
            faults.add(node, f'"{text}" is neither true nor false.', "Write true or false.")
        return text == "true"

    def schema(self) -> Schema:
        """A boolean, or text from the environment."""
        return {"anyOf": [{"type": "boolean"}, _FROM_ENVIRONMENT]}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time such as 500ms, 5s, 2m, 1h, 1d."""

    positive: bool = False

    def read(self, node: Node, faults: Faults) -> timedelta:
        """The length; 1 s when it is none."""
        text = _text_of(node, faults, "a duration")
        match = _DURATION.fullmatch(text or "")
        if match is not None and float(match[1]) * _SECONDS[match[2]] > _LONGEST:
            faults.add(node, f"{text} is longer than a year.", "Choose a shorter time.")
            return timedelta(seconds=1)
        if text is not None and match is None:
            faults.add(node, f'"{text}" is not a duration.', "Write a number and a unit: 500ms, 5s, 2m, 1h, 1d.")
        if match is None:
            return timedelta(seconds=1)
        length = timedelta(seconds=float(match[1]) * _SECONDS[match[2]])
        if self.positive and not length:
            faults.add(node, "must be longer than nothing.", "Write a duration such as 5s.")
            return timedelta(seconds=1)
        return length

    def schema(self) -> Schema:
        """Text of digits and a unit."""
        return {"anyOf": [{"type": "string", "pattern": f"^{_DURATION.pattern}$"}, _FROM_ENVIRONMENT]}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; `convert` makes the value."""

    wanted: str
    words: Sequence[str]
    convert: Callable[[str], Any] = str

    def read(self, node: Node, faults: Faults) -> Any:
        """The chosen value; the first one when it is none."""
        if "" in self.words and isinstance(node, Scalar) and not node.text:
            return self.convert("")
        text = _text_of(node, faults, self.wanted)
        if text is not None and text not in self.words:
            faults.add(
                node, f'"{text}" is not {self.wanted}.', did_you_mean(text, [word for word in self.words if word])
            )
        return self.convert(text if text is not None and text in self.words else self.words[0])

    def schema(self) -> Schema:
        """An enumeration."""
        words = [str(word) for word in self.words]
        return {"anyOf": [{"enum": [*words, *(int(word) for word in words if word.isdecimal())]}, _FROM_ENVIRONMENT]}


@dataclass(frozen=True, slots=True)
class Day:
    """A date, 2026-01-31. `open`: none may be given, which is None."""

    open: bool = False

    def read(self, node: Node, faults: Faults) -> date | None:
        """The date; 1 January 2000 when it is none."""
        if self.open and isinstance(node, Scalar) and node.empty:
            return None
        text = _text_of(node, faults, "a date")
        try:
            return date.fromisoformat(text) if text is not None else date(2000, 1, 1)
        except ValueError:
            faults.add(node, f'"{text}" is not a date.', "Write year-month-day, such as 2026-01-31.")
            return date(2000, 1, 1)

    def schema(self) -> Schema:
        """Text of a date."""
        return {"type": ["string", "null"] if self.open else "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone of the tz database."""

    def read(self, node: Node, faults: Faults) -> ZoneInfo:
        """The zone; UTC when it is none."""
        text = _text_of(node, faults, "a time zone")
        try:
            return ZoneInfo(text or "UTC")
        except (ValueError, OSError, KeyError):
            faults.add(node, f'"{text}" is not a time zone.', "Name one of the tz database, such as Asia/Shanghai.")
            return ZoneInfo("UTC")

    def schema(self) -> Schema:
        """Text; the list of zones is the machine's."""
        return {"type": "string"}
