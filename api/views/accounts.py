"""Accounts and keys of machines, as the system administrator sees them."""

from dataclasses import dataclass
from datetime import datetime

from facility.domain.account import ApiKey, Scope, Session, SignInStep
from facility.domain.role import GIVEN, Role
from facility.flow.look_at_accounts import AccountReport, AccountState
from facility.ports import WorkUnit

RECORDED = 20
"""How many lines of its record stand with an account."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """One browser that is signed in; `here`: the one that asks."""

    id: int
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    here: bool


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account. `roles`: its `own_roles` and those of its person's positions; `pause`: seconds until an attempt counts again."""

    number: int
    login: str
    name: str
    person: str
    roles: tuple[Role, ...]
    own_roles: tuple[Role, ...]
    state: AccountState
    must_change: bool
    pause: float
    sessions: int
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A line of what is recorded of signing in."""

    at: datetime
    step: SignInStep
    address: str
    agent: str
    detail: str


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """One account with its sessions and the latest lines of its record."""

    account: AccountRow
    made_at: datetime
    password_changed_at: datetime
    sessions: tuple[SessionView, ...]
    record: tuple[RecordLine, ...]


@dataclass(frozen=True, slots=True)
class KeyView:
    """A machine's key, never the key itself. `state`: valid, expired, revoked."""

    number: int
    name: str
    scopes: tuple[Scope, ...]
    state: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


def session_views(sessions: tuple[Session, ...], here: int = 0) -> tuple[SessionView, ...]:
    """In the given order; `here`: number of the one that asks."""
    return tuple(
        SessionView(one.id, one.made_at, one.seen_at, one.expires_at, one.address, one.agent, one.id == here)
        for one in sessions
    )


def account_row(report: AccountReport) -> AccountRow:
    """One account."""
    account = report.account
    return AccountRow(
        number=account.id,
        login=account.login,
        name=report.name,
        person=report.person.login if report.person else "",
        roles=report.roles,
        own_roles=tuple(role for role in Role if role in account.roles & GIVEN),
        state=report.state,
        must_change=account.must_change,
        pause=report.pause.total_seconds(),
        sessions=len(report.sessions),
        signed_in_at=report.signed_in_at,
    )


def account_detail(unit: WorkUnit, report: AccountReport, here: int) -> AccountDetail:
    """One account; `here`: number of the session that asks."""
    record = tuple(
        RecordLine(one.at, one.step, one.address, one.agent, one.detail)
        for one in unit.sign_ins.recent(RECORDED, report.account.login)
    )
    account = report.account
    return AccountDetail(
        account_row(report), account.made_at, account.changed_at, session_views(report.sessions, here), record
    )


def key_view(key: ApiKey, now: datetime) -> KeyView:
    """One key."""
    state = "revoked" if key.revoked_at else "valid" if key.valid_at(now) else "expired"
    scopes = tuple(scope for scope in Scope if scope in key.scopes)
    return KeyView(key.id, key.name, scopes, state, key.made_at, key.expires_at, key.revoked_at, key.used_at)
