"""The port of consequences that are told by their cause's alert."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from facility.domain.fold import Fold


class Folds(Protocol):
    """Consequences; one row that has not ended a rule of an asset."""

    def add(self, fold: Fold) -> bool:
        """Store a new one; False when one that has not ended exists for (asset, rule)."""
        ...

    def change(self, fold: Fold) -> None:
        """Store its new state; NotFound."""
        ...

    def unended(self) -> list[Fold]:
        """Those whose condition is not over, released ones among them; oldest first."""
        ...

    def of_cause(self, alert: int, limit: int) -> list[Fold]:
        """What an alert tells of, latest first."""
        ...

    def of_alerts(self, alerts: Collection[int]) -> dict[int, int]:
        """How many conditions each of these alerts hides now; those that hide none are left out."""
        ...

    def told(self, asset: str, rule: str, onset: datetime) -> bool:
        """Was the condition of this onset told by its cause until it ended?"""
        ...
