"""Makes a screenshot small: 24-bit PNG in, 256 colours out; standard library only."""

import struct
import zlib
from collections import Counter
from itertools import pairwise

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def small(png: bytes) -> bytes:
    """The same picture with a palette of its 256 commonest colours; others take the nearest of them."""
    width, height, pixels = _pixels(png)
    counted = Counter(pixels)
    palette = [colour for colour, _ in counted.most_common(256)]
    index = {colour: place for place, colour in enumerate(palette)}
    near: dict[bytes, int] = {}  # by colour rounded to four bits
    for colour in counted.keys() - index.keys():
        rounded = bytes(value & 0xF0 | 8 for value in colour)
        if rounded not in near:
            near[rounded] = _nearest(rounded, palette)
        index[colour] = near[rounded]
    rows = b"".join(
        b"\0" + bytes(map(index.__getitem__, pixels[start : start + width]))
        for start in range(0, width * height, width)
    )
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _pixels(png: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and the pixels of an 8-bit RGB or RGBA picture that is not interlaced."""
    width = height = channels = 0
    packed, place = b"", len(SIGNATURE)
    while place < len(png):
        length, kind = struct.unpack_from(">I4s", png, place)
        body = png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", body)
            channels = {2: 3, 6: 4}[colour]
            assert depth == 8
        elif kind == b"IDAT":
            packed += body
        place += 12 + length
    raw, stride = zlib.decompress(packed), width * channels
    rows, above = bytearray(), bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, channels)
        rows += above
    edges = range(0, len(rows) + 1, channels)
    return width, height, [bytes(rows[left : left + 3]) for left, _ in pairwise(edges)]


def _unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    """Undo a row's filter (PNG specification, 9.2)."""
    for place in range(len(row)) if kind else ():
        left = row[place - step] if place >= step else 0
        up, corner = above[place], above[place - step] if place >= step else 0
        row[place] = (row[place] + (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]) & 255
    return row


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    return min((left, up, corner), key=lambda value: abs(estimate - value))


def _nearest(colour: bytes, palette: list[bytes]) -> int:
    distances = [sum((one - other) ** 2 for one, other in zip(colour, each, strict=True)) for each in palette]
    return distances.index(min(distances))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
