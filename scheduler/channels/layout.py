"""A message within a vendor's limit: whole lines go from the end, a line says where the rest stands, the link stays."""

import json
from collections.abc import Callable, Sequence

from facility.locale import text
from facility.ports import Outgoing

Size = Callable[[str], int]


def in_bytes(words: str) -> int:
    """Bytes of UTF-8."""
    return len(words.encode())


def in_json(words: str) -> int:
    """Bytes that the text takes inside a JSON document."""
    return len(json.dumps(words, ensure_ascii=False).encode()) - 2


def fitted(
    outgoing: Outgoing,
    longest: int,
    size: Size = in_bytes,
    *,
    tail: Sequence[str] = (),
    first: Callable[[str], str] = str,
    end: str = "\n",
    clean: Callable[[str], str] = str,
) -> str:
    """The message's lines and `tail`, at most `longest` by `size`.

    The first line (dressed by `first`) and the tail always stand; a first line that is too long is cut at a character.
    """
    head, *rest = [clean(line) for line in outgoing.text.splitlines() or [outgoing.title]]
    whole = end.join([first(head), *rest, *tail])
    if size(whole) <= longest:
        return whole
    more = text("notices.more" if outgoing.link else "notices.more_without_link", outgoing.language)
    lines = [first(cut(head, longest - size(end.join([first(""), more, *tail])), size))]
    for line in rest:
        if size(end.join([*lines, line, more, *tail])) > longest:
            break
        lines.append(line)
    return end.join([*lines, more, *tail])


def cut(words: str, room: int, size: Size = in_bytes) -> str:
    """The longest beginning of `words` within `room`; never half a character."""
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(words[:middle]) <= room else (low, middle - 1)
    return words[:low]
