"""The audit: what was done, by whom, when, as a chain of hashes. A changed row breaks the chain and is named."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

GENESIS = "0" * 64
"""What stands before the first row."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row. `number` counts from 1 without a gap; `actor`: `person:7` or `program`; `subject`: `alert:17`."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object] = field(default_factory=dict)  # plain values
    before: str = GENESIS  # hash of the row before
    hash: str = ""


class ChainFault(StrEnum):
    """What can be wrong with the chain."""

    MISSING = "missing"
    NOT_CONTINUED = "not_continued"
    CHANGED = "changed"
    NOT_THE_LAST = "not_the_last"  # another row stands where a known last one was
    CUT_OFF = "cut_off"


_WHAT = {
    ChainFault.MISSING: "row {number} is missing",
    ChainFault.NOT_CONTINUED: "row {number} does not continue row {before}",
    ChainFault.CHANGED: "row {number} was changed after it was written",
    ChainFault.NOT_THE_LAST: "row {number} is not the one that was the last then",
    ChainFault.CUT_OFF: "row {number}, the last one then, is missing: rows were cut off at the end",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that is not as it was written, and what is wrong with it."""

    number: int
    fault: ChainFault

    @property
    def what(self) -> str:
        """In plain words."""
        return _WHAT[self.fault].format(number=self.number, before=self.number - 1)


@dataclass(frozen=True, slots=True)
class Head:
    """The last row at some time, kept elsewhere: finds rows that were cut off at the end."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def head_of(text: str) -> Head | None:
    """NUMBER:HASH; None for anything else."""
    found = _HEAD.fullmatch(text.strip())
    return Head(int(found[1]), found[2]) if found else None


def digest(site: str, row: AuditRow) -> str:
    """SHA-256 over everything that the row says, the site and the row before."""
    said = [
        site,
        row.number,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor,
        row.action,
        row.subject,
        row.detail,
        row.before,
    ]
    text = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def first_broken(site: str, rows: Iterable[AuditRow], known: Head | None = None) -> Broken | None:
    """Walk the chain from its first row; None when every row is as it was written, and the known last one still there."""
    before, expected = GENESIS, 1
    for row in rows:
        if row.number != expected:
            return Broken(expected, ChainFault.MISSING)
        if row.before != before:
            return Broken(row.number, ChainFault.NOT_CONTINUED)
        if digest(site, row) != row.hash:
            return Broken(row.number, ChainFault.CHANGED)
        if known is not None and row.number == known.number and row.hash != known.hash:
            return Broken(row.number, ChainFault.NOT_THE_LAST)
        before, expected = row.hash, expected + 1
    return Broken(known.number, ChainFault.CUT_OFF) if known is not None and known.number >= expected else None
