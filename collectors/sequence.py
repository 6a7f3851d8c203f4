"""Sequence: tells a repeated, a late and a missing message apart, and a device that began to count again. Knows no clock.

A message is repeated when its number and its very bytes came before; the device began again when its number falls although
its time went on (or, without times, when a number comes with other bytes). Times are Unix nanoseconds.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import Enum, auto
from hashlib import blake2b

from facility.domain.moment import SECOND

WINDOW = 64  # a message may come so many numbers late
REMEMBERED = 1024  # numbers whose bytes are remembered
MEMORY = 3600 * SECOND  # how long
PATIENCE = 10 * SECOND  # how long a missing message may still come
COUNTERS_END = {255, 65_535, 4_294_967_295}  # behind these a counter begins again by itself
STEP = 1000  # ns between two samples to which the device gave one time


def mark_of(payload: bytes) -> int:
    """A number that stands for these bytes, also after a restart."""
    return int.from_bytes(blake2b(payload, digest_size=7).digest(), "big")


class Verdict(Enum):
    """What a message is."""

    FRESH = auto()  # the newest so far
    LATE = auto()  # older than one that came before it, and new
    REPEATED = auto()


@dataclass(slots=True)
class Sequence:
    """The numbers of one stream. `modulus`: the counter's (0: it counts on). Counters are since the start."""

    modulus: int = 0
    missing: int = 0  # messages that never came
    repeated: int = 0
    restarts: int = 0
    newest: int = -1  # number of the newest message; −1: none yet
    source: int = 0  # the latest source time, as the device gave it
    _seen: OrderedDict[int, tuple[int, int]] = field(default_factory=OrderedDict)  # number → mark and receipt
    _former: dict[int, tuple[int, int]] = field(default_factory=dict)  # of before the device began again
    _awaited: dict[int, int] = field(default_factory=dict)  # missing number → when that was noticed
    _times: dict[int, int] = field(default_factory=dict)  # number → time under which it was stored
    _newest_at: tuple[int, int] | None = None
    _told: int = 0

    def judge(self, number: int, payload: bytes, source: int | None, received: int) -> Verdict:
        """Take a message in; its time is asked for afterwards, by `time_of`."""
        number = self._unwrapped(number)
        mark = mark_of(payload)
        if self._is_repeated(number, mark, received):
            self.repeated += 1
            return Verdict.REPEATED
        if self.newest >= 0 and number <= self.newest and self._went_on(number, source):
            if self.modulus:
                number += self.modulus  # more messages than half of its numbers were lost
            else:
                self._begin(self.newest not in COUNTERS_END or number != 0)
        self._remember(number, mark, received)
        self._awaited.pop(number, None)
        of_before = bool(self._former) and source is not None and source < self.source
        if number <= self.newest or of_before:
            return Verdict.LATE
        self._await(number, received)
        self.newest = number
        return Verdict.FRESH

    def time_of(self, number: int, verdict: Verdict, source: int | None, received: int) -> int:
        """When the sample of a judged message was taken, as history has it: its source time, but samples of one time stay apart."""
        number = self._unwrapped(number)
        if verdict is Verdict.FRESH:
            before, at = self._newest_at, received if source is None else source
            if before is not None and before[1] - SECOND < at < (least := before[1] + (number - before[0]) * STEP):
                at = least
            self._newest_at = (number, at)
            self.source = max(self.source, source or 0)
        else:
            at = self._between(number, source, received)
        self._times[number] = at
        return at

    def _between(self, number: int, source: int | None, received: int) -> int:
        """Behind the nearest sample before it and ahead of the nearest one after it, where these have its time."""
        near = range(1, WINDOW)
        below = next((n for n in near if number - n in self._times), 0)
        above = next((n for n in near if number + n in self._times), 0)
        if source is None and not above:
            return received
        at = self._times[number + above] - above * STEP if source is None else source
        if below and 0 <= self._times[number - below] + below * STEP - at < SECOND:
            at = self._times[number - below] + below * STEP
        if above and 0 <= at - self._times[number + above] < SECOND:
            at = self._times[number + above] - above * STEP
        return at

    def is_known(self, number: int, payload: bytes) -> bool:
        """This very message was taken in."""
        return self._seen.get(self._unwrapped(number), (None, 0))[0] == mark_of(payload)

    def begin_at(self, number: int) -> None:
        """The device says that it begins again with this number."""
        self._begin(counted=False)
        self.newest = number

    def settle(self, now: int) -> int:
        """Give up messages for which it is too late; how many were given up since this was asked last."""
        for number, at in list(self._awaited.items()):
            if now - at >= PATIENCE or number < self.newest - WINDOW:
                del self._awaited[number]
                self.missing += 1
        news, self._told = self.missing - self._told, self.missing
        return news

    def _unwrapped(self, number: int) -> int:
        """A number of a counter with a modulus, as the nearest one of a counter that counts on."""
        if not self.modulus or self.newest < 0:
            return number
        half = self.modulus // 2
        return self.newest + (number - self.newest + half) % self.modulus - half

    def _is_repeated(self, number: int, mark: int, received: int) -> bool:
        for seen in (self._seen, self._former):
            before = seen.get(number)
            if before is not None and before[0] == mark and received - before[1] <= MEMORY:
                return True
        return False

    def _went_on(self, number: int, source: int | None) -> bool:
        """The message is newer although its number is not."""
        if source is not None and self.source:
            return source > self.source
        return not self.modulus and (number in self._seen or self.newest - number > WINDOW)

    def _begin(self, counted: bool) -> None:
        self.restarts += counted
        self.missing += len(self._awaited)
        self._awaited.clear()
        self._former = dict(self._seen)
        self._seen.clear()
        self._times.clear()
        self.newest = -1
        self._newest_at = None

    def _remember(self, number: int, mark: int, received: int) -> None:
        self._seen[number] = (mark, received)
        if len(self._seen) > REMEMBERED:
            self._times.pop(self._seen.popitem(last=False)[0], None)
        if len(self._seen) > WINDOW:
            self._former.clear()

    def _await(self, number: int, received: int) -> None:
        if self.newest < 0:
            return
        first = max(self.newest + 1, number - WINDOW)
        self.missing += first - self.newest - 1  # a wide gap: too late for most of it
        for absent in range(first, number):
            if absent not in self._seen:
                self._awaited[absent] = received
