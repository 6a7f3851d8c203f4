"""Sign out: this browser, another one, or all of them."""

from datetime import datetime

from facility.domain.account import Account, SignInStep
from facility.domain.errors import NotFound
from facility.flow.sign_in import Visit, note
from facility.ports import WorkUnit


def sign_out(unit: WorkUnit, account: Account, session: int, visit: Visit, now: datetime) -> None:
    """End one session of this account; NotFound when it has no such session."""
    if not unit.sessions.end(session, account.id):
        raise NotFound("session", session)
    note(unit, SignInStep.SIGNED_OUT, account.login, visit, now)


def sign_out_everywhere(unit: WorkUnit, account: Account, visit: Visit, now: datetime) -> int:
    """End all sessions of this account; how many there were."""
    ended = unit.sessions.end_all(account.id)
    note(unit, SignInStep.SIGNED_OUT_EVERYWHERE, account.login, visit, now, str(ended))
    return ended
