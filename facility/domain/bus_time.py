"""Bus time: how much of a serial line's time the reading plan of its assets takes. A pure sum, without any wire.

One read takes the silence before it, the request's characters and the answer's. A device's `pause` keeps only that
device waiting, its neighbours are asked meanwhile; what a device takes to think is not known here and comes on top.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from facility.domain.asset import Asset
from facility.domain.reads import Request, plan
from facility.domain.serial_line import SerialLine

REQUEST_CHARACTERS = 8  # unit, function, address, count, checksum
ANSWER_FRAME = 5  # unit, function, byte count, checksum
LONGEST_FRAME = 256  # characters, of the specification
MOST = 0.9  # of the time; what is left is for devices that think, and for reads that are repeated


@dataclass(frozen=True, slots=True)
class BusTime:
    """The shares of a line's time. `line` by asset; `unit`: with the pauses in which that one device waits."""

    line: Mapping[str, float]
    unit: Mapping[str, float]
    reads: float  # a second

    @property
    def utilisation(self) -> float:
        """Of the whole line; 1.0 is all of it."""
        return sum(self.line.values())

    @property
    def costliest(self) -> list[tuple[str, float]]:
        """Assets with their shares, the largest first."""
        return sorted(self.line.items(), key=lambda item: (-item[1], item[0]))


def bus_time(line: SerialLine, assets: Iterable[Asset]) -> BusTime:
    """The sum over the plans of these assets; ValueError when a point cannot be read at all."""
    shares: dict[str, float] = {}
    units: dict[str, float] = {}
    reads = 0.0
    for asset in assets:
        pause = asset.profile.modbus.pause.total_seconds()
        blocks = [(read_seconds(line, block.request), block.every.total_seconds()) for block in plan(asset)]
        shares[asset.id] = sum(seconds / period for seconds, period in blocks)
        units[asset.id] = sum((seconds + pause) / period for seconds, period in blocks)
        reads += sum(1 / period for _, period in blocks)
    return BusTime(shares, units, reads)


def read_seconds(line: SerialLine, request: Request) -> float:
    """What one read takes of the line."""
    silence = request.silence or line.silent_interval
    return silence + line.seconds(REQUEST_CHARACTERS + ANSWER_FRAME + request.size)
