"""A scan of unknown devices: which units, which registers, and how many requests that may take at most."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from facility.domain.profile import Table
from facility.domain.reads import Request

LAST_UNIT, LAST_REGISTER = 247, 65535
PASSES = 2
_SPAN = re.compile(r"\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?")


@dataclass(frozen=True, slots=True)
class Scan:
    """What is asked. No registers: only whether the units live. `block`: registers in the first request for them."""

    units: tuple[int, ...]
    table: Table = Table.HOLDING
    registers: tuple[range, ...] = ()
    block: int = 32
    pause: timedelta = timedelta(milliseconds=50)
    timeout: timedelta = timedelta(seconds=1)

    @property
    def most_requests(self) -> int:
        """No scan takes more, whatever refuses: each unit once, each block bisected, what answered once more."""
        bisected = sum(2 * len(block) - 1 for block in self.blocks())
        again = sum(len(block) for block in self.blocks())
        repeated = len(list(self.blocks()))  # a block that got no answer is asked once more
        return len(self.units) * (1 + bisected + repeated + (PASSES - 1) * again)

    @property
    def most_seconds(self) -> float:
        """If every request ran into its timeout."""
        return self.most_requests * (self.pause + self.timeout).total_seconds()

    def blocks(self) -> Iterator[range]:
        """The registers in pieces of a first request each."""
        for span in self.registers:
            for first in range(span.start, span.stop, self.block):
                yield range(first, min(first + self.block, span.stop))

    def request(self, unit: int, registers: range) -> Request:
        """The request for these registers."""
        return Request(unit, self.table, registers.start, len(registers), self.timeout.total_seconds())


def spans(text: str, least: int, most: int) -> tuple[range, ...]:
    """`1-32`, `1,3,10-12` as ranges, sorted and joined; ValueError says what is wrong and how to mend it."""
    found = [_span(part, least, most) for part in text.split(",")]
    found.sort(key=lambda span: span.start)
    joined: list[range] = []
    for span in found:
        if joined and span.start <= joined[-1].stop:
            joined[-1] = range(joined[-1].start, max(joined[-1].stop, span.stop))
        else:
            joined.append(span)
    return tuple(joined)


def flat(ranges: Sequence[range]) -> tuple[int, ...]:
    """All numbers of the ranges."""
    return tuple(number for span in ranges for number in span)


def shown(ranges: Sequence[range]) -> str:
    """As people write them: `1-32,40`."""
    return ",".join(str(r.start) if len(r) == 1 else f"{r.start}-{r.stop - 1}" for r in ranges)


def _span(part: str, least: int, most: int) -> range:
    match = _SPAN.fullmatch(part)
    if match is None:
        raise ValueError(
            f'"{part.strip()}" is no number and no range. Write it like {least}-{least + 31} or {least},5.'
        )
    first, last = int(match[1]), int(match[2] or match[1])
    if first > last:
        raise ValueError(f"{first}-{last} runs backwards. Write {last}-{first}.")
    if first < least or last > most:
        raise ValueError(f"{part.strip()} is not within {least} and {most}. Choose numbers from {least} to {most}.")
    return range(first, last + 1)
