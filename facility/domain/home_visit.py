"""A home visit: one vacant home on the list of an order's monthly round."""

from dataclasses import dataclass
from datetime import datetime

from facility.domain.home import Address


@dataclass(frozen=True, slots=True)
class HomeVisit:
    """As it was listed when the order was opened. `left_out_at`: when the register said that somebody lives there again."""

    order: int
    home: int
    address: Address
    left_out_at: datetime | None = None
