"""Sign out: this browser, another one, or all of them."""

from datetime import datetime

from facility.domain.account import Account, SignInStep, Visit
from facility.domain.errors import NotFound
from facility.flow.record_account import note
from facility.ports import WorkUnit


def sign_out(unit: WorkUnit, account: Account, session: int, visit: Visit, now: datetime) -> None:
    """End one session of this account; NotFound when it has no such session."""
    if not unit.sessions.end(session, account.id):
        raise NotFound("session", session)
    note(unit, SignInStep.SIGNED_OUT, account, visit, now)


def sign_out_everywhere(unit: WorkUnit, account: Account, visit: Visit, now: datetime) -> int:
    """End all sessions of this account; how many there were."""
    ended = unit.sessions.end_all(account.id)
    note(unit, SignInStep.SIGNED_OUT_EVERYWHERE, account, visit, now, str(ended))
    return ended
