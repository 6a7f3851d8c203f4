"""Waiting for something true, in place of a sleep: `until(lambda: page.has(...), "the page shows ...")`."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(probe: Callable[[], T], what: str, *, within: float = 20.0, every: float = 0.05) -> T:
    """The first truthy result of `probe`; AssertionError naming `what` after `within` real seconds."""
    end = time.monotonic() + within
    while True:
        result = probe()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(every)
