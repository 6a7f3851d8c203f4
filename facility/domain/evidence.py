"""What belongs to an order beside its steps: photos, and what was used and paid for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

MOST_PHOTOS = 30
"""Of one order."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of an order, of a line of its checklist where `line` says so. `id` is 0 until stored. The picture is kept beside it."""

    id: int
    order: int
    key: str  # made by the phone: the same photo sent twice is kept once
    line: str
    width: int  # pixels
    height: int
    size: int  # bytes
    sha256: str
    person: int
    at: datetime


class UsedKind(StrEnum):
    """What can be used or charged."""

    PART = "part"
    MATERIAL = "material"
    LABOUR = "labour"  # paid in-home work


@dataclass(frozen=True, slots=True)
class Used:
    """A part, material or paid work of an order. `price`: of one unit, in fen; `charged`: the resident pays it.

    Struck rows stay, with who and when, and count for nothing.
    """

    id: int
    order: int
    key: str
    kind: UsedKind
    name: str
    quantity: Decimal
    unit: str
    price: int
    charged: bool
    person: int
    at: datetime
    struck_by: int | None = None
    struck_at: datetime | None = None

    @property
    def cost(self) -> int:
        """Fen, half a fen up."""
        if self.struck_at is not None:
            return 0
        return int((self.quantity * self.price).to_integral_value("ROUND_HALF_UP"))
