"""Delivers the journal's edges to the work database, in order, and holds its open set to ours. Away means later, never lost."""

import logging
from collections.abc import Callable, Collection

from collectors.journal import Journal
from facility.domain.condition import Condition, Edge, EdgeKind
from facility.domain.errors import StoreError
from facility.failpoint import failpoint
from facility.ports import Clock, Work

log = logging.getLogger(__name__)

FAILPOINTS = ("deliver.after_take", "deliver.after_mark")
EDGES = 500  # of one transaction
IDLE = 1.0  # seconds between two looks when nobody wakes us
RECONCILE = 30.0  # seconds
BACK_OFF = (0.5, 5.0)  # first and longest wait while the work database is away, in seconds

Key = tuple[str, str]  # asset, rule
Adopted = Callable[[Collection[Condition], Collection[Key]], None]
"""Told, in our thread, of conditions that only the work database knew as open, and of those of which the journal has an edge."""


class Delivery:
    """One step: everything that is undelivered, then the open set when its time has come."""

    def __init__(self, journal: Journal, work: Work, clock: Clock, adopted: Adopted) -> None:
        self._journal, self._work, self._clock, self._adopted = journal, work, clock, adopted
        self._prepared = False
        self._next_reconcile = 0.0
        self._away = False
        self._wait = BACK_OFF[0]

    def step(self) -> float:
        """Seconds until the next step."""
        try:
            if not self._prepared:
                self._work.prepare()
                self._prepared = True
            if self._journal.fresh:
                self._adopt()
            self.deliver()
            if self._clock.monotonic() >= self._next_reconcile:
                self._reconcile()
        except StoreError as error:
            return self._lost(error)
        self._back()
        return IDLE

    def deliver(self) -> None:
        """All undelivered edges, in their order; StoreError."""
        while edges := self._journal.pending(EDGES):
            with self._work.writing() as unit:
                unit.conditions.take(edges)
            failpoint("deliver.after_take")
            self._journal.mark(edges)
            failpoint("deliver.after_mark")

    def _reconcile(self) -> None:
        edges = self._journal.open_set(delivered_only=True)
        if self._journal.fresh:
            return  # it was lost just now: it knows nothing yet, and the next step asks the work database
        with self._work.writing() as unit:
            mended = unit.conditions.reconcile(self._journal.collector, edges, self._clock.now())
        if mended:
            log.warning("the work database's open conditions differed from ours in %d places; they were mended", mended)
        self._next_reconcile = self._clock.monotonic() + RECONCILE

    def _adopt(self) -> None:
        """The journal was lost or is the first: what the work database knows as open stays open."""
        with self._work.reading() as unit:
            known = [item for item in unit.conditions.open() if item.collector == self._journal.collector]
        mine = {(edge.asset, edge.rule) for edge in self._journal.latest()}
        missing = [item for item in known if (item.asset, item.rule) not in mine]
        self._journal.adopt(_edge(item) for item in missing)
        self._adopted(missing, mine)
        if missing:
            log.warning("%d open conditions were taken over from the work database", len(missing))

    def _lost(self, error: StoreError) -> float:
        if not self._away:
            log.error("the work database is away, condition edges wait in the journal: %s", error)
        self._away = True
        wait, self._wait = self._wait, min(BACK_OFF[1], 2 * self._wait)
        return wait

    def _back(self) -> None:
        if self._away:
            log.info("the work database is back; all edges are delivered")
        self._away = False
        self._wait = BACK_OFF[0]


def _edge(known: Condition) -> Edge:
    return Edge(
        known.collector,
        0,
        known.asset,
        known.rule,
        EdgeKind.OPENED,
        known.onset,
        known.opened_at,
        known.point,
        known.value,
        known.limit,
    )
