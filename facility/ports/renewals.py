"""The port of renewals of certificates."""

from collections.abc import Mapping
from typing import Protocol

from facility.domain.certificate import Renewal


class Renewals(Protocol):
    """New certificates, as people entered them."""

    def add(self, renewal: Renewal) -> Renewal:
        """Store it; Conflict when this certificate was renewed to the same day already."""
        ...

    def latest(self) -> Mapping[tuple[str, str], Renewal]:
        """Of each (asset, kind), the one that expires last."""
        ...
