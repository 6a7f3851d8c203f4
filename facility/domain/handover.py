"""The shift handover log (交接班记录): what happened in a shift, who handed it over and who took it over; signed, it never changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from facility.domain.text import Title

SECTIONS = ("alerts", "opened", "closed", "open", "out_of_service")
"""What the facts of a shift are listed under."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An alert, an order or an asset out of service, as it stood when the shift was handed over."""

    number: int
    title_id: str  # kind of alert, plan, or reason
    asset: str
    state: str
    at: datetime
    level: int = 0  # of an alert
    subject: Title | None = None
    place: str = ""


Facts = Mapping[str, tuple[Happening, ...]]


@dataclass(frozen=True, slots=True)
class Handover:
    """One shift of one position. It is signed by who hands over when it is made, and by who takes over later. `id` is 0 until stored."""

    id: int
    position: str
    day: date
    shift: str
    begins_at: datetime
    ends_at: datetime
    giver: int
    given_at: datetime
    words: str
    facts: Facts = field(default_factory=dict)
    taker: int | None = None
    taken_at: datetime | None = None
    taken_words: str = ""


@dataclass(frozen=True, slots=True)
class Addition:
    """A correction: the record itself stays as it was signed. Unique by `key`."""

    handover: int
    key: str
    at: datetime
    person: int
    words: str
