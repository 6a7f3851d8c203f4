"""Certificates of assets: what must be tested or renewed by a day, and each renewal that a person entered."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=60)  # a certificate that expires within it is marked


class Standing(StrEnum):
    """How a certificate stands on a day."""

    EXPIRED = "expired"
    SOON = "soon"
    VALID = "valid"


@dataclass(frozen=True, slots=True)
class Renewal:
    """A new certificate, as a person entered it. `id` is 0 until stored."""

    id: int
    asset: str
    kind: str
    expires: date
    number: str
    document: str  # its name or address
    person: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it is in force. `renewal`: the one that says so; None: the site file does."""

    asset: str
    kind: str
    expires: date
    renewal: Renewal | None = None

    def standing(self, today: date) -> Standing:
        """It is valid on its last day."""
        if self.expires < today:
            return Standing.EXPIRED
        return Standing.SOON if self.expires <= today + SOON else Standing.VALID
