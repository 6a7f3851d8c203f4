"""How often strangers may send something: a bucket for each address, and one for all together; forgotten when the program ends."""

from collections import OrderedDict
from dataclasses import dataclass, field

MOST_ADDRESSES = 5_000


@dataclass(slots=True)
class Buckets:
    """`room` at once for an address and one more each `refill` seconds; `room_of_all` and `refill_of_all` for all together."""

    room: int = 5
    refill: float = 600.0
    room_of_all: int = 60
    refill_of_all: float = 30.0
    _used: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)  # address → used up, at

    def take(self, address: str, at: float) -> bool:
        """One more now (monotonic seconds); False: it must wait."""
        own, everybody = self._level(address, at, self.refill), self._level("", at, self.refill_of_all)
        if own > self.room - 1 or everybody > self.room_of_all - 1:
            return False
        for name, level in ((address, own), ("", everybody)):
            self._used[name] = (level + 1, at)
            self._used.move_to_end(name)
        while len(self._used) > MOST_ADDRESSES:
            self._used.popitem(last=False)
        return True

    def _level(self, name: str, at: float, refill: float) -> float:
        used, since = self._used.get(name, (0.0, at))
        return max(0.0, used - (at - since) / refill)
