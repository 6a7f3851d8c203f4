"""A recording of what went over the links of a site: one JSON object a line, written by the collectors, served again by the simulators.

{"recording": 1, "site": "demo-garden"}                                                         head; a file may hold several
{"link", "at", "unit", "request": hex, "answer": hex, "took"}                                   Modbus: PDUs, without header and checksum
{"link", "at", "unit", "request": hex, "failure": "timeout" | "bad_answer" | "lost", "took"}
{"link", "at", "topic", "payload": text or "payload_hex": hex, "retained"}                      MQTT

`at`: Unix seconds, when it was asked or received; `took`: seconds until the answer, or until it was given up.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from facility.domain.errors import Fault, Refusal

VERSION = 1
TIMEOUT, BAD_ANSWER, LOST = "timeout", "bad_answer", "lost"
FAILURES = (TIMEOUT, BAD_ANSWER, LOST)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One Modbus request and what came of it: an answer (an exception is one), or a failure."""

    link: str
    at: float
    unit: int
    request: bytes
    answer: bytes = b""
    failure: str = ""
    took: float = 0.0

    def line(self) -> str:
        """As it stands in a file."""
        came = {"failure": self.failure} if self.failure else {"answer": self.answer.hex()}
        said = {"link": self.link, "at": round(self.at, 3), "unit": self.unit, "request": self.request.hex()}
        return json.dumps({**said, **came, "took": round(self.took, 4)})


@dataclass(frozen=True, slots=True)
class Heard:
    """One MQTT message."""

    link: str
    at: float
    topic: str
    payload: bytes
    retained: bool = False

    def line(self) -> str:
        """As it stands in a file."""
        try:
            payload = {"payload": self.payload.decode("utf-8")}
        except UnicodeDecodeError:
            payload = {"payload_hex": self.payload.hex()}
        said = {"link": self.link, "at": round(self.at, 3), "topic": self.topic, **payload, "retained": self.retained}
        return json.dumps(said, ensure_ascii=False)


Entry = Exchange | Heard


class RecordingRefused(Refusal):
    """A file that is no recording; says where."""


def head(site: str) -> str:
    """The first line of a recording."""
    return json.dumps({"recording": VERSION, "site": site})


def parse(lines: Iterable[str], file: str) -> list[Entry]:
    """The entries of a recording, in their order; RecordingRefused. A last line that was cut off is left out."""
    entries: list[Entry] = []
    cut: RecordingRefused | None = None
    for number, text in enumerate(lines, start=1):
        if cut is not None:
            raise cut
        if not text.strip():
            continue
        try:
            entry = _entry(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            why = f"lacks {error}" if isinstance(error, KeyError) else f"is no line of a recording ({error})"
            mend = "Take a file that FACILITY_RECORD wrote, or mend this line."
            cut = RecordingRefused(str(Fault(file, number, f"{why}.", mend)))
            if number == 1 or text.endswith("\n"):
                raise cut from None
            continue
        if entry is not None:
            entries.append(entry)
    if not entries:
        raise RecordingRefused(str(Fault(file, 1, "there is nothing in this recording.", "Record again, for longer.")))
    return entries


def _entry(said: dict[str, object]) -> Entry | None:
    if "recording" in said:
        if said["recording"] != VERSION:
            raise ValueError(f"version {said['recording']}, this program reads {VERSION}")
        return None
    link, at = str(said["link"]), _number(said["at"])
    if "topic" in said:
        payload = bytes.fromhex(str(said["payload_hex"])) if "payload_hex" in said else str(said["payload"]).encode()
        return Heard(link, at, str(said["topic"]), payload, bool(said.get("retained")))
    failure = str(said.get("failure", ""))
    if failure and failure not in FAILURES:
        raise ValueError(f"failure {failure!r} is none of {', '.join(FAILURES)}")
    answer = b"" if failure else bytes.fromhex(str(said["answer"]))
    request = bytes.fromhex(str(said["request"]))
    return Exchange(link, at, int(_number(said["unit"])), request, answer, failure, _number(said.get("took", 0.0)))


def _number(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise TypeError(f"{said!r} is no number")
    return float(said)
