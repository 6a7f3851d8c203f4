"""A small device on the hostile server: units with a few registers, exceptions for the others; also from another thread."""

import asyncio
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.collectors.hostile_server import Ask, Behaviour, Hostile, frame, payload_frame

Memory = Mapping[tuple[int, int], int]
"""Words by function and address."""

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, GATEWAY_TARGET = 1, 2, 11


def answering(units: Mapping[int, Memory], *, others: int = 0) -> Behaviour:
    """Units answer from their memory. Unknown units: silent, or the gateway says `others`."""

    def behave(server: Hostile, ask: Ask) -> bytes:
        memory = units.get(ask.unit)
        if memory is None:
            return refusal(ask, others) if others else b""
        words = [memory.get((ask.function, ask.address + i)) for i in range(ask.count)]
        known = [word for word in words if word is not None]
        if ask.function not in {function for function, _ in memory}:
            return refusal(ask, ILLEGAL_FUNCTION)
        if len(known) < ask.count:
            return refusal(ask, ILLEGAL_ADDRESS)
        if ask.function in (1, 2):
            bits = sum(bit << i for i, bit in enumerate(known))
            return payload_frame(ask, bits.to_bytes(ask.size, "little"))
        return payload_frame(ask, struct.pack(f">{ask.count}H", *known))

    return behave


def refusal(ask: Ask, code: int) -> bytes:
    """An exception."""
    return frame(ask.transaction, ask.unit, bytes((ask.function | 0x80, code)))


def holding(words: Mapping[int, int]) -> dict[tuple[int, int], int]:
    """A memory of holding registers."""
    return {(3, address): word for address, word in words.items()}


@contextmanager
def served(behaviour: Behaviour) -> Iterator[Hostile]:
    """The server in a thread of its own, for tests that wait for a process."""
    loop = asyncio.new_event_loop()
    server = Hostile(lambda ask: behaviour)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
