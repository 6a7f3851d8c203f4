"""Shift handover: the facts of a shift are signed by who hands it over, then by who takes it over; later words are additions."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.duty import on_duty
from facility.domain.errors import NotFound, Unfit
from facility.domain.handover import Addition, Facts, Handover, Happening
from facility.domain.order import FINAL, GROUPS, Order
from facility.domain.roster import Slot, governs_from, slots
from facility.flow.duty import duty_book
from facility.ports import AlertFilter, OrderFilter, WorkUnit

GRACE = timedelta(hours=1)  # after its end a shift without a record is missing one
BACK = timedelta(days=3)  # missing ones are shown so long
OLDEST = timedelta(days=14)  # and can be written so long
LISTED = 50  # of each section
LONGEST = 4000
SOON = timedelta(seconds=1)


def shift_named(site: Site, unit: WorkUnit, position: str, day: date, shift: str) -> Slot:
    """The shift that was staffed on this day; NotFound."""
    for slot in _slots(site, unit, position, day, day):
        if slot.shift.name == shift:
            return slot
    raise NotFound("shift", f"{position} {day} {shift}")


def facts_of(site: Site, unit: WorkUnit, position: str, slot: Slot, now: datetime) -> Facts:
    """What happened from its begin to its end, or until now: alerts of the position's assets, its orders, what is out of service."""
    until = min(now, slot.end)
    assets = {each.id for each in site.assets.values() if position in (each.operating, each.maintaining)}
    watched = (*assets, *{site.assets[asset].link for asset in assets})
    alerts, _ = unit.alerts.find(
        AlertFilter(assets=watched, since=slot.begin, until=until, descending=False, limit=LISTED)
    )
    mine = OrderFilter(positions=[position], limit=LISTED)
    out = [each for each in unit.suppressions.standing() if each.asset in assets]
    return {
        "alerts": tuple(
            Happening(each.id, each.kind, each.asset, each.state.value, each.onset, each.level) for each in alerts
        ),
        "opened": _orders(unit.orders.find(replace(mine, opened_from=slot.begin, opened_before=until))),
        "closed": _orders(unit.orders.find(replace(mine, states=FINAL, closed_from=slot.begin, closed_before=until))),
        "open": _orders(unit.orders.find(replace(mine, states=GROUPS["open"]))),
        "out_of_service": tuple(
            Happening(each.id, each.reason, each.asset, each.kind.value, each.since) for each in out[:LISTED]
        ),
    }


def give(
    site: Site, unit: WorkUnit, *, position: str, day: date, shift: str, person: int, words: str, now: datetime
) -> Handover:
    """The signed record of a shift. The same person again gets the same record; Unfit, NotFound."""
    slot = shift_named(site, unit, position, day, shift)
    known = unit.handovers.of_shift(position, day, shift)
    if known is not None:
        if known.giver == person:
            return known
        raise Unfit("shift", "handover_there", "was handed over already by somebody else")
    if now < slot.begin or now > slot.end + OLDEST:
        raise Unfit(
            "shift", "handover_when", f"can be handed over from its begin until {OLDEST.days} days after its end"
        )
    if person not in slot.people and person not in _may(site, unit, position, min(now, slot.end - SOON)):
        raise Unfit("person", "handover_not_yours", "is handed over by who stood in it")
    fresh = Handover(
        0, position, day, shift, slot.begin, slot.end, person, now, _said(words),
        facts_of(site, unit, position, slot, now), taken_words="",
    )  # fmt: skip
    stored = unit.handovers.add(fresh)
    if stored is None:
        raise Unfit("shift", "handover_there", "was handed over already by somebody else")
    unit.audit.note(now, person, "handover.given", f"handover:{stored.id}", {"shift": f"{position} {day} {shift}"})
    return stored


def take(site: Site, unit: WorkUnit, number: int, person: int, words: str, now: datetime) -> Handover:
    """Signed by who takes over; the same person again changes nothing; Unfit, NotFound."""
    known = unit.handovers.get(number)
    if known.taker == person:
        return known
    if known.giver == person:
        raise Unfit("person", "handover_same", "who hands over does not take over")
    if person not in _may(site, unit, known.position, now):
        raise Unfit("person", "handover_not_yours", "is taken over by who stands in the next shift")
    if not unit.handovers.take(number, person, _said(words), now):
        raise Unfit("handover", "handover_taken", "was taken over already by somebody else")
    unit.audit.note(now, person, "handover.taken", f"handover:{number}", {})
    return unit.handovers.get(number)


def add_to(unit: WorkUnit, number: int, person: int, words: str, key: str, now: datetime) -> None:
    """A correction beside the record; Unfit for empty words, NotFound."""
    unit.handovers.get(number)
    if not words.strip():
        raise Unfit("words", "words_empty", "say what is to be added")
    if unit.handovers.append(Addition(number, f"{person}:{key}", now, person, _said(words))):
        unit.audit.note(now, person, "handover.added", f"handover:{number}", {})


def missing(site: Site, unit: WorkUnit, now: datetime) -> list[tuple[str, Slot]]:
    """Shifts that ended an hour ago or more, up to three days, and were not handed over: position and shift, latest first."""
    return [
        (position, slot)
        for position, slot in _around(site, unit, now)
        if now - BACK <= slot.end <= now - GRACE
        and unit.handovers.of_shift(position, slot.day, slot.shift.name) is None
    ]


def to_give(site: Site, unit: WorkUnit, person: int, now: datetime) -> list[tuple[str, Slot]]:
    """Shifts in which this person stands, or stood until less than an hour ago, that wait to be handed over."""
    return [
        (position, slot)
        for position, slot in _around(site, unit, now)
        if person in slot.people
        and slot.begin <= now < slot.end + GRACE
        and unit.handovers.of_shift(position, slot.day, slot.shift.name) is None
    ]


def _around(site: Site, unit: WorkUnit, now: datetime) -> list[tuple[str, Slot]]:
    today = now.astimezone(site.zone).date()
    found = [
        (position, slot)
        for position in {roster.position for roster in unit.duties.rosters()} & site.positions.keys()
        for slot in _slots(site, unit, position, today - BACK - timedelta(days=1), today)
    ]
    return sorted(found, key=lambda each: (each[1].end, each[0]), reverse=True)


def _slots(site: Site, unit: WorkUnit, position: str, first: date, last: date) -> Iterable[Slot]:
    book = duty_book(site, unit, _midnight(site, first))
    roster = book.rosters.get(position)
    if roster is None:
        return []
    begin = governs_from(roster, site.zone)
    return [slot for slot in slots(roster, book.swaps, first, last, site.zone) if slot.begin >= begin]


def _midnight(site: Site, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=site.zone)


def _may(site: Site, unit: WorkUnit, position: str, at: datetime) -> frozenset[int]:
    """Who fills the position, or is on duty for it."""
    book = duty_book(site, unit, at)
    return frozenset(book.holders(position)) | {one.person.id for one in on_duty(book, position, at).people}


def _orders(orders: Iterable[Order]) -> tuple[Happening, ...]:
    return tuple(
        Happening(
            each.id, each.title_id, each.asset, each.state.value, each.opened_at, subject=each.subject, place=each.place
        )
        for each in orders
    )


def _said(words: str) -> str:
    text = words.replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise Unfit("words", "words_too_long", f"{LONGEST} characters at most", most=LONGEST)
    return text
