"""Accounts that people sign in with, their sessions, keys of machines, and what is recorded of signing in."""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.person import Person
from facility.domain.role import Role

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FEWEST_CHARACTERS = 4  # different ones in a password
LONGEST_LOGIN = 100


class Scope(StrEnum):
    """What a key of a machine opens."""

    READ = "read"  # the JSON twins of the pages, and the live stream
    METRICS = "metrics"  # figures for Prometheus, and why a store is not ready


class SignInStep(StrEnum):
    """What is recorded of accounts."""

    SIGNED_IN = "signed_in"
    FAILED = "failed"
    HELD_OFF = "held_off"  # not even tried: too many failures before
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET = "password_reset"
    FIRST_CREATED = "first_created"  # the very first account
    CREATED = "created"
    ROLES_CHANGED = "roles_changed"
    UNLOCKED = "unlocked"  # its failures in a row are forgotten
    DISABLED = "disabled"
    ENABLED = "enabled"
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `person`: the person it belongs to, 0 for none; `roles`: what it may be beside that person's positions."""

    id: int
    login: str
    name: str
    person: int
    roles: frozenset[Role]
    password: str  # an argon2id hash
    must_change: bool
    disabled: bool
    made_at: datetime
    changed_at: datetime  # the password


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in. The token itself stands in its cookie alone; here is its SHA-256."""

    id: int
    account: int
    token_hash: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A machine's key; shown once when it is made, kept as SHA-256."""

    id: int
    name: str
    key_hash: str
    scopes: frozenset[Scope]
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def valid_at(self, at: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True)
class SignInEvent:
    """One line of the record. `login` is empty when no such account exists: people type passwords into that field."""

    at: datetime
    step: SignInStep
    login: str
    address: str = ""
    agent: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request comes from; `account` and `person`: who acts, 0 and None while nobody is recognised."""

    address: str
    agent: str = ""
    account: int = 0
    person: int | None = None


CONSOLE = Visit("console")
"""Whoever may run commands on the machine itself."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives: without use, and in all."""

    idle: timedelta = timedelta(hours=12)
    whole: timedelta = timedelta(days=7)

    def holds(self, session: Session, now: datetime) -> bool:
        """The session can still be used."""
        return now < min(session.expires_at, session.seen_at + self.idle)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: a signed-in person or a machine with a key."""

    name: str
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    account: Account | None = None
    session: Session | None = None
    person: Person | None = None


def hash_of(token: str) -> str:
    """SHA-256 of a token of ours, which is random and long: no salt or slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def plain_login(text: str) -> str:
    """A login as it is compared: width, case and outer blanks do not matter."""
    return unicodedata.normalize("NFKC", text).strip().casefold()[:LONGEST_LOGIN]


def password_fault(password: str, login: str) -> str:
    """Why this cannot be a password (`too_short`, `too_long`, `too_plain`, `like_login`); empty when it can."""
    if len(password) < SHORTEST_PASSWORD:
        return "too_short"
    if len(password) > LONGEST_PASSWORD:
        return "too_long"
    if (
        len(set(password)) < FEWEST_CHARACTERS
        or password.casefold() in "01234567890123456789 abcdefghijklmnopqrstuvwxyz"
    ):
        return "too_plain"
    return "like_login" if login and login in plain_login(password) and len(password) < len(login) + 6 else ""
