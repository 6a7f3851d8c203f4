"""Sign in with login and password: guessing is slowed down, nothing tells whether a login exists, everything is recorded."""

import ipaddress
import secrets
from datetime import datetime, timedelta

from facility.domain.account import (
    LONGEST_PASSWORD,
    Account,
    Lifetime,
    Session,
    SignInStep,
    Visit,
    hash_of,
    plain_login,
)
from facility.domain.errors import Refusal
from facility.domain.throttle import (
    FORGOTTEN,
    account_failed,
    account_pause,
    address_pause,
    address_tried,
)
from facility.flow.record_account import note, note_refusal
from facility.ports import Clock, Passwords, Work, WorkUnit

KEPT = timedelta(days=400)
"""How long the record is kept."""


class SignInRefused(Refusal):
    """Wrong login or password (`wait` is nought), or too many attempts: nothing was tried, and `wait` says when to try again."""

    def __init__(self, wait: timedelta = timedelta(0)) -> None:
        super().__init__("too many attempts" if wait else "login or password is wrong")
        self.wait = wait


def sign_in(
    work: Work, passwords: Passwords, clock: Clock, lifetime: Lifetime, *, login: str, password: str, visit: Visit
) -> str:
    """The token of a new session; SignInRefused."""
    account = proved(work, passwords, clock, login=login, password=password, visit=visit)
    fresh = passwords.hash(password) if passwords.outdated(account.password) else ""
    now = clock.now()
    with work.writing() as unit:
        require_unchanged(unit, account)
        if fresh:
            unit.accounts.set_password(account.id, fresh, account.changed_at, must_change=account.must_change)
        unit.sessions.end_old(now - lifetime.idle, now)
        unit.sign_ins.forget(now - KEPT, now - FORGOTTEN * 2)
        note(unit, SignInStep.SIGNED_IN, account, visit, now)
        return open_session(unit, account.id, lifetime, visit, now)


def proved(work: Work, passwords: Passwords, clock: Clock, *, login: str, password: str, visit: Visit) -> Account:
    """The account whose password this is; SignInRefused. The attempt is counted before it is judged, so that many at once gain nothing."""
    name = plain_login(login)
    of_account, of_address = subjects(name, visit)
    now = clock.now()
    with work.writing() as unit:
        wait, failures = _take_attempt(unit, of_account, of_address, now)
        found = unit.accounts.by_login(name)
        if wait:
            note_refusal(unit, SignInStep.HELD_OFF, found, failures, visit, now)
    if wait:
        raise SignInRefused(wait)
    usable = found if found is not None and not found.disabled else None
    right = passwords.verify(password[: LONGEST_PASSWORD + 1], usable.password if usable else "")
    with work.writing() as unit:
        if not right or usable is None:
            note_refusal(unit, SignInStep.FAILED, found, failures, visit, clock.now())
        else:
            unit.sign_ins.set_attempts(of_account, None)
    if not right or usable is None:
        raise SignInRefused
    return usable


def require_unchanged(unit: WorkUnit, account: Account) -> None:
    """SignInRefused when the account was closed, or got another password, while ours was being judged."""
    current = unit.accounts.get(account.id)
    if current.disabled or current.password != account.password:
        raise SignInRefused


def open_session(unit: WorkUnit, account: int, lifetime: Lifetime, visit: Visit, now: datetime) -> str:
    """A new session's token."""
    token = secrets.token_urlsafe(32)
    agent = visit.agent[:300]
    unit.sessions.add(Session(0, account, hash_of(token), now, now, now + lifetime.whole, visit.address, agent))
    return token


def take_address_attempt(unit: WorkUnit, visit: Visit, now: datetime) -> timedelta:
    """Count an attempt of this address; how long it must wait instead, nothing when it may try."""
    subject = subjects("", visit)[1]
    known = unit.sign_ins.attempts(subject)
    wait = address_pause(known, now)
    if not wait:
        unit.sign_ins.set_attempts(subject, address_tried(known, now))
    return wait


def subjects(login: str, visit: Visit) -> tuple[str, str]:
    """Under which names attempts are counted: the login as a hash (it may be a password typed into the wrong field), the address."""
    return f"account:{hash_of(login)[:32]}", f"address:{network_of(visit.address)}"


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: a single machine has all of that."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def _take_attempt(unit: WorkUnit, of_account: str, of_address: str, now: datetime) -> tuple[timedelta, float]:
    """How long to wait; without a wait the attempt is counted as a failure until it is judged. The failures in a row."""
    account, address = unit.sign_ins.attempts(of_account), unit.sign_ins.attempts(of_address)
    wait = max(account_pause(account, now), address_pause(address, now))
    if wait:
        return wait, account.count if account else 0.0
    failed = account_failed(account, now)
    unit.sign_ins.set_attempts(of_account, failed)
    unit.sign_ins.set_attempts(of_address, address_tried(address, now))
    return wait, failed.count
