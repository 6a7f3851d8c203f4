"""The port of plan switches."""

from collections.abc import Mapping
from typing import Protocol

from facility.domain.plan_switch import PlanSwitch


class PlanSwitches(Protocol):
    """Which plans people have switched off or on; the last one of each counts, the audit has all."""

    def all(self) -> Mapping[str, PlanSwitch]:
        """By plan."""
        ...

    def put(self, switch: PlanSwitch) -> PlanSwitch:
        """Store it if its `version` is still the stored one (0: there is none); Conflict otherwise. Returned with the next version."""
        ...
