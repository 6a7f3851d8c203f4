"""The audit as people see it: who did what to which thing, with names for numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.views.people import Names
from facility.domain.audit import AuditRow, Broken, ChainFault, Head
from facility.domain.errors import NotFound
from facility.ports import WorkUnit

PAGES = {"alert": "/alerts", "order": "/orders", "account": "/accounts", "drill": "/drills"}
"""Kinds of things that have a page by their number."""


@dataclass(frozen=True, slots=True)
class AuditRowView:
    """One row as it was written; `who`: name of the actor, or the login of an account that belongs to nobody, empty for the program.

    `named`: names for the numbers in `subject` and `detail` (person:7, account:3); `page`: where the thing is shown.
    """

    number: int
    at: datetime
    actor: str
    who: str
    action: str
    subject: str
    detail: Mapping[str, object]
    named: Mapping[str, str]
    page: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the rows that were asked for, newest first; `total` counts those of all pages."""

    rows: tuple[AuditRowView, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain is as it was written. `row`, `fault`: the first one that is not, null and empty when all are.

    `head`: NUMBER:HASH of the last row, to be kept elsewhere; `shown`: the wrong row, if it is there.
    """

    rows: int
    head: str
    broken: bool
    row: int | None
    fault: ChainFault | None
    what: str
    shown: AuditRowView | None


class Known:
    """Names of people and logins of accounts, each looked up once."""

    def __init__(self, unit: WorkUnit) -> None:
        self._unit, self._people = unit, Names(unit)
        self._logins: dict[int, str] = {}

    def of(self, thing: object) -> str:
        """The name of `person:7`, the login of `account:3`; empty for all else."""
        kind, _, number = str(thing).partition(":")
        if not number.isdecimal():
            return ""
        if kind == "person":
            return self._people.of(int(number))
        return self._login(int(number)) if kind == "account" else ""

    def _login(self, account: int) -> str:
        if account not in self._logins:
            try:
                self._logins[account] = self._unit.accounts.get(account).login
            except NotFound:
                self._logins[account] = f"#{account}"
        return self._logins[account]


def audit_rows(unit: WorkUnit, rows: Iterable[AuditRow]) -> tuple[AuditRowView, ...]:
    """With names."""
    known = Known(unit)
    return tuple(_view(row, known) for row in rows)


def verification(unit: WorkUnit, broken: Broken | None, last: AuditRow | None, wrong: AuditRow | None) -> Verification:
    """What walking the chain has found."""
    return Verification(
        rows=last.number if last else 0,
        head=str(Head(last.number, last.hash)) if last else "",
        broken=broken is not None,
        row=broken.number if broken else None,
        fault=broken.fault if broken else None,
        what=broken.what if broken else "",
        shown=audit_rows(unit, [wrong])[0] if wrong else None,
    )


def _view(row: AuditRow, known: Known) -> AuditRowView:
    things = [row.subject, *map(str, row.detail.values())]
    kind, _, number = row.subject.partition(":")
    return AuditRowView(
        number=row.number,
        at=row.at,
        actor=row.actor,
        who=known.of(row.actor) or known.of(row.detail.get("by", "")),
        action=row.action,
        subject=row.subject,
        detail=dict(row.detail),
        named={thing: name for thing in things if (name := known.of(thing))},
        page=f"{PAGES[kind]}/{number}" if kind in PAGES and number.isdecimal() else "",
        hash=row.hash,
    )
