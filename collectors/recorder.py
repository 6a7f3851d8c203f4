"""Records what goes over the wires, when FACILITY_RECORD asks for it. Never harms the reading: a disk that is full ends the recording.

Nothing of this stands in the way of a read when it is off: the wires are then the plain ones.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING

from collectors.masking import Mask
from collectors.wire import BadAnswer, DeviceRefused, Request, Timeout, Wire, WireError
from collectors.wires import WireFactory
from facility.domain.asset import Asset
from facility.domain.recording import BAD_ANSWER, LOST, TIMEOUT, Entry, Exchange, Heard, head
from facility.ports import Clock

if TYPE_CHECKING:
    from facility.bus import Message

log = logging.getLogger(__name__)

FLUSH_EVERY = 1.0  # s
MEGABYTE = 1_000_000
_ASK = Struct(">BHH")  # function, address, count


class Recorder:
    """One file, appended to until it holds `megabytes`. OSError when it cannot be opened."""

    def __init__(self, path: Path, site: str, clock: Clock, megabytes: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "ab", opener=_private)  # noqa: SIM115 - held as long as the recorder
        self._path, self._clock = path, clock
        self._left = megabytes * MEGABYTE - path.stat().st_size
        self._flushed = clock.monotonic()
        self._over = False
        self._write(head(site))
        log.warning("recording the traffic of all links to %s, up to %d MB", path, megabytes)

    def wires(self, link: str, make: WireFactory) -> WireFactory:
        """Makes the same wires, each with a tap."""
        return lambda: RecordedWire(link, make(), self, self._clock)

    def heard(self, link: str, assets: Sequence[Asset]) -> "Callable[[Message], None]":
        """Takes the messages of an MQTT link; cards and names in them are masked."""
        mask = Mask(assets)

        def take(message: "Message") -> None:
            payload = mask.masked(message.topic, message.payload)
            if payload is not None:
                self.add(Heard(link, self._clock.now().timestamp(), message.topic, payload, message.retained))

        return take

    def add(self, entry: Entry) -> None:
        """Write an entry, unless the file is full."""
        if not self._over:
            self._write(entry.line())

    def close(self) -> None:
        """Everything to the disk."""
        self._over = True
        try:
            self._file.close()
        except OSError as error:
            log.warning("recording: its end could not be written: %s", error)

    def _write(self, line: str) -> None:
        try:
            self._left -= self._file.write(line.encode() + b"\n")
            now = self._clock.monotonic()
            if now - self._flushed >= FLUSH_EVERY:
                self._file.flush()
                self._flushed = now
        except OSError as error:
            log.warning("recording ended: %s", error)
            self.close()
        if self._left <= 0 and not self._over:
            log.warning("recording ended: %s is full (FACILITY_RECORD_MB)", self._path)
            self.close()


class RecordedWire:
    """A `Wire` that tells the recorder each request and what came of it."""

    def __init__(self, link: str, inner: Wire, recorder: Recorder, clock: Clock) -> None:
        self._link, self._inner, self._recorder, self._clock = link, inner, recorder, clock
        self._loop = asyncio.get_running_loop()

    @property
    def strays(self) -> int:
        """Answers that nobody waited for."""
        return self._inner.strays

    @strays.setter
    def strays(self, count: int) -> None:
        self._inner.strays = count

    @property
    def connected(self) -> bool:
        """The connection stands, as far as this side knows."""
        return self._inner.connected

    async def connect(self) -> None:
        """Make the connection; WireLost."""
        await self._inner.connect()

    async def read(self, request: Request) -> bytes:
        """As the wire's own."""
        at, began = self._clock.now().timestamp(), self._loop.time()
        try:
            payload = await self._inner.read(request)
        except DeviceRefused as refused:
            self._note(request, at, began, bytes((request.function | 0x80, refused.code)))
            raise
        except WireError as error:
            self._note(request, at, began, failure=_failure(error))
            raise
        self._note(request, at, began, bytes((request.function, len(payload))) + payload)
        return payload

    def close(self) -> None:
        """Drop the connection."""
        self._inner.close()

    def _note(self, request: Request, at: float, began: float, answer: bytes = b"", failure: str = "") -> None:
        asked = _ASK.pack(request.function, request.address, request.count)
        took = self._loop.time() - began
        self._recorder.add(Exchange(self._link, at, request.unit, asked, answer, failure, took))


def _failure(error: WireError) -> str:
    if isinstance(error, Timeout):
        return TIMEOUT
    return BAD_ANSWER if isinstance(error, BadAnswer) else LOST


def _private(path: str, flags: int) -> int:
    """Opened for the owner alone."""
    return os.open(path, flags, 0o600)
