"""SMS in PDU mode (3GPP TS 23.040): SUBMIT with UCS-2 text, cut into linked parts when it is longer than one message."""

import re
from dataclasses import dataclass

ALONE, LINKED = 70, 67  # UTF-16 units in a message, and in one of several
SUBMIT, WITH_HEADER = 0x11, 0x40  # SUBMIT with a relative validity period; a header in front of the text
INTERNATIONAL, NATIONAL = 0x91, 0x81
UCS2, ONE_DAY = 0x08, 0xA7
MOST_PARTS = 255
NUMBER = re.compile(r"\+?[0-9]{3,15}")


@dataclass(frozen=True, slots=True)
class Pdu:
    """One message for `AT+CMGS=<octets>`: its length without the service centre, and its hex text."""

    octets: int
    hex: str


def units(text: str) -> int:
    """Length as an SMS counts it: UTF-16 units."""
    return len(text.encode("utf-16-be")) // 2


def submits(number: str, text: str, reference: int) -> list[Pdu]:
    """The message in as many parts as it needs; `reference` (0 to 255) links them. ValueError: no number, too long."""
    if not NUMBER.fullmatch(number):
        raise ValueError("not a telephone number")
    if units(text) <= ALONE:
        return [_submit(number, b"", text)]
    parts = pieces(text, LINKED)
    if len(parts) > MOST_PARTS:
        raise ValueError("too long")
    headers = [bytes((5, 0, 3, reference & 0xFF, len(parts), place)) for place in range(1, len(parts) + 1)]
    return [_submit(number, header, part) for header, part in zip(headers, parts, strict=True)]


def pieces(text: str, longest: int) -> list[str]:
    """Pieces of at most `longest` units; a character of two units is never torn."""
    found, start, length = [], 0, 0
    for place, character in enumerate(text):
        width = units(character)
        if length + width > longest:
            found.append(text[start:place])
            start, length = place, 0
        length += width
    return [*found, text[start:]]


def _submit(number: str, header: bytes, text: str) -> Pdu:
    first = SUBMIT | (WITH_HEADER if header else 0)
    content = header + text.encode("utf-16-be")
    digits = number.removeprefix("+")
    kind = INTERNATIONAL if number.startswith("+") else NATIONAL
    body = bytes((first, 0, len(digits), kind)) + _swapped(digits) + bytes((0, UCS2, ONE_DAY, len(content))) + content
    return Pdu(len(body), "00" + body.hex().upper())


def _swapped(digits: str) -> bytes:
    """Two digits an octet, the first in the low half; filled up with F."""
    filled = digits + "F" * (len(digits) % 2)
    return bytes(int(filled[place + 1] + filled[place], 16) for place in range(0, len(filled), 2))
