"""Which keys belong to which kind of link: for the loader, and as JSON Schema for editors."""

from collections.abc import Mapping

from facility.domain.asset import LinkKind
from facility.site.kinds import Schema

_ADDRESS = ("host", "port")
_SERIAL = ("baud", "parity", "stop_bits", "data_bits")
NEEDED: Mapping[LinkKind, tuple[str, ...]] = {
    LinkKind.MODBUS_TCP: _ADDRESS,
    LinkKind.MODBUS_RTU: ("device",),
    LinkKind.MODBUS_RTU_TCP: _ADDRESS,
    LinkKind.MQTT: _ADDRESS,
}
_ALLOWED: Mapping[LinkKind, tuple[str, ...]] = {
    LinkKind.MODBUS_TCP: ("connections",),
    LinkKind.MODBUS_RTU: _SERIAL,
    LinkKind.MODBUS_RTU_TCP: _SERIAL,
    LinkKind.MQTT: ("username", "password_file", "tls", "ca_file"),
}
_EVERY = (*_ADDRESS, "device", *_SERIAL, "username", "password_file", "tls", "ca_file", "connections")


def foreign(kind: LinkKind) -> tuple[str, ...]:
    """The keys that a link of this kind does not have."""
    return tuple(key for key in _EVERY if key not in NEEDED[kind] and key not in _ALLOWED[kind])


def conditions() -> Schema:
    """The same as JSON Schema."""
    return {
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind.value}}, "required": ["kind"]},
                "then": {"required": list(NEEDED[kind]), "properties": dict.fromkeys(foreign(kind), False)},
            }
            for kind in LinkKind
        ]
    }
