"""The port of what figures about alerts are made of."""

from datetime import datetime
from typing import Protocol

from facility.domain.alert_figures import Flood, Onset, Told


class AlertRecords(Protocol):
    """Alerts, onsets and floods of a period, for counting."""

    def raised(self, since: datetime, until: datetime) -> list[Told]:
        """Alerts raised in [since, until) with their deadlines, oldest first."""
        ...

    def count_raised(self, since: datetime) -> int:
        """How many alerts were raised after `since`."""
        ...

    def active_since(self, before: datetime) -> list[Told]:
        """Alerts that are active now and whose onset is at or before `before`; oldest first."""
        ...

    def onsets(self, since: datetime, until: datetime) -> list[Onset]:
        """Conditions whose onset lies in [since, until), by asset and rule, oldest first."""
        ...

    def floods(self, since: datetime, until: datetime) -> list[Flood]:
        """Floods that touch the period, oldest first."""
        ...

    def flood(self) -> Flood | None:
        """The flood that has not ended."""
        ...

    def begin_flood(self, at: datetime, peak: int) -> Flood:
        """Store that a flood began; the one that has not ended if there is one."""
        ...

    def change_flood(self, flood: Flood) -> None:
        """Store its new peak or its end; NotFound."""
        ...
