"""Feed a calendar: an address that a person makes and takes back, and the orders that it shows."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from facility.domain.account import hash_of
from facility.domain.asset import Site
from facility.domain.errors import NotFound, Unfit
from facility.domain.order import Order
from facility.domain.person import Person
from facility.domain.text import Title
from facility.ports import CalendarFeed, OrderFilter, WorkUnit

BACK = timedelta(days=30)  # orders that were due earlier are not shown
MOST = 1000


@dataclass(frozen=True, slots=True)
class Fed:
    """What a feed shows: whose it is, its orders, the day of each that is planned for one, and when each changed last."""

    feed: CalendarFeed
    person: Person
    orders: list[Order]
    days: Mapping[int, date]
    changed: Mapping[int, datetime]
    kinds: Mapping[int, Title]  # of orders from requests: their category, instead of a resident's own words


def make_feed(site: Site, unit: WorkUnit, person: int, team: str, now: datetime) -> str:
    """The secret of a new address; it is shown once. Unfit for an unknown team."""
    if team and team not in site.teams:
        raise Unfit("team", "form_damaged", f"{team[:40]!r} is no team")
    token = secrets.token_urlsafe(32)
    feed = unit.calendars.add(CalendarFeed(0, hash_of(token), person, team, now))
    unit.audit.note(now, person, "calendar.made", f"calendar:{feed.id}", {"team": team} if team else {})
    return token


def revoke_feed(unit: WorkUnit, number: int, person: int, now: datetime) -> None:
    """The address works no more; NotFound for one of somebody else."""
    unit.calendars.revoke(number, person, now)
    unit.audit.note(now, person, "calendar.revoked", f"calendar:{number}", {})


def read_feed(site: Site, unit: WorkUnit, token: str, now: datetime) -> Fed:
    """Orders by due time, of the last 30 days and later; NotFound for an address that is not there, or whose person has left."""
    feed = unit.calendars.at(hash_of(token))
    person = unit.people.get(feed.person) if feed else None
    if feed is None or person is None or person.retired_at is not None:
        raise NotFound("calendar", "with this address")
    team = [each.id for each in site.positions.values() if each.team == feed.team]
    whose = OrderFilter(positions=team) if feed.team else OrderFilter(person=person.id)
    wanted = OrderFilter(positions=whose.positions, person=whose.person, due_from=now - BACK, limit=MOST)
    orders = unit.orders.find(wanted)
    days = {
        order.id: day
        for order in orders
        if order.occurrence is not None and (day := unit.occurrences.get(order.occurrence).day) is not None
    }
    return Fed(
        feed, person, orders, days, unit.orders.changed_at([order.id for order in orders]), _kinds(site, unit, orders)
    )


def _kinds(site: Site, unit: WorkUnit, orders: list[Order]) -> dict[int, Title]:
    found = {}
    for order in orders:
        if order.request is not None:
            category = site.categories.get(unit.requests.get(order.request).category)
            found[order.id] = category.title if category else Title("", "")
    return found
