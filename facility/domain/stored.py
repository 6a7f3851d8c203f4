"""What history holds of an asset at one time: values that were written, and qualities that changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from facility.domain.reading import Value

GOOD = "good"
GONE = "bad:comm_lost"


@dataclass(frozen=True, slots=True)
class Stored:
    """One line of an asset, as it was written. A point within its deadband is left out, but each good one comes once a minute."""

    at: int  # Unix nanoseconds
    values: Mapping[str, Value]
    qualities: Mapping[str, str]  # good, stale, bad:<reason>; a point without one is what it was
