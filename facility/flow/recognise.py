"""Recognise who asks: the session behind a cookie, or the key of a machine."""

from datetime import datetime, timedelta

from facility.domain.account import Account, Identity, Lifetime, hash_of
from facility.domain.asset import Site
from facility.domain.errors import NotFound
from facility.domain.person import Person
from facility.domain.role import Role
from facility.ports import WorkUnit

NOTED_EVERY = timedelta(minutes=1)
"""A session's last use is written so often at most: reading a page must not become a write each time."""


def recognise_session(site: Site, unit: WorkUnit, token: str, lifetime: Lifetime, now: datetime) -> Identity | None:
    """Who is signed in with this token; None when the session ended, expired, was not used for too long, or its account is closed."""
    session = unit.sessions.find(hash_of(token))
    if session is None or not lifetime.holds(session, now):
        return None
    account = unit.accounts.get(session.account)
    if account.disabled:
        return None
    person = person_of(unit, account)
    roles = roles_of(site, account, person)
    return Identity(person.name if person else account.name, roles, frozenset(), account, session, person)


def recognise_key(unit: WorkUnit, token: str, now: datetime) -> tuple[Identity, int] | None:
    """The machine with this key, and the key's number when its use is to be noted (0 otherwise); None for no valid key."""
    key = unit.api_keys.find(hash_of(token))
    if key is None or not key.valid_at(now):
        return None
    stale = key.used_at is None or now - key.used_at >= NOTED_EVERY
    return Identity(key.name, scopes=key.scopes), key.id if stale else 0


def person_of(unit: WorkUnit, account: Account) -> Person | None:
    """The person of an account."""
    if not account.person:
        return None
    try:
        return unit.people.get(account.person)
    except NotFound:
        return None


def roles_of(site: Site, account: Account, person: Person | None) -> frozenset[Role]:
    """Its own roles, and those of the positions that its person fills now."""
    held = person.positions if person else ()
    return account.roles | {site.positions[name].role for name in held if name in site.positions}
