"""The port of changed plans."""

from collections.abc import Mapping
from typing import Protocol

from facility.domain.plan_change import PlanChange


class PlanChanges(Protocol):
    """What people have changed of plans; the last one of each counts, the audit has all."""

    def all(self) -> Mapping[str, PlanChange]:
        """By plan."""
        ...

    def put(self, change: PlanChange) -> PlanChange:
        """Store it if its `version` is still the stored one (0: there is none); Conflict otherwise. Returned with the next version."""
        ...
