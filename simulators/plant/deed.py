"""An action on a device of the plant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deed:
    """An action: `takers` by asset id, and what it does to one of them."""

    takers: Mapping[str, object]
    do: Callable[[str], None]
