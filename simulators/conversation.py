"""What one master says and hears: requests cut from its bytes, replies in order while one of them blocks."""

import asyncio
from collections import deque
from collections.abc import Callable

from simulators.framing import Ask, NotModbusError
from simulators.modbus import Answering, Reply


class Conversation:
    """One master's connection, whatever carries it: `send` puts bytes on it, `hang_up` ends it."""

    def __init__(self, wire: Answering, send: Callable[[bytes], None], hang_up: Callable[[], None]) -> None:
        self._wire = wire
        self._send, self._hang_up = send, hang_up
        self._buffer = bytearray()
        self._heard_at = 0.0
        self._waiting: deque[Ask] = deque()
        self._blocked = self._over = False

    def received(self, data: bytes) -> None:
        """Bytes from the master."""
        if self._over:
            return
        framing, now = self._wire.framing, asyncio.get_running_loop().time()
        if framing.patience and now - self._heard_at > framing.patience:
            self._buffer.clear()  # the rest of that request will not come
        self._heard_at = now
        self._buffer += data
        try:
            self._waiting.extend(framing.cut(self._buffer))
        except NotModbusError:
            self._hang_up()
            return
        self._serve()

    def end(self) -> None:
        """The connection is gone, or forgotten: nothing is heard or said any more."""
        self._over = True
        self._waiting.clear()

    def _serve(self) -> None:
        while self._waiting and not self._blocked and not self._over:
            reply = self._wire.reply(self._waiting.popleft())
            if reply.hang_up:
                self._hang_up()
            elif reply.deaf:
                self.end()
            elif reply.delay > 0.0:
                self._blocked = reply.blocks
                asyncio.get_running_loop().call_later(reply.delay, self._send_later, reply)
            elif reply.data:
                self._send(reply.data)

    def _send_later(self, reply: Reply) -> None:
        if self._over:
            return
        if reply.data:
            self._send(reply.data)
        if reply.blocks:
            self._blocked = False
            self._serve()
