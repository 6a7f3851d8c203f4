"""What stands between a wire and the state: requests, the errors of a wire, and the sinks that take decoded blocks.

WireError
├── Timeout          no answer in time; the unit may be dead, the wire may be fine
├── DeviceRefused    the unit answered with an exception code
├── BadAnswer        an answer that is not the one asked for (unit, function or length): never used
└── WireLost         the connection is gone or could not be made
"""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from facility.domain.asset import Asset
from facility.domain.profile import Point
from facility.domain.reading import BadReason, Value
from facility.domain.reads import Request as Request


class WireError(Exception):
    """A read that brought no usable answer."""


class Timeout(WireError):
    """No answer in time."""


class DeviceRefused(WireError):
    """The unit answered with a Modbus exception `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class BadAnswer(WireError):
    """An answer for another unit or function, of a wrong length, or no Modbus at all."""


class WireLost(WireError):
    """The connection is gone, or could not be made."""


class Wire(Protocol):
    """One connection to a gateway or device; one request at a time. `strays`: answers that nobody waited for."""

    strays: int

    @property
    def connected(self) -> bool:
        """The connection stands, as far as this side knows."""
        ...

    async def connect(self) -> None:
        """Make the connection; WireLost."""
        ...

    async def read(self, request: Request) -> bytes:
        """The payload of a checked answer, `request.size` bytes, as it came; Timeout, DeviceRefused, BadAnswer, WireLost."""
        ...

    def close(self) -> None:
        """Drop the connection; a pending read ends with WireLost."""
        ...


@runtime_checkable
class ChainWire(Wire, Protocol):
    """A wire that reads on from one request to the next without a task switch."""

    async def read_on(self, request: Request, proceed: Callable[[bytes], Request | None]) -> bytes:
        """Each payload goes to `proceed`, which gives the next request or None: then that payload is given back.

        Raises what `read` raises, of the latest request, and what `proceed` raises.
        """
        ...


class BlockSink(Protocol):
    """Takes what one block brought; one sink per (asset, points), made once at start. `at_ns`: acquisition, Unix ns."""

    def good(self, values: Sequence[Value], at_ns: int) -> None:
        """All points are GOOD; values stand in the order of the points."""
        ...

    def mixed(self, values: Sequence[Value | None], reasons: Sequence[BadReason], at_ns: int) -> None:
        """Some points are BAD: `reasons[i]` is BadReason.NONE where `values[i]` is good, and `values[i]` is None elsewhere."""
        ...

    def failed(self, reason: BadReason, at_ns: int) -> None:
        """No point of the block has a value: no answer, or refused."""
        ...


SinkFactory = Callable[[Asset, tuple[Point, ...]], BlockSink]
