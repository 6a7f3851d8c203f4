"""Lines compressed once, on their way to the disk: the spool holds them so, and a history that takes gzip gets the same bytes."""

import gzip
import zlib

from collectors.sheet import MARK, Damaged, text_of

DAMAGED = (zlib.error, EOFError, gzip.BadGzipFile, Damaged)  # what `unpack` raises
_MAGIC = b"\x1f\x8b"  # no line begins so
_WORTH_IT = 1024  # bytes; below, the frame costs more than it saves


def pack(lines: bytes) -> bytes:
    """Compressed when that is worth it."""
    return _compressed(lines) if len(lines) >= _WORTH_IT else lines


def unpack(packed: bytes) -> bytes:
    """The lines as text; one of DAMAGED when these bytes are not what was packed."""
    if packed.startswith(MARK):
        return text_of(packed)
    return gzip.decompress(packed) if packed.startswith(_MAGIC) else packed


def gzipped(packed: bytes) -> bytes:
    """As a gzip member, whether it was compressed or not; members may stand in a row. One of DAMAGED."""
    if packed.startswith(MARK):
        return _compressed(text_of(packed))
    return packed if packed.startswith(_MAGIC) else _compressed(packed)


def _compressed(lines: bytes) -> bytes:
    return gzip.compress(lines, compresslevel=1, mtime=0)
