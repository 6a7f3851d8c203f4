"""A breaker with electronic protection: trips on overload by accumulated heat, on a short circuit or an earth fault at once."""

from collections.abc import Sequence
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import STEP, Physical
from simulators.plant.feeder import CLOSED, TRIPPED, Feeder

RATED = 250.0  # A
HEATS = 600.0  # s time constant of the overload protection: 2 × the rated current trips after about 3 minutes
ALARM, TRIP = 1.05, 1.10  # of the rated current: alarm at once, trip when the heat of that current is reached
CHARGES = 8.0  # s to charge the spring
WARMS, RISE = 1200.0, 40.0  # s, K of the terminals at the rated current
ROOM = 24.0  # °C
WEAR_OF_OPERATION, WEAR_OF_SHORT = 0.01, 2.5  # %
OVERLOAD, SHORT_CIRCUIT, EARTH_FAULT, BY_HAND = "overload", "short_circuit", "earth_fault", "by_hand"
SERVICE = "service"


class Breaker(Feeder):
    """A way that is protected by its breaker and measured by the breaker's protection."""

    def __init__(self, asset: Asset, rng: Random, sources: Sequence[Feeder], *, load: float | None = None) -> None:
        super().__init__(asset, rng, sources, load=load)
        self.carriage = SERVICE
        self.cause = "none"
        self.shorted = self.leaking = False  # faults of the cable below
        self.protection_fault = False
        self.heat = 0.0  # 1 = rated current for ever
        self.operations = rng.randrange(80, 400)
        self.trips = rng.randrange(0, 5)
        self.trip_current = 0.0
        self.wear = WEAR_OF_OPERATION * self.operations
        self.terminals = ROOM
        self._short_circuit = rng.uniform(6_000.0, 9_000.0)  # A
        self._charging = 0.0  # s left

    @property
    def charged(self) -> bool:
        """The spring can close the breaker."""
        return self._charging <= 0.0

    def trip(self, cause: str = BY_HAND, amperes: float | None = None) -> None:
        """Open by the protection; `amperes`: what it saw."""
        if self.breaker != CLOSED:
            return
        self.trip_current = max(self.amperes()) if amperes is None else amperes
        self.breaker, self.cause = TRIPPED, cause
        self.trips += 1
        self.operations += 1
        self.wear = min(100.0, self.wear + (WEAR_OF_SHORT if cause == SHORT_CIRCUIT else WEAR_OF_OPERATION))

    def close(self) -> None:
        """Close, when carriage and spring allow it; onto a fault it trips again in the next step."""
        if self.breaker == CLOSED or not self.charged or self.carriage != SERVICE:
            return
        self.breaker = CLOSED
        self.heat = 0.0
        self.operations += 1
        self._charging = CHARGES

    def mend_cable(self) -> None:
        """No fault below any more; the breaker stays as it is."""
        self.shorted = self.leaking = False

    def restore(self) -> None:
        """The cable mended, the carriage in, the breaker closed."""
        self.mend_cable()
        self.protection_fault = False
        self.carriage, self._charging = SERVICE, 0.0
        super().restore()

    def load(self, share: float) -> None:
        """As a feeder; then the protection looks at the currents."""
        super().load(share)
        largest = max(self.amperes()) / RATED
        self._charging = max(0.0, self._charging - STEP)
        self.heat += (largest * largest - self.heat) * STEP / HEATS
        self.terminals += (ROOM + RISE * largest * largest - self.terminals) * STEP / WARMS
        if self.feeds and not self.protection_fault:
            self._protect()

    def _protect(self) -> None:
        if self.shorted:
            self.trip(SHORT_CIRCUIT, self._short_circuit)
        elif self.leaking:
            self.trip(EARTH_FAULT)
        elif self.heat > TRIP * TRIP:
            self.trip(OVERLOAD)

    def values(self) -> dict[str, Physical]:
        """Points of a feeder breaker."""
        amperes = self.amperes()
        return {
            "breaker_state": self.breaker,
            "carriage": self.carriage,
            "trip_cause": self.cause,
            "spring_charged": self.charged,
            "remote": True,
            "overload_alarm": max(amperes) > ALARM * RATED,
            "earth_fault_alarm": self.leaking and self.breaker == CLOSED,
            "protection_fault": self.protection_fault,
            "current_l1": amperes[0],
            "current_l2": amperes[1],
            "current_l3": amperes[2],
            "load_share": 100.0 * max(amperes) / RATED,
            "trip_current": self.trip_current,
            "temperature": self.terminals,
            "contact_wear": self.wear,
            "operations": float(self.operations),
            "trips": float(self.trips),
        }
