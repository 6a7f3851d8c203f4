"""Modbus TCP, reading only: one connection, one request at a time, every answer checked before it is believed.

A right answer has exactly one possible header: transaction, protocol, length, unit, function and byte count are all
known when the request is sent. Only that header is taken. An answer to an earlier request is thrown away; anything
else that claims to be ours ends the connection, since a wire that is shifted once stays shifted. There is no code here
that writes to a device (see docs/decisions/0003-reading-path.md).
"""

import asyncio
from collections.abc import Callable
from struct import Struct
from typing import cast

from collectors.answer import examine
from collectors.tcp import connect
from collectors.wire import BadAnswer, Request, Timeout, WireError, WireLost

_ASK = Struct(">HHHBBHH")  # transaction, protocol, length, unit, function, address, count
_HEAD = Struct(">HHHBBB")  # transaction, protocol, length, unit, function, byte count
_MBAP = Struct(">HHH")  # transaction, protocol, length
_ASK_LENGTH = 6
_SHORTEST, _LONGEST = 3, 254  # what the length field of an answer may say


class ModbusTcp(asyncio.Protocol):
    """A `Wire` from `connect` to `close`; make another one after a loss. `strays`: answers that nobody waited for."""

    def __init__(self, host: str, port: int) -> None:
        self.strays = 0
        self._host, self._port = host, port
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._transaction = 0
        self._request: Request | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._proceed: Callable[[bytes], Request | None] = _stop
        self._head = b""
        self._rest = b""
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        """The connection stands, as far as this side knows."""
        return self._transport is not None

    async def connect(self) -> None:
        """Make the connection; WireLost says why not."""
        await connect(self, self._host, self._port)

    async def read(self, request: Request) -> bytes:
        """The payload of the checked answer; Timeout, DeviceRefused, BadAnswer, WireLost."""
        return await self.read_on(request, _stop)

    async def read_on(self, request: Request, proceed: Callable[[bytes], Request | None]) -> bytes:
        """As `read`, again and again without a task switch: the request that `proceed` makes of a payload is sent at once.

        Gives the payload of which it made None. An error belongs to the latest request; `proceed` may raise, too.
        """
        if self._transport is None:
            raise WireLost("not connected")
        if self._answer is not None:
            raise RuntimeError("a read is under way on this connection")
        if self._rest:  # a late answer stopped half way: ours would be read as its tail
            self._end(WireLost("closed in the middle of a late answer"))
            raise WireLost("closed in the middle of a late answer")
        self._answer, self._proceed = self._loop.create_future(), proceed
        self._ask(request)
        try:
            return await self._answer
        finally:
            self._answer, self._proceed = None, _stop

    def close(self) -> None:
        """Drop the connection at once; a pending read ends with WireLost."""
        self._end(WireLost("closed"))

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side hung up, or the network did."""
        self._end(WireLost(str(exc) if exc else "closed by the other side"))

    def data_received(self, data: bytes) -> None:
        """Take bytes as they come: mostly one whole right answer."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        elif data[: _HEAD.size] == self._head and self._waiting() and len(data) == _HEAD.size + data[_HEAD.size - 1]:
            self._right(data[_HEAD.size :])
            return
        self._take(data)

    def _ask(self, request: Request) -> None:
        assert self._transport is not None
        self._transaction = transaction = self._transaction + 1 & 0xFFFF
        unit, function, size = request.unit, request.function, request.size
        self._head = _HEAD.pack(transaction, 0, size + 3, unit, function, size)
        self._request = request
        self._transport.write(_ASK.pack(transaction, 0, _ASK_LENGTH, unit, function, request.address, request.count))
        self._watch(request.timeout)

    def _right(self, payload: bytes) -> None:
        """A right answer, alone: the next request, or the end of the reading."""
        assert self._answer is not None
        try:
            following = self._proceed(payload)
        except Exception as error:  # of a sink, say: it belongs to whoever reads, not to the event loop
            self._answer.set_exception(error)
            return
        if following is None:
            self._answer.set_result(payload)
        elif self._transport is None:
            self._answer.set_exception(WireLost("closed"))
        else:
            self._ask(following)

    # Every answer that is not simply right

    def _take(self, data: bytes) -> None:
        """Cut the bytes into frames. Ours counts only when nothing but whole frames came with it."""
        outcome: bytes | WireError | None = None
        while len(data) >= _MBAP.size:
            transaction, protocol, length = _MBAP.unpack_from(data)
            if protocol != 0 or not _SHORTEST <= length <= _LONGEST:
                self._end(BadAnswer("these bytes are not Modbus"))
                return
            end = _MBAP.size + length
            if len(data) < end:
                break
            if self._waiting() and outcome is None and self._is_ours(transaction):
                outcome = self._examine(data[_MBAP.size], data[_MBAP.size + 1 : end])
            else:
                self.strays += 1
            data = data[end:]
        self._rest = data
        if outcome is not None and data:
            outcome = BadAnswer("an answer with part of another behind it")
        if isinstance(outcome, BadAnswer):
            self._end(outcome)
        elif isinstance(outcome, bytes):
            self._right(outcome)
        elif outcome is not None:
            self._settle(outcome)

    def _is_ours(self, transaction: int) -> bool:
        return transaction == self._transaction

    def _examine(self, unit: int, pdu: bytes) -> bytes | WireError:
        """The payload, or what is wrong: `pdu` begins with the function."""
        assert self._request is not None
        return examine(self._request, unit, pdu)

    def _waiting(self) -> bool:
        return self._answer is not None and not self._answer.done()

    def _settle(self, why: WireError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(why)

    def _end(self, why: WireError) -> None:
        transport, self._transport = self._transport, None
        self._rest = b""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if transport is not None:
            transport.abort()
        self._settle(why)

    # One timer a connection, moved lazily: most reads never touch it

    def _watch(self, timeout: float) -> None:
        self._deadline = self._loop.time() + timeout
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if not self._waiting():
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._ring)
        elif self._rest:
            self._end(BadAnswer("an answer that never ended"))
        else:
            self._settle(Timeout("no answer in time"))


def _stop(payload: bytes) -> None:
    """One read, and no other."""
