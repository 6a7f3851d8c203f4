"""Writes Sparkplug B payloads byte by byte: shares nothing with the collectors' decoder but the specification's field numbers."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

INTEGERS = {"int8": 1, "int16": 2, "int32": 3, "int64": 4, "uint8": 5, "uint16": 6, "uint32": 7, "uint64": 8}
TYPES = {**INTEGERS, "float": 9, "double": 10, "boolean": 11, "string": 12, "datetime": 13, "text": 14, "bytes": 17}
_LONG = ("int64", "uint64", "datetime")


@dataclass(frozen=True)
class Metric:
    """A metric to write; what is None is left out. `time`: Unix ms."""

    name: str | None = None
    kind: str = ""
    value: int | float | bool | str | bytes | None = None
    alias: int | None = None
    time: int | None = None
    historical: bool = False
    null: bool = False
    typed: bool = True


def payload(metrics: Sequence[Metric] = (), *, seq: int | None = None, time: int | None = None) -> bytes:
    """A whole payload."""
    parts = [_number(1, time), *(_bytes(2, _metric(metric)) for metric in metrics), _number(3, seq)]
    return b"".join(parts)


def death(session: int, time: int = 1) -> bytes:
    """NDEATH of a session."""
    return payload([Metric("bdSeq", "uint64", session)], time=time)


def _metric(metric: Metric) -> bytes:
    parts = [_bytes(1, metric.name.encode()) if metric.name is not None else b"", _number(2, metric.alias)]
    parts += [_number(3, metric.time), _number(4, TYPES[metric.kind] if metric.kind and metric.typed else None)]
    parts += [_number(5, 1 if metric.historical else None), _number(7, 1 if metric.null else None)]
    return b"".join(parts) + _value(metric)


def _value(metric: Metric) -> bytes:
    match metric.value:
        case None:
            return b""
        case bool():
            return _number(14, int(metric.value))
        case str():
            return _bytes(15, metric.value.encode())
        case bytes():
            return _bytes(16, metric.value)
        case float():
            kind = metric.kind
            return (
                b"\x65" + struct.pack("<f", metric.value)
                if kind == "float"
                else b"\x69" + struct.pack("<d", metric.value)
            )
    if metric.kind in _LONG:
        return _number(11, int(metric.value) & (2**64 - 1))
    return _number(10, int(metric.value) & (2**32 - 1))


def _number(field: int, value: int | None) -> bytes:
    return b"" if value is None else _varint(field << 3) + _varint(value)


def _bytes(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
