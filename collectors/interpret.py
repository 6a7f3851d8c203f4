"""Interpret: what words of an unknown device may mean. Every reading that is possible, and a hint, never a claim, which is likely.

A likely reading is a float that is finite, of human size, nearly the same in both passes, and better than the other orders.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from struct import Struct

from collectors.asking import Event
from facility.domain.profile import ByteOrder, Table

Words = Mapping[int, int]
ORDERS = tuple(order for order in ByteOrder if order.words == 2)
_PAIR = Struct(">HH")
_KINDS = {"float32": Struct(">f"), "int32": Struct(">i"), "uint32": Struct(">I")}
_SMALLEST, _LARGEST = 1e-3, 1e7  # of what people measure
_RARE = (ByteOrder.BADC.value, ByteOrder.DCBA.value)  # a small whole number beside an empty word looks like these
_STEADY = 0.2  # relative change between the passes that a measured value may have
_USUAL = (  # low, high, what is usual there
    (49.0, 51.0, "50 Hz"),
    (59.0, 61.0, "60 Hz"),
    (207.0, 253.0, "230 V"),
    (360.0, 440.0, "400 V"),
)
_SCALES = (1.0, 0.1, 0.01)
_NAN = 0x7FC00000  # how devices write a float that they do not have
_NOTHING = (0x0000, 0x8000, 0x7FFF, 0xFFFF)


def rows_of(table: Table, passes: Sequence[Words]) -> list[Event]:
    """One row an address that answered, in order; of a bit table only the bit."""
    words = {address: word for one in passes for address, word in one.items()}
    changed = {a for one in passes[1:] for a, word in one.items() if word != passes[0].get(a, word)}
    if table.of_bits:
        return [{"address": a, "bit": words[a], "changed": a in changed} for a in sorted(words)]
    rows: list[Event] = []
    for address in sorted(words):
        within = bool(rows) and rows[-1]["address"] == address - 1 and _has_likely(rows[-1])
        rows.append(_row(address, words, passes, changed=address in changed, within=within))
    return rows


def _row(address: int, words: Words, passes: Sequence[Words], *, changed: bool, within: bool) -> Event:
    """`within`: the word is the second one of a likely pair."""
    word = words[address]
    pairs = _pairs(address, words)
    likely = None if within else _likely(address, words, passes, pairs)
    if likely is not None:
        likely["likely"] = True
    hints = [] if likely or within else _hints(word)
    return {
        "address": address,
        "hex": f"{word:04X}",
        "uint16": word,
        "int16": word - 0x10000 if word & 0x8000 else word,
        "bcd": int(f"{word:x}") if word > 9 and f"{word:x}".isdecimal() else None,
        "ascii": _ascii(word),
        "pairs": pairs,
        "within": within,
        "hints": [*hints, *_float_hints(likely)],
        "changed": changed,
    }


def _has_likely(row: Event) -> bool:
    pairs = row["pairs"]
    return isinstance(pairs, list) and any(pair["likely"] for pair in pairs)


def _pairs(address: int, words: Words) -> list[Event]:
    """All readings of this word with the next one; empty when the next did not answer."""
    if address + 1 not in words:
        return []
    rows: list[Event] = []
    for kind in _KINDS:
        for order in ORDERS:
            value = _value(address, words, kind, order)
            shown = value if isfinite(value) else None
            rows.append({"type": kind, "order": order.value, "value": shown, "likely": False})
    return rows


def _value(address: int, words: Words, kind: str, order: ByteOrder) -> float:
    wire = _PAIR.pack(words[address], words[address + 1])
    value: float = _KINDS[kind].unpack(bytes(wire[order.value.index(letter)] for letter in "ABCD"))[0]
    return value


def _likely(address: int, words: Words, passes: Sequence[Words], pairs: Sequence[Event]) -> Event | None:
    """The best float of human size; None when two are as good. Of whole numbers none: any two words make one."""
    nothing = words[address] in _NOTHING and words.get(address + 1) in _NOTHING
    if not pairs or nothing or any(pair["value"] == _NAN for pair in pairs):
        return None
    floats = [(_float_merit(row, address, words, passes), row) for row in pairs if row["type"] == "float32"]
    return _best(floats)


def _best(judged: Sequence[tuple[int, Event]]) -> Event | None:
    most = max(merit for merit, _ in judged)
    winners = [row for merit, row in judged if merit == most]
    return winners[0] if most > 0 and len(winners) == 1 else None


def _float_merit(row: Event, address: int, words: Words, passes: Sequence[Words]) -> int:
    value = row["value"]
    if not isinstance(value, float) or not _SMALLEST <= abs(value) <= _LARGEST:
        return 0
    if not _steady(row, address, passes) or (row["order"] in _RARE and 0 in (words[address], words[address + 1])):
        return 0
    usual = any(low <= value <= high for low, high, _ in _USUAL)
    return 1 + (0.1 <= abs(value) <= 10_000) + 2 * usual


def _steady(row: Event, address: int, passes: Sequence[Words]) -> bool:
    """The reading is nearly the same in every pass that has both words."""
    seen = [
        _value(address, one, str(row["type"]), ByteOrder(str(row["order"])))
        for one in passes
        if address in one and address + 1 in one
    ]
    largest = max(map(abs, seen), default=0.0)
    return all(isfinite(value) for value in seen) and max(seen) - min(seen) <= _STEADY * largest if seen else False


def _hints(word: int) -> list[str]:
    """What a single word may be, scaled as meters do."""
    return [
        f"{usual}{f' × {scale:g}' if scale != 1 else ''}?"
        for low, high, usual in _USUAL
        for scale in _SCALES
        if low <= word * scale <= high
    ]


def _float_hints(likely: Event | None) -> list[str]:
    value = likely["value"] if likely else None
    return [f"{usual}?" for low, high, usual in _USUAL if isinstance(value, float) and low <= value <= high]


def _ascii(word: int) -> str | None:
    """Two characters, when both can be printed (a NUL may end a text)."""
    high, low = divmod(word, 256)
    if 0x20 <= high < 0x7F and (0x20 <= low < 0x7F or low == 0):
        return chr(high) + (chr(low) if low else "")
    return None
