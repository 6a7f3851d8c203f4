"""Our subset of the InfluxDB line protocol, read strictly: what one store takes, every store takes.

`<class>,site=<id>,asset=<id> <point>=<number>[,<point>_text="…"][,<point>_quality="…"] <ns>`: lines end with a newline;
fields named `_text` or `_quality` are text, all others finite numbers without suffix.
"""

import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from facility.domain.errors import StoreRejected
from facility.domain.reading import Value
from facility.domain.stored import Stored

_NUMBER = r"[a-z0-9_]++(?<!_text)(?<!_quality)=-?[0-9]{1,40}+(?:\.[0-9]{1,40}+)?+(?:[eE][+-]?[0-9]{1,3}+)?+"
_TEXT = r'[a-z0-9_]++(?:(?<=_text)|(?<=_quality))="(?:[^"\\\n]|\\["\\])*+"'
_FIELD = rf"(?:{_NUMBER}|{_TEXT})"
_FORM = r"([a-z][a-z0-9_]*,site=[a-z0-9-]+,asset=[a-z0-9-]+) ({field}(?:,{field})*+) ([0-9]{{1,19}})"
_PLAIN = re.compile(
    r"([a-z][a-z0-9_]*+,site=[a-z0-9-]++,asset=[a-z0-9-]++) ({field}(?:,{field})*+) ([0-8]?[0-9]{{1,18}})\n".format(
        field=r"[a-z0-9_]++=-?[0-9]{1,40}+(?:\.[0-9]{1,40}+)?+(?:[eE][+-]?[0-9]{1,2}+)?+"
    ),
    re.ASCII,
)  # lines of numbers, for text in which no name is one of a text
_LINE = re.compile(_FORM.format(field=_FIELD), re.ASCII)
_USUAL = re.compile(_FORM.format(field=_FIELD.replace("{1,3}", "{1,2}")), re.ASCII)  # with it, all numbers are finite
_SPLIT = re.compile(rf"({_NUMBER})|({_TEXT})", re.ASCII)
_ESCAPED = re.compile(r'\\(["\\])')
TEXT, QUALITY = "_text", "_quality"  # ends of the names of text fields
_LATEST = 2**63 - 1
FEW_QUOTES = 400  # of a batch: below, it pays to look at the lines with texts or qualities apart from the others


class Line(NamedTuple):
    """One block: series (`class,site=…,asset=…`), time in ns, its numeric and its text fields as they were written."""

    series: str
    at: int
    numbers: str
    texts: str


def parse(lines: bytes, store: str) -> Iterable[Line]:
    """All lines in their order, empty ones left out; StoreRejected names the first that is not of the subset."""
    return _mostly_plain(lines) or _one_by_one(lines, store)


def _mostly_plain(lines: bytes) -> list[Line]:
    """All lines, when only a few of them hold texts or qualities; empty: look at them one by one."""
    if lines.count(b'"') > FEW_QUOTES:
        return []
    found: list[Line] = []
    start = 0
    while (quote := lines.find(b'"', start)) >= 0:
        begin, end = lines.rfind(b"\n", start, quote) + 1 or start, lines.find(b"\n", quote) + 1 or len(lines)
        before = _plain(lines[start:begin])
        if begin > start and not before:
            return []
        found += before
        try:
            found += _one_by_one(lines[begin:end], "")
        except StoreRejected:
            return []
        start = end
    rest = _plain(lines[start:])
    return [*found, *rest] if rest or start == len(lines) else []


def _plain(lines: bytes) -> list[Line]:
    """All lines, when every one holds numbers alone, at half the cost; empty: look at them one by one."""
    if b"_text=" in lines or b"_quality=" in lines or not lines.isascii():
        return []
    found = _PLAIN.findall(lines.decode("ascii"))
    read = sum([len(series) + len(numbers) + len(time) + 3 for series, numbers, time in found])  # two spaces, a newline
    return [Line(series, int(time), numbers, "") for series, numbers, time in found] if read == len(lines) else []


def _one_by_one(lines: bytes, store: str) -> Iterator[Line]:
    try:
        text = lines.decode("utf-8")
    except UnicodeDecodeError as error:
        number = lines.count(b"\n", 0, error.start) + 1
        raise _refused(store, number, "it is not UTF-8") from None
    usual = _USUAL.fullmatch
    for number, line in enumerate(text.split("\n"), 1):
        found = usual(line)
        if found is None:
            if not line:
                continue
            found = _unusual(line, store, number)
        series, fields, time = found.groups()
        at = int(time)
        if at > _LATEST:
            raise _refused(store, number, "its time is beyond 2262")
        numbers, texts = (fields, "") if '"' not in fields else _divide(fields)
        yield Line(series, at, numbers, texts)


def _unusual(line: str, store: str, number: int) -> re.Match[str]:
    """A line with an exponent of three digits: its numbers may be too large."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise _refused(store, number, f"{line[:120]!r} is not of our line protocol")
    fields = found[2]
    if not _finite(fields if '"' not in fields else _divide(fields)[0]):
        raise _refused(store, number, "a number is not finite")
    return found


def merged(earlier: str, later: str) -> str:
    """Fields (all numbers, or all texts) of two lines of one series and time: later values win, names keep their place."""
    if not earlier or earlier == later:
        return later
    fields = {field.partition("=")[0]: field for half in (earlier, later) for field in _fields(half)}
    return ",".join(fields.values())


def stored(at: int, numbers: Iterable[tuple[str, float]], texts: str) -> Stored:
    """The numbers and texts of a line as values and qualities by point."""
    values: dict[str, Value] = dict(numbers)
    qualities: dict[str, str] = {}
    for field in _fields(texts):
        name, _, words = field.partition("=")
        text = _ESCAPED.sub(r"\1", words[1:-1])
        put(name, text, values, qualities)
    return Stored(at, values, qualities)


def put(field: str, text: str, values: dict[str, Value], qualities: dict[str, str]) -> None:
    """Sort one text field in by the end of its name."""
    if field.endswith(QUALITY):
        qualities[field.removesuffix(QUALITY)] = text
    else:
        values[field.removesuffix(TEXT)] = text


def _fields(text: str) -> list[str]:
    return [number or words for number, words in _SPLIT.findall(text)]


def _divide(fields: str) -> tuple[str, str]:
    pairs = _SPLIT.findall(fields)
    return ",".join(number for number, _ in pairs if number), ",".join(text for _, text in pairs if text)


def _finite(numbers: str) -> bool:
    return all(math.isfinite(float(field.partition("=")[2])) for field in numbers.split(","))


def _refused(store: str, number: int, why: str) -> StoreRejected:
    return StoreRejected(store, f"line {number}: {why}", "Leave this line out; nothing of the batch was stored")
