"""How guessing is slowed down: a growing pause for each account, a bucket of attempts for each address. Both are rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE = 3  # failures in a row that cost nothing: everybody mistypes
LONGEST_PAUSE = timedelta(seconds=60)  # short enough that a stranger cannot keep somebody out for long
FORGOTTEN = timedelta(hours=12)
ROOM = 30  # attempts that an address may make at once: an office behind one address
REFILL = timedelta(seconds=10)  # one more attempt


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failures in a row of an account, or attempts that an address has used up; `at`: the last one."""

    count: float
    at: datetime


def account_pause(known: Attempts | None, now: datetime) -> timedelta:
    """How long this account's next attempt must still wait; nothing for the first failures. A clock set back makes no longer pause."""
    if known is None or known.count < FREE or now - known.at > FORGOTTEN:
        return timedelta(0)
    pause = min(LONGEST_PAUSE, timedelta(seconds=2.0 ** min(known.count - FREE, 10)))
    return max(timedelta(0), min(pause, known.at + pause - now))


def account_failed(known: Attempts | None, now: datetime) -> Attempts:
    """One more failure in a row."""
    fresh = known is None or now - known.at > FORGOTTEN
    return Attempts(1.0 if fresh or known is None else known.count + 1, now)


def address_pause(known: Attempts | None, now: datetime) -> timedelta:
    """How long this address must still wait until its bucket has room for an attempt."""
    over = _used(known, now) - (ROOM - 1)
    return timedelta(0) if over <= 0 else over * REFILL


def address_tried(known: Attempts | None, now: datetime) -> Attempts:
    """One more attempt from this address."""
    return Attempts(_used(known, now) + 1, now)


def worth_a_row(count: float) -> bool:
    """Refusals in a row that the audit tells of: the first, the one that begins a pause, then the 10th, 100th, 1000th …

    So a million guesses are eight rows of a chain that nobody may shorten.
    """
    return count in (1, FREE) or (count >= 10 and str(int(count)).strip("0") == "1")


def _used(known: Attempts | None, now: datetime) -> float:
    if known is None:
        return 0.0
    return max(0.0, known.count - max(timedelta(0), now - known.at) / REFILL)
