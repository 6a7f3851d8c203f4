"""The air of an electrical room: it follows the weather slowly and is warmed by what stands in it; and the sensor on its wall."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import STEP, Physical, Wander

FOLLOWS = 2400.0  # s time constant of the air
SHELTER = 3.0  # K above outdoors without any load
WARMED, VENTILATED = 2.0, 0.8  # K a kW of losses: with the exhaust fan off, on
FAN_ABOVE, FAN_BELOW = 32.0, 28.0  # °C


class Room:
    """Temperature and humidity of one area. `heat`: kW of losses, set before each step."""

    def __init__(self, rng: Random, outside: float) -> None:
        self.heat = 0.0
        self.temperature = outside + SHELTER
        self.exhaust_fan = False
        self._air = Wander(rng, 0.3, memory=600.0)
        self._water = Wander(rng, 4.0, memory=1800.0)

    def step(self, outside: float) -> None:
        """Follow the weather; the exhaust fan has a hysteresis."""
        if self.temperature > FAN_ABOVE:
            self.exhaust_fan = True
        elif self.temperature < FAN_BELOW:
            self.exhaust_fan = False
        aim = outside + SHELTER + self.heat * (VENTILATED if self.exhaust_fan else WARMED)
        self.temperature += (aim - self.temperature) * STEP / FOLLOWS
        self._air.step()
        self._water.step()

    @property
    def air(self) -> float:
        """°C with the small movements of the air."""
        return self.temperature + self._air.now

    @property
    def humidity(self) -> float:
        """% relative: warm air seems dry."""
        return max(15.0, min(82.0, 58.0 - 1.1 * (self.temperature - 20.0) + self._water.now))


class EnvironmentalSensor:
    """The room's sensor with its dry contacts."""

    def __init__(self, asset: Asset, room: Room) -> None:
        self.asset = asset
        self.room = room
        self.smoke = self.water = self.door_open = False

    def values(self) -> dict[str, Physical]:
        """Points of an environmental sensor."""
        return {
            "temperature": self.room.air,
            "humidity": self.room.humidity,
            "smoke": self.smoke,
            "water": self.water,
            "door_open": self.door_open,
        }
