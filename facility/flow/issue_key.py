"""Issue and revoke the keys of machines."""

import secrets
from datetime import datetime, timedelta

from facility.domain.account import ApiKey, Scope, SignInStep, Visit, hash_of
from facility.domain.errors import Unfit
from facility.flow.record_account import note_key
from facility.ports import WorkUnit

LONGEST = timedelta(days=1096)
"""Every key ends."""

PREFIX = "fk_"
"""Every key begins with it, so that scanners for leaked secrets know one when they see it."""


def issue_key(
    unit: WorkUnit, name: str, scopes: frozenset[Scope], valid: timedelta, now: datetime, visit: Visit
) -> tuple[ApiKey, str]:
    """A new key and its token, which is never shown again; Unfit."""
    if not name.strip():
        raise Unfit("name", "key_name_empty", "is missing; say which machine it is for")
    if not scopes:
        raise Unfit("scope", "key_scope_empty", f"is missing; choose of {', '.join(Scope)}")
    if not timedelta(0) < valid <= LONGEST:
        raise Unfit("days", "key_days", f"must be 1 to {LONGEST.days}", most=LONGEST.days)
    token = PREFIX + secrets.token_urlsafe(32)
    key = unit.api_keys.add(ApiKey(0, name.strip(), hash_of(token), scopes, now, now + valid))
    note_key(unit, SignInStep.KEY_MADE, key, visit, now)
    return key, token


def revoke_key(unit: WorkUnit, number: int, now: datetime, visit: Visit) -> ApiKey:
    """No longer valid; NotFound."""
    key = unit.api_keys.revoke(number, now)
    note_key(unit, SignInStep.KEY_REVOKED, key, visit, now)
    return key
