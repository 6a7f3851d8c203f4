"""What leaves the event loop for the disk: edges to the journal, lines to the spool, then the acknowledgements.

The loop only appends to deques (atomic); one thread empties them. What an acknowledgement stands for was appended before
it, so it is on the disk, or counted as shed, when the acknowledgement is given.
"""

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from collectors.journal import Journal
from collectors.packing import pack
from collectors.sheet import Row, packed
from collectors.spool import Spool
from facility.domain.condition import Edge, folded
from facility.domain.histogram import Histogram

log = logging.getLogger(__name__)
T = TypeVar("T")

EVERY = 1.0  # seconds between two flushes that nobody asked for
RETRY = 0.25  # seconds until a flush that the disk refused is tried again
KEPT_LINES = 20_000  # lines kept in memory while the disk refuses them; more are shed, oldest first
KEPT_WAITING = 100_000  # lines kept in memory while a flush hangs on the disk; more are shed, oldest first
KEPT_EDGES = 10_000  # edges kept in memory while the journal refuses them; more are folded, never shed
PATIENCE = 5.0  # seconds for which acknowledgements wait for a disk that refuses
STAMP = 21  # a space, the digits of Unix ns from 2001 to 2286, a newline


class Outflow:
    """The hand-over. `lines`, `edges` and `acknowledgements` are appended to by the loop, `step` runs in a thread."""

    def __init__(self, spool: Spool, journal: Journal, *, packed: bool = True, rows: bool = False) -> None:
        """`packed`: history takes lines compressed; another one would have them decompressed at once. `rows`: it takes rows."""
        self.lines: deque[str | Row] = deque()
        self.rows = rows
        self.edges: deque[Edge] = deque()
        self.acknowledgements: deque[Callable[[], None]] = deque()
        self._hand = threading.Lock()  # held for a moment, while edges change hands: their order counts
        self.wake: Callable[[], None] = lambda: None  # asks for a flush now
        self._spool, self._journal, self._packed = spool, journal, packed
        self._edges: list[Edge] = []  # taken from the deque, not yet in the journal
        self._lines: list[str | Row] = []
        self._refused_since = 0.0
        self._journal_refuses = False
        self.flush, self.record = Histogram("facility_flush_seconds"), Histogram("facility_journal_seconds")
        self.first: Callable[[], None] = lambda: None  # stores what must be on the disk before the lines
        self.delivered: Callable[[], None] = lambda: None  # told when there are new edges in the journal
        self.shed = 0  # lines given up while the disk hung
        self.folded = 0  # edges of conditions that came and went again and again while the journal refused

    @property
    def waiting_lines(self) -> int:
        """Lines in memory."""
        return len(self.lines) + len(self._lines)

    @property
    def waiting_edges(self) -> int:
        """Edges in memory, not yet in the journal."""
        return len(self.edges) + len(self._edges)

    def bound(self) -> None:
        """Called by the loop, also while a flush hangs: keeps the bounds of what waits; never waits for the disk."""
        while len(self.lines) > KEPT_WAITING:
            self.shed += len(_take(self.lines, len(self.lines) - KEPT_WAITING))
        if len(self.edges) > KEPT_EDGES:
            with self._hand:
                self.edges.extend(self._fold(_take(self.edges)))

    def latencies(self) -> dict[str, float]:
        """How long the disk takes, as complete series."""
        return {**self.flush.series(), **self.record.series()}

    def step(self) -> float:
        """Flush; seconds until the next flush."""
        acknowledgements = len(self.acknowledgements)
        with self._hand:
            self._edges += _take(self.edges)
        self._lines += _take(self.lines)
        self.first()
        journalled, stored = self._record(), self._store()
        if not (journalled and stored):
            return RETRY
        for _ in range(acknowledgements):
            self.acknowledgements.popleft()()
        return EVERY

    def _record(self) -> bool:
        if not self._edges:
            return True
        self._edges = self._fold(self._edges)
        try:
            with self.record.timing():
                self._journal.record(self._edges)
        except sqlite3.Error as error:
            if not self._journal_refuses:
                log.critical("the journal cannot be written, alerts wait in memory (%s). Make room on the disk.", error)
            self._journal_refuses = True
            return False
        if self._journal_refuses:
            log.info("the journal can be written again")
        self._journal_refuses = False
        self._edges = []
        self.delivered()
        return True

    def _store(self) -> bool:
        """True when the lines are on the disk, or were given up after some patience."""
        if not self._lines:
            return True
        if self._append():
            self._refused_since = 0.0
        else:
            self._refused_since = self._refused_since or time.monotonic()
            if time.monotonic() - self._refused_since < PATIENCE:
                self._keep()
                return False
            self._spool.shed(len(self._lines))
        self._lines = []
        return True

    def _append(self) -> bool:
        lines = packed(self._lines)
        oldest = 0
        if self._packed:
            lines, oldest = pack(lines), oldest_of(line for line in self._lines if isinstance(line, str))
        try:
            with self.flush.timing():
                return self._spool.append(lines, len(self._lines), oldest)
        except sqlite3.Error as error:  # locked by another program, say: no reason to drop what is stored
            if not self._refused_since:  # said once a streak
                log.warning("the spool cannot be written (%s). End the program that holds it open.", error)
            return False

    def _fold(self, edges: list[Edge]) -> list[Edge]:
        """Rules that flap must not fill the memory."""
        if len(edges) <= KEPT_EDGES:
            return edges
        kept = folded(edges)
        self.folded += len(edges) - len(kept)
        return kept

    def _keep(self) -> None:
        surplus = len(self._lines) - KEPT_LINES
        if surplus > 0:
            del self._lines[:surplus]
            self._spool.shed(surplus)


def oldest_of(lines: Iterable[str]) -> int:
    """The oldest of their times in Unix ns; 0 when one is of before 2001, and has fewer digits."""
    ends = [line[-STAMP:-1] for line in lines]
    if not all(end[:1] == " " and end[1:].isdigit() for end in ends):
        return 0
    return int(min(ends))  # compared as text, which costs less than reading the numbers


def _take(items: deque[T], count: int | None = None) -> list[T]:
    """All items that are in the deque now, or the oldest `count`; another thread may take some of them."""
    taken: list[T] = []
    try:
        for _ in range(len(items) if count is None else count):
            taken.append(items.popleft())
    except IndexError:
        pass
    return taken
