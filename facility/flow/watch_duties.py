"""Watch duties: a position that is empty is a condition, told like any other; it ends when somebody is on duty again."""

import logging
from datetime import datetime

from facility.domain.asset import POSITION_EMPTY, Site
from facility.domain.condition import Edge, EdgeKind
from facility.flow.duty import duty_book
from facility.flow.look_ahead import empty_now
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

COLLECTOR = "duties"  # of the conditions that are found here


def watch_duties(site: Site, unit: WorkUnit, now: datetime) -> int:
    """Open and end the conditions; returns how many positions are empty. Each gap is one condition, however often it is seen.

    Before anybody is entered nothing is said: there is nobody to tell.
    """
    book = duty_book(site, unit, now)
    empty = empty_now(site, book, now) if book.people else []
    known = {found.asset: found.onset for found in unit.conditions.open() if found.collector == COLLECTOR}
    if set(known) == set(empty):
        return len(empty)
    for position in sorted(set(empty) - set(known)):
        log.error("nobody is on duty as %s", position)
    edges = [
        Edge(COLLECTOR, 0, position, POSITION_EMPTY, EdgeKind.OPENED, known.get(position, now), now)
        for position in empty
    ]
    unit.conditions.reconcile(COLLECTOR, edges, now)
    return len(empty)
