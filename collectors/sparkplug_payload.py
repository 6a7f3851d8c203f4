"""Payloads of Sparkplug B, decoded. The only importer of protobuf; the message is described here, by field numbers and types.

What the description leaves out (metadata, properties, data sets, templates) is skipped; a metric that carries only such is
a metric without a value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from collectors.payload import LONGEST, Garbage
from facility.domain.moment import EPOCH

_PACKAGE: Final = "facility_sparkplug"
_Field = descriptor_pb2.FieldDescriptorProto
_VALUES = {  # the fields of which a metric has one: name → number and type
    "int_value": (10, _Field.TYPE_UINT32),
    "long_value": (11, _Field.TYPE_UINT64),
    "float_value": (12, _Field.TYPE_FLOAT),
    "double_value": (13, _Field.TYPE_DOUBLE),
    "boolean_value": (14, _Field.TYPE_BOOL),
    "string_value": (15, _Field.TYPE_STRING),
    "bytes_value": (16, _Field.TYPE_BYTES),
}
_INTEGERS = {1: (8, True), 2: (16, True), 3: (32, True), 4: (64, True), 5: (8, False), 6: (16, False), 7: (32, False)}
_INTEGERS[8] = (64, False)  # data types 1 to 8: bits, signed
_FLOAT, _DOUBLE, _BOOLEAN, _STRING, _DATETIME, _TEXT = 9, 10, 11, 12, 13, 14


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `datatype` 0 and `name` "": not said here but in the birth. `timestamp`: Unix ms. `raw` as it came."""

    name: str
    alias: int | None
    timestamp: int | None
    datatype: int
    historical: bool
    null: bool
    raw: int | float | bool | str | None


@dataclass(frozen=True, slots=True)
class Payload:
    """One message. `timestamp`: Unix ms; `seq`: 0 to 255."""

    timestamp: int | None
    seq: int | None
    metrics: tuple[Metric, ...]


def decode(data: bytes) -> Payload:
    """The payload of a message; Garbage."""
    if len(data) > LONGEST:
        raise Garbage(f"{len(data)} bytes are too long")
    message = _Message()
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise Garbage("no Sparkplug B payload") from None
    return Payload(_given(message, "timestamp"), _given(message, "seq"), tuple(map(_metric, message.metrics)))


def value_of_type(raw: int | float | bool | str | None, datatype: int) -> int | float | bool | str | None:
    """A metric's value by its data type: integers with their sign, times as ISO 8601; None when value and type disagree."""
    whole = isinstance(raw, int) and not isinstance(raw, bool)
    if datatype in _INTEGERS and whole:
        return _integer(int(raw or 0), *_INTEGERS[datatype])
    if datatype == _DATETIME and whole:
        return _moment(int(raw or 0))
    if datatype in (_FLOAT, _DOUBLE) and isinstance(raw, float):
        return raw
    if datatype == _BOOLEAN and isinstance(raw, bool):
        return raw
    if datatype in (_STRING, _TEXT) and isinstance(raw, str):
        return raw
    return None


def obvious_type(raw: int | float | bool | str | None) -> int:
    """The data type that a value shows without saying it; 0 for integers, whose sign only a type tells."""
    return {float: _DOUBLE, bool: _BOOLEAN, str: _STRING}.get(type(raw), 0)


def _integer(raw: int, bits: int, signed: bool) -> int | None:
    """Small integers travel in 32 bits, negative ones as two's complement, sign-extended or not."""
    low = raw & ((1 << bits) - 1)
    high = raw >> bits
    if not signed:
        return None if high else low
    negative = bool(low >> (bits - 1))
    if high and not (negative and high == (1 << (32 - bits)) - 1):
        return None
    return low - (1 << bits) if negative else low


def _moment(milliseconds: int) -> str | None:
    try:
        return (EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")
    except OverflowError:
        return None


def _metric(message: Any) -> Metric:
    field = message.WhichOneof("value")
    raw = None if field in (None, "bytes_value") else getattr(message, field)
    return Metric(
        name=message.name,
        alias=_given(message, "alias"),
        timestamp=_given(message, "timestamp"),
        datatype=message.datatype,
        historical=message.is_historical,
        null=message.is_null,
        raw=raw,
    )


def _given(message: Any, name: str) -> int | None:
    return int(getattr(message, name)) if message.HasField(name) else None


def _fields() -> Iterator[tuple[str, str, int, int]]:
    """Message, field, number and type of what is read."""
    yield from (("Payload", "timestamp", 1, _Field.TYPE_UINT64), ("Payload", "seq", 3, _Field.TYPE_UINT64))
    yield from (("Metric", "name", 1, _Field.TYPE_STRING), ("Metric", "alias", 2, _Field.TYPE_UINT64))
    yield from (("Metric", "timestamp", 3, _Field.TYPE_UINT64), ("Metric", "datatype", 4, _Field.TYPE_UINT32))
    yield from (("Metric", "is_historical", 5, _Field.TYPE_BOOL), ("Metric", "is_null", 7, _Field.TYPE_BOOL))
    for name, (number, kind) in _VALUES.items():
        yield "Metric", name, number, kind


def _message_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="facility/sparkplug", package=_PACKAGE, syntax="proto2")
    messages = {name: file.message_type.add(name=name) for name in ("Metric", "Payload")}
    messages["Metric"].oneof_decl.add(name="value")
    for message, name, number, kind in _fields():
        field = messages[message].field.add(name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL)
        if name in _VALUES:
            field.oneof_index = 0
    messages["Payload"].field.add(
        name="metrics",
        number=2,
        type=_Field.TYPE_MESSAGE,
        type_name=f".{_PACKAGE}.Metric",
        label=_Field.LABEL_REPEATED,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


_Message = _message_class()
