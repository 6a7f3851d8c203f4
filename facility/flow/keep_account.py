"""Make accounts, change their passwords and roles, close, open and unlock them."""

import secrets
from datetime import datetime

from facility.domain.account import Account, Identity, Lifetime, SignInStep, Visit, password_fault, plain_login
from facility.domain.errors import Conflict, NotFound, Refusal
from facility.domain.role import GIVEN, Role
from facility.flow.record_account import note
from facility.flow.sign_in import open_session, proved, require_unchanged, subjects
from facility.ports import Clock, Passwords, Work, WorkUnit

SPOKEN = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody takes for one another."""


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


class AccountRefused(Refusal):
    """What cannot be done with an account; `reason` is a key of UNFIT, with its parameters."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(UNFIT[reason].format(**params))
        self.reason, self.params = reason, params


UNFIT = {
    "login": "{login!r} cannot be a login. Use letters and digits without blanks, such as li-wei",
    "post": "the role {role} comes with a position. Let the person fill one (facility people import), or give one of {given}",
    "blind": "nobody is called {login} and no role is given: the account could see nothing. "
    "Name the person (--person) or a role (--role system_administrator)",
    "taken": "there is an account {login} already. Reset its password: facility accounts reset-password",
    "last": "{login} is the last system administrator. Give another open account that role first",
}


def check_account(unit: WorkUnit, login: str, roles: frozenset[Role], person: str = "") -> int:
    """The number of the person that a new account belongs to (default: of the same login), 0: nobody. AccountRefused, NotFound."""
    people = {one.login: one.id for one in unit.people.all()}
    if person and person not in people:
        raise NotFound("person", person)
    owner = people.get(person or plain_login(login), 0)
    _check_roles(roles)
    if not roles and not owner:
        raise AccountRefused("blind", login=login)
    if unit.accounts.by_login(plain_login(login)):
        raise AccountRefused("taken", login=plain_login(login))
    return owner


def check_password(password: str, login: str) -> None:
    """PasswordRefused."""
    reason = password_fault(password, plain_login(login))
    if reason:
        raise PasswordRefused(reason)


def one_time_password() -> str:
    """A password to hand over, easily read aloud; it must be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(SPOKEN) for _ in range(4)) for _ in range(4))


def new_account(
    login: str, hashed: str, now: datetime, *, name: str, roles: frozenset[Role], person: int = 0, must_change: bool
) -> Account:
    """An account that is not stored yet; AccountRefused."""
    plain = plain_login(login)
    if not plain or any(letter.isspace() for letter in plain):
        raise AccountRefused("login", login=login)
    return Account(0, plain, name.strip() or plain, person, roles, hashed, must_change, False, now, now)


def create_account(unit: WorkUnit, account: Account, visit: Visit, step: SignInStep = SignInStep.CREATED) -> Account:
    """Store it; Conflict when the login is taken."""
    made = unit.accounts.add(account)
    note(unit, step, made, visit, made.made_at, ", ".join(sorted(made.roles)))
    return made


def create_first(unit: WorkUnit, account: Account, visit: Visit) -> Account:
    """The very first account; Conflict when there is one already."""
    if unit.accounts.all():
        raise Conflict("there is an account already; sign in with it")
    return create_account(unit, account, visit, SignInStep.FIRST_CREATED)


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
        note(unit, SignInStep.PASSWORD_CHANGED, account, visit, now)
        return open_session(unit, account.id, lifetime, visit, now)


def reset_password(unit: WorkUnit, login: str, hashed: str, now: datetime, *, must_change: bool, visit: Visit) -> None:
    """Another password for somebody, who must change it at the next sign-in; ends all sessions. NotFound."""
    account = account_named(unit, login)
    unit.accounts.set_password(account.id, hashed, now, must_change=must_change)
    unit.sessions.end_all(account.id)
    note(unit, SignInStep.PASSWORD_RESET, account, visit, now)


def set_disabled(unit: WorkUnit, login: str, disabled: bool, now: datetime, visit: Visit) -> None:
    """Close an account and end its sessions, or open it again. NotFound; AccountRefused for the last system administrator."""
    account = account_named(unit, login)
    if disabled:
        _require_another(unit, account)
    unit.accounts.set_disabled(account.id, disabled)
    if disabled:
        unit.sessions.end_all(account.id)
    note(unit, SignInStep.DISABLED if disabled else SignInStep.ENABLED, account, visit, now)


def change_roles(unit: WorkUnit, login: str, roles: frozenset[Role], now: datetime, visit: Visit) -> None:
    """Other roles of the account itself, at once; those of its person's positions stay. NotFound, AccountRefused."""
    account = account_named(unit, login)
    _check_roles(roles)
    if not roles and not account.person:
        raise AccountRefused("blind", login=account.login)
    if Role.SYSTEM_ADMINISTRATOR not in roles:
        _require_another(unit, account)
    unit.accounts.set_roles(account.id, roles)
    note(unit, SignInStep.ROLES_CHANGED, account, visit, now, ", ".join(sorted(roles)))


def unlock(unit: WorkUnit, login: str, now: datetime, visit: Visit) -> None:
    """Forget the failures in a row: the next attempt counts at once. NotFound."""
    account = account_named(unit, login)
    unit.sign_ins.set_attempts(subjects(account.login, visit)[0], None)
    note(unit, SignInStep.UNLOCKED, account, visit, now)


def _check_roles(roles: frozenset[Role]) -> None:
    posts = sorted(roles - GIVEN)
    if posts:
        raise AccountRefused("post", role=posts[0], given=", ".join(sorted(GIVEN)))


def _require_another(unit: WorkUnit, account: Account) -> None:
    """Somebody must be left who can give accounts; a role that comes with a position may go with it."""
    others = (one for one in unit.accounts.all() if one.id != account.id and not one.disabled)
    mine = Role.SYSTEM_ADMINISTRATOR in account.roles and not account.disabled
    if mine and not any(Role.SYSTEM_ADMINISTRATOR in one.roles for one in others):
        raise AccountRefused("last", login=account.login)


def account_named(unit: WorkUnit, login: str) -> Account:
    """NotFound."""
    found = unit.accounts.by_login(plain_login(login))
    if found is None:
        raise NotFound("account", login)
    return found
