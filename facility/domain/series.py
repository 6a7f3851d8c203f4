"""Names of Prometheus series: `facility_link_polls_total{link="pumps"}`, put together and taken apart."""

import re
from functools import cache

_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SERIES = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{{{_LABEL}(?:,{_LABEL})*\}})?")
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
_ESCAPED = {"\\": r"\\", '"': r"\"", "\n": r"\n"}


def series(name: str, **labels: object) -> str:
    """A series with its labels, escaped."""
    inner = ",".join(f'{key}="{_escaped(str(value))}"' for key, value in labels.items())
    return f"{name}{{{inner}}}" if inner else name


@cache
def apart(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Name and labels of a series; ("", ()) when it is none."""
    match = SERIES.fullmatch(text)
    if match is None:
        return "", ()
    return match[1], tuple((key, _plain(value)) for key, value in _PAIR.findall(match[2] or ""))


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(letter, letter) for letter in text)


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)
