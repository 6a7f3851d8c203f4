"""What a foreign client should read: every Modbus point of a site with its raw value, worked out from the plant and the profile alone.

A client gives a raw number; `near` tells whether it is the plant's value within one step of the register's scale.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from facility.domain.asset import Asset, Site
from facility.domain.profile import Coding, Point, RawType, Register
from simulators.estate import Estate
from simulators.plant.device import Physical

SINGLE_FLOAT = 1e-6  # relative step of a float32


@dataclass(frozen=True, slots=True)
class Target:
    """One point as it stands on the wire, and what the plant holds."""

    asset: Asset
    point: Point
    register: Register
    held: Physical
    values: Mapping[str, Physical]

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.asset.id}.{self.point.name}"

    @property
    def words(self) -> int:
        """Length on the wire: words, or one bit."""
        return 1 if self.register.table.of_bits else self.register.words

    def near(self, raw: float, relative: float = SINGLE_FLOAT) -> bool:
        """The raw number of the register's own type is the held value; of a bit range: the whole word."""
        register, held = self.register, self.held
        if register.type is RawType.ENUM:
            return self.point.codes.get(_bits(register, int(raw))) == held
        if register.type is RawType.BIT:
            bit = raw if register.table.of_bits else int(raw) >> register.bit & 1
            return bool(bit) == bool(held)
        assert isinstance(held, int | float)
        if register.radix:
            raw = (int(raw) >> 16) * register.radix + (int(raw) & 0xFFFF)
        value = (raw * register.scale + register.offset) * self._ratio()
        step = 0.0 if register.type in (RawType.FLOAT32, RawType.FLOAT64) else register.scale * self._ratio() / 2
        return math.isclose(value, held, rel_tol=relative, abs_tol=abs(step) * 1.001 + 1e-6)

    def _ratio(self) -> float:
        ratio = 1.0
        for name in self.register.scale_by:
            factor = self.values[name]
            assert isinstance(factor, int | float)
            ratio *= factor
        places = self.values.get(self.register.decimals, 0.0)
        assert isinstance(places, int | float)
        return ratio / 10.0**places


def targets(estate: Estate) -> Iterator[Target]:
    """All Modbus points of the estate that have a value now."""
    for asset in of_modbus(estate.site):
        values = estate.readout.values(asset)
        for point in asset.profile.points.values():
            assert isinstance(point.read, Register)
            assert point.read.coding is Coding.PLAIN, f"{asset.id}.{point.name}: teach this to the test"
            if values.get(point.name) is not None:
                yield Target(asset, point, point.read, values[point.name], values)


def of_modbus(site: Site) -> list[Asset]:
    """The assets on Modbus links."""
    return [asset for asset in site.assets.values() if not asset.retired and site.links[asset.link].kind.is_modbus]


def _bits(register: Register, word: int) -> int:
    return word >> register.bit & ((1 << register.width) - 1)
