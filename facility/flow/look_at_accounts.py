"""Look at accounts: whose each is, what it may, where it is signed in, and how it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.account import CONSOLE, Account, Lifetime, Session
from facility.domain.asset import Site
from facility.domain.person import Person
from facility.domain.role import Role
from facility.domain.throttle import account_pause
from facility.flow.recognise import person_of, roles_of
from facility.flow.sign_in import subjects
from facility.ports import WorkUnit


class AccountState(StrEnum):
    """How an account stands; what hinders signing in comes first."""

    DISABLED = "disabled"
    PAUSED = "paused"  # somebody guesses at it
    MUST_CHANGE = "must_change"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class AccountReport:
    """An account with all that belongs to it. `roles`: its own and those of its person's positions; `pause`: nought for none."""

    account: Account
    person: Person | None
    roles: tuple[Role, ...]
    sessions: tuple[Session, ...]
    signed_in_at: datetime | None
    pause: timedelta

    @property
    def name(self) -> str:
        """The person's, else its own."""
        return self.person.name if self.person else self.account.name

    @property
    def state(self) -> AccountState:
        """How it stands."""
        if self.account.disabled:
            return AccountState.DISABLED
        if self.pause:
            return AccountState.PAUSED
        return AccountState.MUST_CHANGE if self.account.must_change else AccountState.OPEN


def look_at_accounts(
    site: Site, unit: WorkUnit, accounts: Iterable[Account], lifetime: Lifetime, now: datetime
) -> list[AccountReport]:
    """In the given order; sessions last used first."""
    last = unit.sign_ins.last_signed_in()
    found = []
    for account in accounts:
        person = person_of(unit, account)
        roles = roles_of(site, account, person)
        sessions = tuple(one for one in unit.sessions.of(account.id) if lifetime.holds(one, now))
        pause = account_pause(unit.sign_ins.attempts(subjects(account.login, CONSOLE)[0]), now)
        shown = tuple(role for role in Role if role in roles)
        found.append(AccountReport(account, person, shown, sessions, last.get(account.login), pause))
    return found
