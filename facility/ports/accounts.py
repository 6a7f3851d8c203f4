"""The ports of accounts: who may sign in, who is signed in, keys of machines, the record, and the hashing of passwords."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from facility.domain.account import Account, ApiKey, Session, SignInEvent
from facility.domain.role import Role
from facility.domain.throttle import Attempts


class Passwords(Protocol):
    """A slow, salted hash; safe to share by threads, with few hashes at a time."""

    def hash(self, password: str) -> str:
        """A hash to keep."""
        ...

    def verify(self, password: str, kept: str) -> bool:
        """The password belongs to this hash. An empty hash takes as long and is never right."""
        ...

    def outdated(self, kept: str) -> bool:
        """The hash was made with weaker parameters than today's."""
        ...


class Accounts(Protocol):
    """Those who may sign in."""

    def all(self) -> list[Account]:
        """By login."""
        ...

    def get(self, account: int) -> Account:
        """NotFound."""
        ...

    def by_login(self, login: str) -> Account | None:
        """The account of a plain login."""
        ...

    def add(self, account: Account) -> Account:
        """With its id; Conflict when the login is taken."""
        ...

    def set_password(self, account: int, password: str, at: datetime, *, must_change: bool) -> None:
        """Another hash."""
        ...

    def set_roles(self, account: int, roles: frozenset[Role]) -> None:
        """Other roles of its own."""
        ...

    def set_disabled(self, account: int, disabled: bool) -> None:
        """Close or open it."""
        ...


class Sessions(Protocol):
    """Browsers that are signed in."""

    def add(self, session: Session) -> Session:
        """With its id."""
        ...

    def find(self, token_hash: str) -> Session | None:
        """The session behind a token."""
        ...

    def of(self, account: int) -> list[Session]:
        """All sessions of an account, last used first."""
        ...

    def seen(self, session: int, at: datetime) -> None:
        """It was used."""
        ...

    def end(self, session: int, account: int) -> bool:
        """Remove one of this account's; False when it has none of that number."""
        ...

    def end_all(self, account: int) -> int:
        """Remove all of an account; how many."""
        ...

    def end_old(self, seen_before: datetime, expired_before: datetime) -> int:
        """Remove what nobody can use any more; how many."""
        ...


class ApiKeys(Protocol):
    """Keys of machines."""

    def all(self) -> list[ApiKey]:
        """Newest first."""
        ...

    def find(self, key_hash: str) -> ApiKey | None:
        """The key behind a hash."""
        ...

    def add(self, key: ApiKey) -> ApiKey:
        """With its id."""
        ...

    def used(self, key: int, at: datetime) -> None:
        """It was used."""
        ...

    def revoke(self, key: int, at: datetime) -> ApiKey:
        """No longer valid from now on; NotFound."""
        ...


class SignIns(Protocol):
    """The record of signing in, and the attempts that slow guessing down."""

    def note(self, event: SignInEvent) -> None:
        """One more line."""
        ...

    def recent(self, count: int, login: str = "") -> list[SignInEvent]:
        """Newest first; `login`: of one account alone."""
        ...

    def last_signed_in(self) -> Mapping[str, datetime]:
        """By login: when it last signed in, as far as the record goes back."""
        ...

    def attempts(self, subject: str) -> Attempts | None:
        """What is known of an account or an address."""
        ...

    def set_attempts(self, subject: str, attempts: Attempts | None) -> None:
        """Remember, or forget."""
        ...

    def forget(self, events_before: datetime, attempts_before: datetime) -> None:
        """Remove old lines and old attempts."""
        ...
