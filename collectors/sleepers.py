"""What sleeps until a time, so that a large estate is not looked through at each tick."""

import heapq
from collections.abc import Hashable
from operator import itemgetter
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)
GRAIN = 1 << 28  # ns, about a quarter of a second: those of one grain wait side by side
_UNTIL = itemgetter(0)


class Sleepers(Generic[T]):
    """Each sleeps until the time of its latest `put`. Times are Unix nanoseconds.

    One heap of grains, not of sleepers: of thousands, a heap would touch a dozen that are in no cache for each that wakes.
    """

    def __init__(self) -> None:
        self._until: dict[T, int] = {}  # an entry below with another time is no longer meant
        self._grains: dict[int, list[tuple[int, T]]] = {}
        self._order: list[int] = []  # heap of the keys of `_grains`

    def put(self, one: T, until: int) -> None:
        """It sleeps until then, whatever was said before."""
        self._until[one] = until
        grain = until // GRAIN
        same = self._grains.get(grain)
        if same is None:
            self._grains[grain] = [(until, one)]
            heapq.heappush(self._order, grain)
        else:
            same.append((until, one))

    def woken(self, now: int) -> list[T]:
        """Those whose time is over, earliest first; they sleep no more."""
        found: list[tuple[int, T]] = []
        while self._order and self._order[0] * GRAIN < now:
            entries = self._grains.pop(heapq.heappop(self._order))
            later: list[tuple[int, T]] = []
            for until, one in entries:
                if self._until.get(one) != until:
                    continue
                if until < now:
                    del self._until[one]
                    found.append((until, one))
                else:
                    later.append((until, one))
            if later:  # in the grain of now
                self._grains[now // GRAIN] = later
                heapq.heappush(self._order, now // GRAIN)
                break
        found.sort(key=_UNTIL)
        return [one for _, one in found]
