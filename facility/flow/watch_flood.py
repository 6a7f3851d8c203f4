"""Watch for a flood of alerts: more than a person can follow. It is shown, and told once; nothing is held back by it."""

import logging
from dataclasses import replace
from datetime import datetime

from facility.domain.alert_figures import FLOOD_WINDOW, Flood, floods_now
from facility.domain.asset import Site
from facility.domain.duty import on_duty
from facility.domain.notice import Notice
from facility.domain.person import Person, ways
from facility.flow.compose import flood_message
from facility.flow.duty import duty_book
from facility.flow.notify import order_channels
from facility.flow.tune_rule import tuner
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

LEVEL = 2


def watch_flood(site: Site, unit: WorkUnit, now: datetime) -> Flood | None:
    """The flood that stands at `now`: begun, gone on or ended by how many alerts were raised in the last ten minutes."""
    standing = unit.alert_records.flood()
    raised = unit.alert_records.count_raised(now - FLOOD_WINDOW)
    if not floods_now(standing is not None, raised):
        if standing is not None:
            unit.alert_records.change_flood(replace(standing, ended_at=now))
            log.warning(
                "the flood of alerts that began at %s is over; at most %d in 10 min", standing.began_at, standing.peak
            )
        return None
    if standing is None:
        standing = unit.alert_records.begin_flood(now, raised)
        log.warning("a flood of alerts: %d in 10 min", raised)
        _tell(site, unit, standing, now)
    elif raised > standing.peak:
        standing = replace(standing, peak=raised)
        unit.alert_records.change_flood(standing)
    return standing


def _tell(site: Site, unit: WorkUnit, flood: Flood, now: datetime) -> None:
    for person in _who(site, unit, now):
        channel = ways(person, order_channels(site))[0]
        key = f"flood:{flood.id}:{person.id}:{channel}"
        unit.notices.add(Notice(0, key, person.id, channel, flood_message(flood), LEVEL, now, now))


def _who(site: Site, unit: WorkUnit, now: datetime) -> list[Person]:
    """Who tunes rules; else the managers."""
    positions = [tuner(site), *(position.id for position in site.positions.values() if position.role == "manager")]
    book = duty_book(site, unit, now)
    on_duty_now = (on_duty(book, position, now).people for position in positions if position)
    return next(([one.person for one in people] for people in on_duty_now if people), [])
