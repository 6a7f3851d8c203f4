"""Parking: a barrier, its loop and its card reader, on the traffic of a day."""

from collections.abc import Callable
from random import Random

from facility.domain.asset import Asset
from simulators.plant.day import CARS, WARMTH, at_hour
from simulators.plant.device import STEP, Event, Physical, Wander
from simulators.plant.feeder import Feeder

BUSIEST = 90.0 / 3600.0  # cars a second at the daily maximum
MOVES, PASSES = 1.5, 4.0  # s to lift or lower the boom; s that a car stands on the loop
STRANGERS = 0.04  # share of cards that are denied
CLOSED, MOVING, OPEN, FAULT = "closed", "moving", "open", "fault"


class Gate:
    """A gate controller with a UPS of its own: without mains it still reports, but the boom does not move."""

    def __init__(self, asset: Asset, rng: Random, supply: Callable[[], Feeder | None] | None) -> None:
        self.asset = asset
        self._rng = rng
        self._supply = supply
        self.barrier = CLOSED
        self.jammed = False
        self.released = False  # the fire panel holds it open
        self.door_open = False
        self.passages = 0
        self.last_card = ""
        self.last_result: str | None = None
        self._sequence = 0
        self._phase = 0.0  # s left in the present movement
        self._rising = False
        self._day = 0
        self._events: list[Event] = []
        self._warmth = Wander(rng, 0.5, memory=300.0)
        self._warm = 25.0

    def step(self, hour: float, day: int) -> None:
        """Cars come, the boom moves."""
        if day != self._day:
            self._day, self.passages = day, 0
        self._warm = 21.0 + 14.0 * at_hour(WARMTH, hour) + self._warmth.step()
        comes = self._rng.random() < BUSIEST * at_hour(CARS, hour) * STEP
        if self.jammed:
            self.barrier = FAULT
            return
        if self.barrier == FAULT:
            self.barrier = CLOSED
        if self._supply is not None and self._supply() is None:
            return
        if self.released and self.barrier == CLOSED:
            self.barrier, self._rising, self._phase = MOVING, True, MOVES
        elif comes and self.barrier == CLOSED:
            self.swipe()
        self._move()

    def swipe(self) -> None:
        """A card is shown; a known one lifts the boom."""
        stranger = self._rng.random() < STRANGERS
        number = self._rng.randrange(900_000, 999_999) if stranger else 100_000 + self._rng.randrange(500)
        self.last_result = "denied" if stranger else "passage"
        self.last_card = f"{number:08d}"
        self._sequence += 1
        self._events.append(Event(self.asset.id, self._sequence, {"card": self.last_card, "result": self.last_result}))
        if not stranger:
            self.passages += 1
            self.barrier, self._rising, self._phase = MOVING, True, MOVES

    def take_events(self) -> list[Event]:
        """What happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _move(self) -> None:
        if self.barrier == CLOSED:
            return
        self._phase -= STEP
        if self._phase > 0.0:
            return
        if self.barrier == OPEN and self.released:
            return
        if self.barrier == OPEN:
            self.barrier, self._rising, self._phase = MOVING, False, MOVES
        elif self._rising:
            self.barrier, self._phase = OPEN, PASSES
        else:
            self.barrier = CLOSED

    def values(self) -> dict[str, Physical]:
        """Points of a gate controller."""
        return {
            "barrier": self.barrier,
            "loop_occupied": self.barrier == OPEN,
            "controller_temperature": self._warm,
            "passages_today": float(self.passages),
            "last_card": self.last_card,
            "last_result": self.last_result,
            "door_open": self.door_open,
        }
