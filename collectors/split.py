"""Split: a block that the device refuses as a whole, cut so that everything but the refused registers is still read.

Reading more than what is refused is refused too, so the longest readable piece from the left is found by bisection.
Where it ends there is either a point that the device does not have, or a hole that it does not read across; both are
remembered as scars and tried again, ever more rarely. When one has healed, the whole block is tried afresh.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from collectors.codec import BlockCodec
from collectors.wire import DeviceRefused, Request
from facility.domain.profile import Point
from facility.domain.reading import BadReason, Value
from facility.domain.reads import Block, request, span

Ask = Callable[[Request], Awaitable[bytes]]
Answers = tuple[list[Value | None], list[BadReason]]

WHOLE_DEVICE = frozenset({1, 5, 6, 10, 11})  # no such function, busy, gateway: says nothing about single registers
FIRST_REST, LONGEST_REST = 60.0, 3600.0  # seconds between two tries of a scar
MOST_CUTS = 4  # scars found in one turn; the rest of the block waits for the next


@dataclass(slots=True)
class Scar:
    """Cell `at` is refused, or (`hole`) the way from the cell before it. Tried again at `try_at`."""

    at: int
    hole: bool
    try_at: float
    rest: float = FIRST_REST


class Split:
    """The pieces of one block. A cell is a run of points that share their words: it is never cut."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._cells = _cells(block.points)
        self._pieces = [(0, len(self._cells))]
        self._scars: list[Scar] = []
        self._codecs: dict[tuple[int, int], tuple[Request, BlockCodec]] = {}

    @property
    def healed(self) -> bool:
        """One request reads everything again."""
        return self._pieces == [(0, len(self._cells))]

    @property
    def refused(self) -> int:
        """Points that are left out."""
        return sum(self._cells[s.at][1] - self._cells[s.at][0] for s in self._scars if not s.hole)

    async def read(self, ask: Ask, now: float) -> Answers:
        """Values and reasons of all points of the block, at one request a piece; whatever `ask` raises but a refusal."""
        await self._try_scar(ask, now)
        values: list[Value | None] = [None] * len(self._block.points)
        reasons = [BadReason.REFUSED] * len(self._block.points)
        cuts, number = MOST_CUTS, 0
        while number < len(self._pieces):
            piece = self._pieces[number]
            payload = await self._read_twice(ask, piece)
            if payload is None and cuts:
                cuts -= 1
                self._pieces[number : number + 1] = await self._cut(ask, piece, now)
                continue
            if payload is not None:
                first, last = self._points(piece)
                values[first:last], reasons[first:last] = self._plan(piece)[1].each(payload)
            number += 1
        return values, reasons

    async def _cut(self, ask: Ask, piece: tuple[int, int], now: float) -> list[tuple[int, int]]:
        """The piece without its first scar: the readable part before it, and what comes behind it (untried)."""
        first, last = piece
        good, bad = first, last  # [first, good) is readable, [first, bad) is not
        while bad - good > 1:
            middle = (good + bad) // 2
            if await self._readable(ask, (first, middle)):
                good = middle
            else:
                bad = middle
        hole = good > first and await self._readable(ask, (good, good + 1))
        self._scars.append(Scar(good, hole, now + FIRST_REST))
        parts = [(first, good), (good if hole else good + 1, last)]
        return [(begin, end) for begin, end in parts if begin < end]

    async def _try_scar(self, ask: Ask, now: float) -> None:
        scar = next((scar for scar in self._scars if scar.try_at <= now), None)
        if scar is None:
            return
        if await self._readable(ask, (scar.at - scar.hole, scar.at + 1)):
            self._scars.clear()
            self._pieces = [(0, len(self._cells))]
            return
        scar.rest = min(LONGEST_REST, 2 * scar.rest)
        scar.try_at = now + scar.rest

    async def _read_twice(self, ask: Ask, piece: tuple[int, int]) -> bytes | None:
        """The payload, or None when it was refused twice: once may have been a passing fault."""
        for _ in range(2):
            try:
                return await ask(self._plan(piece)[0])
            except DeviceRefused as refused:
                if refused.code in WHOLE_DEVICE:
                    raise
        return None

    async def _readable(self, ask: Ask, piece: tuple[int, int]) -> bool:
        try:
            await ask(self._plan(piece)[0])
        except DeviceRefused as refused:
            if refused.code in WHOLE_DEVICE:
                raise
            return False
        return True

    def _points(self, piece: tuple[int, int]) -> tuple[int, int]:
        return self._cells[piece[0]][0], self._cells[piece[1] - 1][1]

    def _plan(self, piece: tuple[int, int]) -> tuple[Request, BlockCodec]:
        if piece not in self._codecs:
            first, last = self._points(piece)
            points = self._block.points[first:last]
            asked = request(self._block.asset, points)
            self._codecs[piece] = asked, BlockCodec(points, asked)
        return self._codecs[piece]


def _cells(points: Sequence[Point]) -> list[tuple[int, int]]:
    """Index ranges of points whose words overlap (bits of one word)."""
    cells: list[tuple[int, int]] = []
    end = -1
    for i, point in enumerate(points):
        first, last = span([point])
        if cells and first < end:
            cells[-1] = (cells[-1][0], i + 1)
        else:
            cells.append((i, i + 1))
        end = max(end, last)
    return cells
