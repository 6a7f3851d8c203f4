"""A dry transformer and its temperature controller: windings warmed by the load, fans with a hysteresis, alarm and trip."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, STEP, Physical, Wander
from simulators.plant.feeder import NOMINAL, Feeder
from simulators.plant.room import Room

RATED = 1_250.0  # kVA
AMPERES = 1000.0 * RATED / (3.0 * NOMINAL)
RISE, EXPONENT = 100.0, 1.6  # K of a winding above the room at the rated current (class F); IEC 60076-12
FANNED = 0.55  # share of the rise that is left with the fans
WARMS, CORE_WARMS = 600.0, 3600.0  # s time constants of winding and core
CORE_RISE, CORE_SHARE = 30.0, 0.25  # K by the no-load loss, share of the windings' rise that reaches the core
FAN_ON, FAN_OFF = 100.0, 80.0  # °C of the hottest winding
ALARM, ALARM_BACK, TRIP = 130.0, 125.0, 150.0
NO_LOAD_LOSS, LOAD_LOSS = 1.7, 9.8  # kW, the second at the rated current


class Transformer:
    """A transformer that feeds incomers. A trip stays until it is reset by hand."""

    def __init__(self, asset: Asset, rng: Random, room: Room) -> None:
        self.asset = asset
        self.room = room
        self.below: list[Feeder] = []
        self.windings = [room.temperature + rng.uniform(20.0, 24.0) for _ in range(3)]
        self.core = room.temperature + rng.uniform(28.0, 32.0)
        self.highest = rng.uniform(84.0, 98.0)
        self.fan_ordered = self.fan_broken = False
        self.alarm = self.tripped = False
        self.joint = [0.0, 0.0, 0.0]  # K that a poor joint adds to each winding
        self.broken_sensor: int | None = None
        self.fan_hours = rng.uniform(200.0, 2_000.0)
        self._noise = [Wander(rng, 0.15, memory=20.0) for _ in range(3)]

    @property
    def closed(self) -> bool:
        """It lets the mains through."""
        return not self.tripped

    @property
    def live(self) -> bool:
        """There is voltage on its windings."""
        return self.closed and any(feeder.mains for feeder in self.below)

    def restore(self) -> None:
        """Joints, fans and sensors mended, the trip reset."""
        self.joint = [0.0, 0.0, 0.0]
        self.fan_broken = self.tripped = False
        self.broken_sensor = None

    def step(self) -> None:
        """Windings follow the load, then the controller decides."""
        shares = self._shares()
        fan = self.fan_ordered and not self.fan_broken
        for number, share in enumerate(shares):
            rise = RISE * share**EXPONENT * (FANNED if fan else 1.0) + (self.joint[number] if share > 0.0 else 0.0)
            change = self.room.temperature + rise - self.windings[number]
            self.windings[number] += change * STEP / WARMS
            self._noise[number].step()
        warmth = sum(self.windings) / 3.0 - self.room.temperature
        aim = self.room.temperature + (CORE_RISE if self.live else 0.0) + CORE_SHARE * warmth
        self.core += (aim - self.core) * STEP / CORE_WARMS
        self._control()
        self.fan_hours += HOURS if fan else 0.0

    def losses(self) -> float:
        """kW that warm the room."""
        if not self.live:
            return 0.0
        mean = sum(self._shares()) / 3.0
        return NO_LOAD_LOSS + LOAD_LOSS * mean * mean

    def _shares(self) -> list[float]:
        currents = [feeder.amperes() for feeder in self.below]
        return [sum(phases[number] for phases in currents) / AMPERES for number in range(3)]

    def _control(self) -> None:
        hottest = max(warmth for number, warmth in enumerate(self.windings) if number != self.broken_sensor)
        self.highest = max(self.highest, hottest)
        self.fan_ordered = hottest >= FAN_ON or (self.fan_ordered and hottest > FAN_OFF)
        self.alarm = hottest >= ALARM or (self.alarm and hottest > ALARM_BACK)
        self.tripped = self.tripped or hottest >= TRIP

    def values(self) -> dict[str, Physical]:
        """Points of a transformer's temperature controller."""
        shown: list[Physical] = [w + noise.now for w, noise in zip(self.windings, self._noise, strict=True)]
        if self.broken_sensor is not None:
            shown[self.broken_sensor] = None
        return {
            "winding_a": shown[0],
            "winding_b": shown[1],
            "winding_c": shown[2],
            "core": self.core,
            "highest": self.highest,
            "fan_ordered": self.fan_ordered,
            "fan_running": self.fan_ordered and not self.fan_broken,
            "over_temperature": self.alarm,
            "tripped": self.tripped,
            "sensor_fault": self.broken_sensor is not None,
            "fan_fault": self.fan_ordered and self.fan_broken,
            "door_open": False,
            "fan_hours": self.fan_hours,
        }
