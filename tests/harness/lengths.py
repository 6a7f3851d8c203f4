"""How long the tests of the guarantees run: FACILITY_TORTURE=short (in `make test`) or full (`make torture`)."""

import os
from typing import TypeVar

T = TypeVar("T")

FULL = os.environ.get("FACILITY_TORTURE", "short") == "full"


def length(short: T, full: T) -> T:
    """The number, time or list that this run takes."""
    return full if FULL else short
