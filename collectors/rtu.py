"""Modbus RTU, reading only: one line, one request at a time, every answer checked before it is believed.

RTU has no transaction number: an answer says only which unit, which function and how many bytes. What makes a late
answer harmless here is time. After a read that failed the line is drained until it has been silent for the longest
answer, and the same unit and function are not asked again while that answer may still come (`Owed`): for one timeout
more. Whatever else is on the line, be it an echo of our request, noise, or frames of other units, is skipped until the
deadline. There is no code here that writes to a device (see docs/decisions/0010-serial-lines.md).
"""

import asyncio
from collections.abc import Iterator
from struct import Struct

from collectors.answer import EXCEPTION, examine
from collectors.checksum import checksum
from collectors.port import Port
from collectors.wire import BadAnswer, Request, Timeout, WireError, WireLost
from facility.domain.bus_time import ANSWER_FRAME, LONGEST_FRAME
from facility.domain.profile import Table
from facility.domain.serial_line import SerialLine

LEAST_DRAIN = 0.1  # seconds of silence after a failed read: adapters and serial servers hold bytes back
LONGEST_DRAIN = 3.0  # seconds; a line that is still not silent then is opened anew
_ASK = Struct(">BBHH")  # unit, function, address, count
_SHORTEST = 5  # bytes of a frame: an exception
_MOST_KEPT = 4 * LONGEST_FRAME  # bytes of one answer with everything before it
_LOOK = 0.05  # seconds between two looks at a line that is waited for
_SOON = 0.001  # seconds; the event loop knows no shorter sleep
_FUNCTIONS = frozenset(table.function for table in Table)


class Owed:
    """Answers of a line that have not come in time and may still come: by unit and function, until when.

    Time alone ends it, and not an answer that comes: a unit that answers twice would have a second one under way.
    """

    def __init__(self) -> None:
        self._until: dict[tuple[int, int], float] = {}

    def add(self, request: Request, until: float) -> None:
        """The request brought no answer; one may come until then."""
        self._until[request.unit, request.function] = until

    def until(self, request: Request) -> float:
        """When no answer to an earlier request can be taken for the answer to this one."""
        return self._until.get((request.unit, request.function), 0.0)


class Rtu:
    """A `Wire` from `connect` to `close`; make another one after a loss. `strays`: answers that nobody waited for."""

    def __init__(self, port: Port, line: SerialLine, owed: Owed | None = None) -> None:
        self.strays = 0
        self._port, self._line = port, line
        self._owed = owed or Owed()
        self._loop = asyncio.get_running_loop()
        self._open = self._busy = False
        self._heard_at = 0.0  # loop time of the latest byte, either way
        self._buffer = bytearray()
        self._request: Request | None = None
        self._asked = b""  # the frame that was sent, which some adapters bring back
        self._complaint: BadAnswer | None = None  # the first frame that was not the answer
        self._answer: asyncio.Future[bytes] | None = None

    @property
    def connected(self) -> bool:
        """The line is open, as far as this side knows."""
        return self._open

    async def connect(self) -> None:
        """Open the line and let it fall silent; WireLost says why not."""
        await self._port.open(self._heard, self._lost)
        self._open = True
        await self._drain()
        if not self._open:
            raise WireLost("the line is never silent: is another master on it?")

    async def read(self, request: Request) -> bytes:
        """The payload of the checked answer; Timeout, DeviceRefused, BadAnswer, WireLost."""
        if not self._open:
            raise WireLost("not connected")
        if self._busy:
            raise RuntimeError("a read is under way on this line")
        self._busy = True
        try:
            await self._wait_for_silence(request)
            return await self._ask(request)
        except (Timeout, BadAnswer):
            await self._drain()
            raise
        finally:
            self._busy, self._request = False, None

    def close(self) -> None:
        """Give the line back at once; a pending read ends with WireLost."""
        self._end(WireLost("closed"))

    async def _ask(self, request: Request) -> bytes:
        """Send the request and wait for its answer as long as the device may take, and the characters take."""
        self._request, self._complaint = request, None
        self._asked = _framed(_ASK.pack(request.unit, request.function, request.address, request.count))
        self._buffer.clear()
        self._answer = self._loop.create_future()
        self._heard_at = self._loop.time()
        self._port.send(self._asked)
        patience = request.timeout + self._line.seconds(len(self._asked) + ANSWER_FRAME + request.size)
        try:
            async with asyncio.timeout(patience):
                return await self._answer
        except TimeoutError:
            self._owed.add(request, self._loop.time() + request.timeout)
            raise self._what_came() from None
        finally:
            self._answer = None

    def _what_came(self) -> WireError:
        if self._complaint is not None:
            return self._complaint
        if len(self._buffer) >= _SHORTEST:
            return BadAnswer(f"{len(self._buffer)} bytes that are no whole frame")
        return Timeout("no answer in time")

    # Silence

    async def _wait_for_silence(self, request: Request) -> None:
        """Until the line has rested, and no earlier answer can be taken for the one to this request."""
        silence = request.silence or self._line.silent_interval
        begun = self._loop.time()
        while self._open:
            now = self._loop.time()
            left = max(self._heard_at + silence, self._owed.until(request)) - now
            if left <= 0:
                return
            if now - begun > LONGEST_DRAIN + request.timeout:
                self._end(WireLost("closed"))
                raise WireLost("the line is never silent: is another master on it?")
            await asyncio.sleep(min(max(left, _SOON), _LOOK))
        raise WireLost("closed while waiting for the line")

    async def _drain(self) -> None:
        """Let pass what is still on its way, until the line was silent for the longest answer; else close it."""
        begun = self._loop.time()
        self._heard_at = max(self._heard_at, begun)
        silence = max(LEAST_DRAIN, self._line.seconds(LONGEST_FRAME))
        while self._open and (left := self._heard_at + silence - self._loop.time()) > 0:
            if self._loop.time() - begun > LONGEST_DRAIN + silence:
                self._end(WireLost("the line is never silent"))
                return
            await asyncio.sleep(min(max(left, _SOON), _LOOK))

    # What comes

    def _heard(self, data: bytes) -> None:
        """Take bytes as they come."""
        self._heard_at = self._loop.time()
        self._buffer += data
        if len(self._buffer) > _MOST_KEPT:
            del self._buffer[:-LONGEST_FRAME]
        if self._waiting():
            self._look()
        else:
            self._pass_over()

    def _look(self) -> None:
        """Find the answer among what has come; our own echo is no answer, and is waited for when it has begun."""
        assert self._request is not None
        data = bytes(self._buffer)
        if len(data) < len(self._asked) and self._asked.startswith(data):
            return
        start = len(self._asked) if data.startswith(self._asked) else 0
        for begin, end in self._frames(data, start):
            outcome = self._examine(data[begin], data[begin + 1 : end - 2])
            if not isinstance(outcome, BadAnswer):
                self._finish(outcome, data[begin:end], data[end:])
                return
            self._complaint = self._complaint or outcome
            self.strays += 1
            self._buffer[:] = data[end:]

    def _finish(self, outcome: bytes | WireError, frame: bytes, rest: bytes) -> None:
        """The answer counts unless another one of its kind came with it: then nobody knows which is which."""
        assert self._request is not None
        self._buffer[:] = rest
        others = [rest[begin:end] for begin, end in self._frames(rest, 0)]
        begun = rest[: len(frame)] if len(rest) > 1 and rest[: len(frame)] != frame[: len(rest)] else b""
        if any(_kind(other) == _kind(frame) and other != frame for other in (*others, begun) if other):
            self._owed.add(self._request, self._loop.time() + self._request.timeout)
            outcome = BadAnswer("two answers to one request")
        self._settle(outcome)

    def _pass_over(self) -> None:
        """Frames that nobody waits for."""
        data = bytes(self._buffer)
        for _, end in self._frames(data, 0):
            self.strays += 1
            self._buffer[:] = data[end:]

    def _frames(self, data: bytes, start: int) -> Iterator[tuple[int, int]]:
        """Begin and end of each whole frame with a right checksum; what lies between is noise."""
        while start + _SHORTEST <= len(data):
            end = _end_of_frame(data, start)
            if start < end <= len(data) and self._is_sound(data[start:end]):
                yield start, end
                start = end
            else:
                start += 1

    def _is_sound(self, frame: bytes) -> bool:
        return checksum(frame[:-2]) == frame[-2:]

    def _examine(self, unit: int, pdu: bytes) -> bytes | WireError:
        assert self._request is not None
        return examine(self._request, unit, pdu)

    # Ends

    def _waiting(self) -> bool:
        return self._answer is not None and not self._answer.done()

    def _settle(self, outcome: bytes | WireError) -> None:
        if self._answer is None or self._answer.done():
            return
        if isinstance(outcome, bytes):
            self._answer.set_result(outcome)
        else:
            self._answer.set_exception(outcome)

    def _lost(self, why: str) -> None:
        self._end(WireLost(why))

    def _end(self, why: WireError) -> None:
        self._open = False
        self._buffer.clear()
        self._port.close()
        self._settle(why)


def _framed(body: bytes) -> bytes:
    return body + checksum(body)


def _kind(frame: bytes) -> tuple[int, int]:
    """Unit and function; a refusal is of the kind of the answer that it stands for."""
    return frame[0], frame[1] & ~EXCEPTION


def _end_of_frame(data: bytes, start: int) -> int:
    """Where the frame that begins here would end; `start` when none can begin here."""
    function = data[start + 1]
    if function & EXCEPTION and function & ~EXCEPTION in _FUNCTIONS:
        return start + _SHORTEST
    return start + ANSWER_FRAME + data[start + 2] if function in _FUNCTIONS else start
