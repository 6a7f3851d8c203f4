"""A reading: one value of one point, with its quality and the time at which it was acquired."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Value = float | str


class Quality(StrEnum):
    """GOOD: measured and plausible. STALE: was good, is too old. BAD: there is no value, and a reason."""

    GOOD = "good"
    STALE = "stale"
    BAD = "bad"


class BadReason(StrEnum):
    """Why a point has no value. Unknown is never normal; an error is never 0."""

    NONE = ""
    TIMEOUT = "timeout"
    REFUSED = "refused"  # the device answered with an exception
    SENTINEL = "sentinel"  # the device says: not available
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"  # outside the measuring range
    UNKNOWN_LABEL = "unknown_label"  # an enum code without a label
    BAD_PAYLOAD = "bad_payload"  # a message that cannot be read
    RATIO_UNKNOWN = "ratio_unknown"  # a ratio that the value is multiplied by has no good value itself
    COMM_LOST = "comm_lost"


@dataclass(frozen=True, slots=True)
class Reading:
    """One value: a float for numbers and bits (0.0 or 1.0), the label's key for enums, text otherwise; None unless GOOD."""

    asset: str
    point: str
    value: Value | None
    quality: Quality
    reason: BadReason
    at: datetime
    retained: bool = False  # an MQTT retained message: its age is unknown, it never starts a condition
