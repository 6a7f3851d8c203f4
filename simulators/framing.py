"""How requests stand in the bytes of a wire, and answers too: Modbus TCP and RTU. Written apart from any master's code."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

HEADER = struct.Struct(">HHHB")  # Modbus TCP: transaction, protocol (0), bytes that follow, unit
_REQUEST = 8  # bytes of most RTU requests
_LENGTHS = {7: 4, 11: 4, 12: 4, 17: 4, 22: 10, 43: 7}  # bytes of an RTU request, by function
_WRITES_MANY = (15, 16)  # their seventh byte says how many follow


class NotModbusError(Exception):
    """Bytes in which no next frame can be found."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; `pdu` begins with the function. RTU has no transaction: 0."""

    transaction: int
    unit: int
    pdu: bytes


class Framing(Protocol):
    """Cuts requests out of what came, and frames answers. `patience`: s after which the rest of a request is noise; 0: never."""

    patience: float

    def cut(self, buffer: bytearray) -> Iterator[Ask]:
        """The whole requests, taken out of the buffer; NotModbusError."""
        ...

    def frame(self, ask: Ask, unit: int, pdu: bytes, *, spoil: bool = False) -> bytes:
        """An answer; `spoil`: with a wrong transaction number or checksum."""
        ...


class TcpFraming:
    """Modbus TCP."""

    patience = 0.0

    def cut(self, buffer: bytearray) -> Iterator[Ask]:
        """By the length in the header."""
        while len(buffer) >= HEADER.size:
            transaction, protocol, length, unit = HEADER.unpack_from(buffer)
            if protocol != 0 or not 2 <= length <= 254:
                raise NotModbusError
            end = 6 + length
            if len(buffer) < end:
                return
            ask = Ask(transaction, unit, bytes(buffer[HEADER.size : end]))
            del buffer[:end]
            yield ask

    def frame(self, ask: Ask, unit: int, pdu: bytes, *, spoil: bool = False) -> bytes:
        """Under the request's transaction number."""
        transaction = (ask.transaction + spoil) & 0xFFFF
        return HEADER.pack(transaction, 0, len(pdu) + 1, unit) + pdu


class RtuFraming:
    """Modbus RTU."""

    patience = 0.1

    def cut(self, buffer: bytearray) -> Iterator[Ask]:
        """By the function's length and the checksum; what fits neither is noise."""
        while len(buffer) >= 4:
            length = _length(buffer)
            if len(buffer) < length:
                return
            if crc(bytes(buffer[: length - 2])) == buffer[length - 2 : length]:
                ask = Ask(0, buffer[0], bytes(buffer[1 : length - 2]))
                del buffer[:length]
                yield ask
            else:
                del buffer[0]

    def frame(self, ask: Ask, unit: int, pdu: bytes, *, spoil: bool = False) -> bytes:
        """With its checksum behind it."""
        body = bytes((unit,)) + pdu
        low, high = crc(body)
        return body + bytes((low ^ spoil, high))


def crc(data: bytes) -> bytes:
    """CRC-16 of Modbus, low byte first."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ 0xA001 if register & 1 else register >> 1
    return struct.pack("<H", register)


def _length(buffer: bytearray) -> int:
    """Of the request that begins here, with its checksum."""
    function = buffer[1]
    if function in _WRITES_MANY:
        return 9 + buffer[6] if len(buffer) > 6 else 9
    return _LENGTHS.get(function, _REQUEST)
