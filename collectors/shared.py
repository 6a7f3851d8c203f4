"""Plans of many devices of one kind that are equal become one object: less memory, and it stays in the CPU's cache."""

from collections.abc import Hashable
from typing import TypeVar

T = TypeVar("T", bound=Hashable)
_known: dict[tuple[str, Hashable], Hashable] = {}


def shared(what: str, plan: T) -> T:
    """The first object of this kind that was equal; kept for ever, so only for what is planned at start.

    `what` keeps equal plans of different kinds apart: (0,) and (0.0,) are equal too.
    """
    return _known.setdefault((what, plan), plan)  # type: ignore[return-value]
