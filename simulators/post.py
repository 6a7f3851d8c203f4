"""The way of MQTT messages from a device to the broker: late, twice, or in another order when a fault says so."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from simulators.faults import WireFault

LATE = 5.0  # s; default delay of a slow device
KEPT = 10_000  # messages of a link that wait; the oldest are given up first


@dataclass(frozen=True, slots=True)
class Letter:
    """One message; `due`: when it leaves, on the monotonic clock."""

    topic: str
    payload: bytes
    retain: bool
    due: float = 0.0


class Post:
    """Messages of one link that wait to be published."""

    def __init__(self) -> None:
        self._waiting: deque[Letter] = deque(maxlen=KEPT)
        self._held: dict[str, Letter] = {}  # by topic: goes behind the one that follows it

    def hand_in(self, topic: str, payload: bytes, *, retain: bool, faults: Mapping[str, WireFault], now: float) -> None:
        """Take a message with the faults of its device at this moment."""
        delay = faults["slow"].number("delay", LATE) if "slow" in faults else 0.0
        letter = Letter(topic, payload, retain, now + delay)
        held = self._held.pop(topic, None)
        if held is None and "out_of_order" in faults:
            self._held[topic] = letter
            return
        in_order = [letter, held] if "out_of_order" in faults else [held, letter]
        for one in (letter for letter in in_order if letter is not None):
            self._waiting.extend([one] * (2 if "duplicate" in faults else 1))

    def next(self, now: float) -> Letter | None:
        """The next message whose time has come; it stays until `sent`."""
        return next((letter for letter in self._waiting if letter.due <= now), None)

    def sent(self, letter: Letter) -> None:
        """The broker has it."""
        if letter in self._waiting:
            self._waiting.remove(letter)
