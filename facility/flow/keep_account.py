"""Make accounts, change and reset passwords, close and open accounts."""

from datetime import datetime

from facility.domain.account import Account, Identity, Lifetime, SignInStep, password_fault, plain_login
from facility.domain.errors import Conflict, NotFound, Refusal
from facility.domain.role import Role
from facility.flow.sign_in import Visit, note, open_session, proved, require_unchanged
from facility.ports import Clock, Passwords, Work, WorkUnit

CONSOLE = Visit("console")
"""Whoever may run commands on the machine itself."""


class PasswordRefused(Refusal):
    """A password that cannot be taken; `reason` is that of `password_fault`, or `same`."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


REASONS = {
    "too_short": "the password is too short. Take 10 characters or more, a few words for example",
    "too_long": "the password is longer than 200 characters",
    "too_plain": "the password is too easy to guess. Take a few words instead",
    "same": "the new password is the old one",
    "like_login": "the password is too much like the login. Take a few words instead",
}


def check_password(password: str, login: str) -> None:
    """PasswordRefused."""
    reason = password_fault(password, plain_login(login))
    if reason:
        raise PasswordRefused(reason)


def new_account(
    login: str, hashed: str, now: datetime, *, name: str, roles: frozenset[Role], person: int = 0, must_change: bool
) -> Account:
    """An account that is not stored yet; Refusal when the login is empty."""
    plain = plain_login(login)
    if not plain or any(letter.isspace() for letter in plain):
        raise Refusal(f"{login!r} cannot be a login. Use letters and digits without blanks, such as li-wei")
    return Account(0, plain, name.strip() or plain, person, roles, hashed, must_change, False, now, now)


def create_account(unit: WorkUnit, account: Account, visit: Visit) -> Account:
    """Store it; Conflict when the login is taken."""
    made = unit.accounts.add(account)
    note(unit, SignInStep.CREATED, made.login, visit, made.made_at, ", ".join(sorted(made.roles)))
    return made


def create_first(unit: WorkUnit, account: Account, visit: Visit) -> Account:
    """The very first account; Conflict when there is one already."""
    if unit.accounts.all():
        raise Conflict("there is an account already; sign in with it")
    return create_account(unit, account, visit)


def change_password(
    work: Work,
    passwords: Passwords,
    clock: Clock,
    lifetime: Lifetime,
    who: Identity,
    *,
    old: str,
    new: str,
    visit: Visit,
) -> str:
    """Change one's own password; ends all sessions, and gives the token of a new one. SignInRefused, PasswordRefused."""
    if who.account is None:
        raise NotFound("account", who.name)
    check_password(new, who.account.login)
    if new == old:
        raise PasswordRefused("same")
    account = proved(work, passwords, clock, login=who.account.login, password=old, visit=visit)
    hashed, now = passwords.hash(new), clock.now()
    with work.writing() as unit:
        require_unchanged(unit, account)
        unit.accounts.set_password(account.id, hashed, now, must_change=False)
        unit.sessions.end_all(account.id)
        note(unit, SignInStep.PASSWORD_CHANGED, account.login, visit, now)
        return open_session(unit, account.id, lifetime, visit, now)


def reset_password(unit: WorkUnit, login: str, hashed: str, now: datetime, *, must_change: bool, visit: Visit) -> None:
    """Another password for somebody, who must change it at the next sign-in; ends all sessions. NotFound."""
    account = account_named(unit, login)
    unit.accounts.set_password(account.id, hashed, now, must_change=must_change)
    unit.sessions.end_all(account.id)
    note(unit, SignInStep.PASSWORD_RESET, account.login, visit, now)


def set_disabled(unit: WorkUnit, login: str, disabled: bool, now: datetime, visit: Visit) -> None:
    """Close an account and end its sessions, or open it again. NotFound."""
    account = account_named(unit, login)
    unit.accounts.set_disabled(account.id, disabled)
    if disabled:
        unit.sessions.end_all(account.id)
    note(unit, SignInStep.DISABLED if disabled else SignInStep.ENABLED, account.login, visit, now)


def account_named(unit: WorkUnit, login: str) -> Account:
    """NotFound."""
    found = unit.accounts.by_login(plain_login(login))
    if found is None:
        raise NotFound("account", login)
    return found
