"""A valve whose position is told by two contacts, one at each end."""

from facility.domain.asset import Asset
from simulators.plant.device import STEP, Physical

TURNS = 8.0  # s from one end to the other


class Valve:
    """A valve that people turn; normally open."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.wanted = 1.0  # where it is being turned to: 1 open, 0 closed
        self.open = 1.0  # share of its way

    @property
    def passes(self) -> bool:
        """Water gets through."""
        return self.open > 0.05

    def step(self) -> None:
        """Turn it a little."""
        change = STEP / TURNS
        self.open += max(-change, min(change, self.wanted - self.open))

    def values(self) -> dict[str, Physical]:
        """Points of a valve with two contacts."""
        at_open, at_closed = self.open > 0.98, self.open < 0.02
        return {
            "open_contact": at_open,
            "closed_contact": at_closed,
            "position": "open" if at_open else "closed" if at_closed else "between",
        }
