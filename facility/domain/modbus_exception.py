"""Exception codes of Modbus: what a device says when it refuses, in words and with what helps."""

_WORDS = {
    1: "illegal function: the device has no such table",
    2: "illegal data address: the device has no such register, or does not read across a hole",
    3: "illegal data value: the device does not give so many registers at once",
    4: "device failure: the device cannot read this now",
    5: "acknowledged, but it takes the device longer",
    6: "the device is busy",
    8: "memory parity error in the device",
    10: "gateway path unavailable: the gateway has no line for this unit",
    11: "the unit behind the gateway does not answer",
}
NO_TABLE = 1
BUSY = frozenset({5, 6})
OF_GATEWAY = frozenset({10, 11})
"""The gateway speaks, not the unit: no sign of life."""


def in_words(code: int) -> str:
    """`exception 2 (illegal data address: …)`."""
    return f"exception {code} ({_WORDS.get(code, 'a code of the maker')})"
