"""What is recorded of accounts: a line with address and browser, which is forgotten; a row of the audit without them, which stays."""

from datetime import datetime

from facility.domain.account import CONSOLE, Account, ApiKey, SignInEvent, SignInStep, Visit
from facility.domain.throttle import FREE, account_failed, worth_a_row
from facility.ports import WorkUnit


def note(unit: WorkUnit, step: SignInStep, account: Account, visit: Visit, at: datetime, detail: str = "") -> None:
    """What was done with an account: by whoever acts in this visit, else by its owner."""
    _line(unit, step, account.login, visit, at, detail)
    said = {"detail": detail} if detail else {}
    person, by = acting(visit, account)
    unit.audit.note(at, person, f"account.{step}", f"account:{account.id}", {**said, "by": by})


def note_key(unit: WorkUnit, step: SignInStep, key: ApiKey, visit: Visit, at: datetime) -> None:
    """What was done with a machine's key."""
    scopes = ", ".join(sorted(key.scopes))
    _line(unit, step, "", visit, at, f"{key.id} {key.name}: {scopes}")
    person, by = acting(visit)
    unit.audit.note(
        at, person, step.value.replace("_", "."), f"key:{key.id}", {"name": key.name, "scopes": scopes, "by": by}
    )


def note_refusal(
    unit: WorkUnit, step: SignInStep, account: Account | None, in_a_row: float, visit: Visit, at: datetime
) -> None:
    """Somebody was not let in. Each refusal is a line; the audit folds a row of them (`worth_a_row`).

    `in_a_row`: the account's failures. Those at no account, and those that were not even tried, are counted for the whole site.
    """
    closed = account is not None and account.disabled and step is SignInStep.FAILED
    _line(unit, step, account.login if account else "", visit, at, "disabled" if closed else "")
    if account is not None and step is SignInStep.FAILED:
        action, subject = ("account.paused" if in_a_row == FREE else "account.failed"), f"account:{account.id}"
    else:
        action, subject = f"sign_in.{step}", "sign_in"
        counter = f"refused:{step}"
        counted = account_failed(unit.sign_ins.attempts(counter), at)
        unit.sign_ins.set_attempts(counter, counted)
        in_a_row = counted.count
    if worth_a_row(in_a_row):
        unit.audit.note(at, None, action, subject, {"in_a_row": int(in_a_row)})


def acting(visit: Visit, owner: Account | None = None) -> tuple[int | None, str]:
    """Who acts, for the audit: the person, and by which account or at the machine itself; an account may belong to nobody.

    `owner`: who acts when nobody is recognised yet.
    """
    if visit.account:
        return visit.person, f"account:{visit.account}"
    if visit == CONSOLE or owner is None:
        return None, visit.address if visit == CONSOLE else ""
    return owner.person or None, f"account:{owner.id}"


def _line(unit: WorkUnit, step: SignInStep, login: str, visit: Visit, at: datetime, detail: str) -> None:
    unit.sign_ins.note(SignInEvent(at, step, login, visit.address, visit.agent[:300], detail))
