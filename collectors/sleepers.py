"""What sleeps until a time, so that a large estate is not looked through at each tick."""

import heapq
from collections.abc import Hashable
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Sleepers(Generic[T]):
    """Each sleeps until the time of its latest `put`. Times are Unix nanoseconds."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, T]] = []
        self._until: dict[T, int] = {}  # an entry of the heap with another time is no longer meant
        self._number = count()

    def put(self, one: T, until: int) -> None:
        """It sleeps until then, whatever was said before."""
        self._until[one] = until
        heapq.heappush(self._heap, (until, next(self._number), one))

    def woken(self, now: int) -> list[T]:
        """Those whose time is over, earliest first; they sleep no more."""
        heap, found = self._heap, list[T]()
        while heap and heap[0][0] < now:
            until, _, one = heapq.heappop(heap)
            if self._until.get(one) == until:
                del self._until[one]
                found.append(one)
        return found
