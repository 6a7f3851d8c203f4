"""The audit: what was done, by whom, when, as a chain of hashes. A changed row breaks the chain and is named."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

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


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that is not as it was written, and what is wrong with it."""

    number: int
    what: str


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


def first_broken(site: str, rows: Iterable[AuditRow]) -> Broken | None:
    """Walk the chain from its first row; None when every row is as it was written."""
    before, expected = GENESIS, 1
    for row in rows:
        if row.number != expected:
            return Broken(expected, f"row {expected} is missing: row {row.number} follows row {expected - 1}")
        if row.before != before:
            return Broken(row.number, f"row {row.number} does not continue row {row.number - 1}")
        if digest(site, row) != row.hash:
            return Broken(row.number, f"row {row.number} was changed after it was written")
        before, expected = row.hash, expected + 1
    return None
