"""Asking: a conversation with a device for a person who waits. Every request is timed and told; nothing is written."""

import asyncio
import time
from collections.abc import Callable

from collectors.wire import BadAnswer, DeviceRefused, Request, Timeout, Wire, WireError, WireLost
from collectors.wires import WireFactory
from facility.domain.modbus_exception import in_words
from facility.domain.profile import Table
from facility.domain.reading import BadReason

Event = dict[str, object]
Tell = Callable[[Event], None]

REASONS: dict[type[WireError], BadReason] = {
    Timeout: BadReason.TIMEOUT,
    DeviceRefused: BadReason.REFUSED,
    BadAnswer: BadReason.BAD_PAYLOAD,
    WireLost: BadReason.COMM_LOST,
}


class Asking:
    """Asks over one wire after the other, each until it is lost. `pause`: seconds of rest before a request.

    `words`: the words (or bits) of the latest answers by unit, table and address; `took`: milliseconds of the request that
    brought them; `refusal`: the latest one, in words.
    """

    def __init__(self, wires: WireFactory, tell: Tell, pause: float = 0.0) -> None:
        self.requests = 0
        self.refusal = ""
        self.words: dict[tuple[int, Table, int], int] = {}
        self.took: dict[tuple[int, Table, int], float] = {}
        self._wires, self._tell, self._pause = wires, tell, pause
        self._wire: Wire | None = None

    async def connect(self) -> None:
        """Make sure that there is a wire; WireLost."""
        if self._wire is None or not self._wire.connected:
            self.close()
            self._wire = self._wires()
            await self._wire.connect()

    async def ask(self, request: Request) -> bytes:
        """The payload of the checked answer; Timeout, DeviceRefused, BadAnswer, WireLost."""
        if self.requests and self._pause:
            await asyncio.sleep(self._pause)
        await self.connect()
        assert self._wire is not None
        self.requests += 1
        begun = time.monotonic()
        try:
            payload = await self._wire.read(request)
        except WireError as error:
            self._say(request, begun, explained(error))
            if isinstance(error, DeviceRefused):
                self.refusal = explained(error)
            raise
        took = self._say(request, begun, "")
        self._keep(request, payload, took)
        return payload

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _say(self, request: Request, begun: float, fault: str) -> float:
        took = round(1000 * (time.monotonic() - begun), 1)
        where = {"unit": request.unit, "table": request.table.value, "address": request.address, "count": request.count}
        self._tell({"event": "request", "number": self.requests, **where, "ms": took, "fault": fault})
        return took

    def _keep(self, request: Request, payload: bytes, took: float) -> None:
        for address, word in enumerate(words_of(request, payload), request.address):
            place = request.unit, request.table, address
            self.words[place], self.took[place] = word, took


def words_of(request: Request, payload: bytes) -> list[int]:
    """The words of an answer, or its bits."""
    if request.table.of_bits:
        bits = int.from_bytes(payload, "little")
        return [bits >> i & 1 for i in range(request.count)]
    return [int.from_bytes(payload[i : i + 2], "big") for i in range(0, len(payload), 2)]


def explained(error: WireError) -> str:
    """What happened, for a person."""
    if isinstance(error, DeviceRefused):
        return f"refused: {in_words(error.code)}"
    if isinstance(error, BadAnswer):
        return f"an answer that cannot be used: {error}"
    return str(error)
