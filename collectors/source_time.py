"""The one rule for times that a device sends with its samples, whatever the wire: which of them are believed."""

from facility.clock import PLAUSIBLE
from facility.domain.moment import SECOND

AHEAD = 60 * SECOND  # a clock may run ahead of ours by so much
EARLIEST = round(PLAUSIBLE) * SECOND  # an earlier time is that of a clock that was never set


def believable(source: int | None, received: int) -> int | None:
    """The source time (Unix ns); None when there is none, it lies in the future or before any device could have sent it."""
    if source is None or not EARLIEST <= source <= received + AHEAD:
        return None
    return source
