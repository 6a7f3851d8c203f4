"""Notify: which person gets which notice, and when. Ladder → rung → position → who is on duty → their first way."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from facility.domain.alert import DEADLINES, Alert, AlertEvent, Deadline
from facility.domain.asset import POSITION_EMPTY, Asset, Site
from facility.domain.duty import Duty, DutyBook, on_duty
from facility.domain.notice import Notice, Rung
from facility.domain.order import Order
from facility.domain.person import Person, ways
from facility.domain.text import Message, Title
from facility.flow.compose import TEST, alert_message
from facility.flow.duty import duty_book, first_with_people, wardens
from facility.flow.quiet import can_wait, quiet_until
from facility.flow.remark import remarks_of
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

AREA_OWNER, MAINTAINING, OPERATING = "@area_owner", "@maintaining", "@operating"
ORDER_LEVEL = 3  # messages about orders wait for those about alerts


@dataclass(frozen=True, slots=True)
class Step:
    """The `number`-th step of an alert's escalation: a rung, and how long after its telling began."""

    number: int
    rung: Rung
    after: timedelta


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who is told by a step of the ladder, now or when their quiet hours end."""

    step: Step
    person: Person
    next_at: datetime


def step_of(site: Site, level: int, number: int) -> Step | None:
    """The step; beyond the last rung the ladder is climbed again, if it says so."""
    ladder = site.ladders.get(level)
    if ladder is None or not ladder.rungs:
        return None
    turn, index = divmod(number, len(ladder.rungs))
    again = ladder.repeat_every
    if turn and again is None:
        return None
    turns = turn * (ladder.rungs[-1].after + again) if again is not None else timedelta(0)
    return Step(number, ladder.rungs[index], ladder.rungs[index].after + turns)


def caught_up(site: Site, level: int, number: int, waited: timedelta) -> int:
    """The step that comes next after so long: turns that passed while nobody climbed are left out, except the first."""
    ladder = site.ladders.get(level)
    if ladder is None or not ladder.rungs or number < len(ladder.rungs) or ladder.repeat_every is None:
        return number
    turns = (waited - ladder.rungs[0].after) // (ladder.rungs[-1].after + ladder.repeat_every)
    return max(number, turns * len(ladder.rungs))


def notify(site: Site, unit: WorkUnit, alert: Alert, number: int, now: datetime) -> int:
    """Queue the notices of step `number`; of the next step at once when nobody is on duty, or all are in quiet hours too long.

    Returns the number of the step that comes next; `number` itself when nobody at all could be told.
    """
    book = duty_book(site, unit, now)
    sleeping: list[Told] = []
    for step in _turn(site, alert.level, number):
        duty = _duty_of(site, book, alert, step, now)
        _promise(site, unit, alert, step, duty.position or step.rung.position)
        if duty.empty:
            _note_empty(unit, alert, step, duty.position, now)
            continue
        told = [_told(site, alert, step, person.person, now) for person in duty.people]
        _note_deputies(unit, alert, duty, now)
        if any(one.next_at == now for one in told) or _can_all_wait(unit, alert, told):
            _queue(site, unit, alert, [*sleeping, *told], now)
            return step.number + 1
        sleeping += told
    if not sleeping:
        return number
    first = sleeping[0].step  # the deadline is a promise, quiet hours are a courtesy
    at_once = [replace(one, next_at=now) if one.step == first else one for one in sleeping]
    _queue(site, unit, alert, at_once, now)
    return first.number + 1


def _told(site: Site, alert: Alert, step: Step, person: Person, now: datetime) -> Told:
    return Told(step, person, quiet_until(person, alert.level, now, site.zone) or now)


def _can_all_wait(unit: WorkUnit, alert: Alert, told: list[Told]) -> bool:
    """The first of them is told before the deadline, or somebody was told already."""
    of_round = [each for each in unit.alerts.deadlines(alert.id) if each.round == alert.round]
    if any(each.met_at is not None for each in of_round):
        return True
    due_at = min((each.due_at for each in of_round if each.step == 0), default=alert.told_from + DEADLINES[alert.level])
    return can_wait(min(one.next_at for one in told), due_at)


def _duty_of(site: Site, book: DutyBook, alert: Alert, step: Step, now: datetime) -> Duty:
    """Who is on duty for the step's position. Of an empty position the system administrator or the manager is told first."""
    if alert.rule == POSITION_EMPTY and step.number == 0:
        found = first_with_people(book, wardens(site), now)
        if found is not None:
            return found
    position = position_of(site, alert.asset, step.rung.position, alert.area)
    return on_duty(book, position, now) if position else Duty(step.rung.position, now, ())


def position_of(site: Site, asset: str, wanted: str, area: str = "") -> str:
    """The position that a rung means; empty when there is none. `area`: where it is, when no asset says so."""
    if wanted == AREA_OWNER:
        place = site.areas.get(area_of(site, asset) or area)
        return place.owner if place else ""
    if wanted in (MAINTAINING, OPERATING):
        owner = representative(site, asset)
        if owner is None:
            return position_of(site, asset, AREA_OWNER, area) if area else ""
        return owner.maintaining if wanted == MAINTAINING else owner.operating
    return wanted


def area_of(site: Site, asset: str) -> str:
    """The area of an asset, or of a link (its own, or that of its first asset)."""
    link = site.links.get(asset)
    if asset not in site.assets and link is not None and link.area:
        return link.area
    owner = representative(site, asset)
    return owner.area if owner else ""


def representative(site: Site, asset: str) -> Asset | None:
    """The asset itself; for a link, its first asset stands for it."""
    if asset in site.assets:
        return site.assets[asset]
    return next((found for found in site.assets.values() if found.link == asset and not found.retired), None)


def queue_order(site: Site, unit: WorkUnit, order: Order, person: Person, message: Message, now: datetime) -> bool:
    """Queue a message about an order; False when this version of it was told to this person before.

    In quiet hours it waits for their end, unless the order would be overdue by then.
    """
    channel = ways(person, order_channels(site))[0]
    key = f"order:{order.id}:{order.version}:{person.id}:{channel}"
    end = quiet_until(person, ORDER_LEVEL, now, site.zone)
    next_at = end if end is not None and can_wait(end, order.due_at) else now
    return unit.notices.add(Notice(0, key, person.id, channel, message, ORDER_LEVEL, now, next_at, order=order.id))


def next_channel(site: Site, unit: WorkUnit, notice: Notice, now: datetime) -> bool | None:
    """Queue the same message for the person's next channel; False: queued before; None: there is no further channel."""
    channels = ways(unit.people.get(notice.person), _channels_of(site, notice))
    following = channels[channels.index(notice.channel) + 1 :] if notice.channel in channels else channels[:1]
    if not following:
        return None
    key = f"{notice.key.rpartition(':')[0]}:{following[0]}"
    fresh = replace(notice, id=0, key=key, channel=following[0], created_at=now, next_at=now, attempts=0)
    return unit.notices.add(replace(fresh, answer_code="", answer_text=""))


def order_channels(site: Site) -> tuple[str, ...]:
    """Channels for messages about orders: those of the level-3 ladder, or all of the site."""
    step = step_of(site, ORDER_LEVEL, 0)
    return step.rung.channels if step else tuple(site.channels)


def _channels_of(site: Site, notice: Notice) -> tuple[str, ...]:
    if notice.alert is None:
        return order_channels(site) if notice.message.id != TEST else ()
    level = notice.message.params.get("level")  # of the alert: an all clear is sent at another
    step = step_of(site, level if isinstance(level, int) else notice.level, notice.rung)
    return step.rung.channels if step else ()


def _turn(site: Site, level: int, number: int) -> Iterator[Step]:
    """The steps from `number` on, each rung of the ladder once."""
    ladder = site.ladders.get(level)
    for later in range(number, number + len(ladder.rungs) if ladder else number):
        step = step_of(site, level, later)
        if step is not None:
            yield step


def _promise(site: Site, unit: WorkUnit, alert: Alert, step: Step, position: str) -> None:
    """Each rung, the first time that it is climbed, has a deadline of its own; that of the first is the alert's."""
    if step.number < len(site.ladders[alert.level].rungs):
        due_at = alert.told_from + step.after + DEADLINES[alert.level]
        unit.alerts.add_deadline(Deadline(alert.id, due_at, round=alert.round, step=step.number, position=position))


def _queue(site: Site, unit: WorkUnit, alert: Alert, told: list[Told], now: datetime) -> None:
    escalated: dict[int, str] = {}
    remarks = remarks_of(site, unit, alert)
    for one in told:
        fresh = unit.notices.add(_notice(site, alert, one, remarks, now))
        if fresh and one.next_at > now:
            unit.alerts.log(AlertEvent(alert.id, now, "quiet", one.person.id, one.next_at.isoformat()))
        elif fresh and one.step.number:
            escalated[one.step.number] = one.step.rung.position
    for position in escalated.values():
        unit.alerts.log(AlertEvent(alert.id, now, "escalated", None, position))


def _notice(site: Site, alert: Alert, told: Told, remarks: Sequence[Title], now: datetime) -> Notice:
    following = step_of(site, alert.level, told.step.number + 1)
    escalates_at = alert.told_from + following.after if following else None
    channel = ways(told.person, told.step.rung.channels)[0]
    telling = f"r{alert.round}:{told.step.number}" if alert.round else str(told.step.number)
    return Notice(
        id=0,
        key=f"alert:{alert.id}:{telling}:{told.person.id}:{channel}",
        person=told.person.id,
        channel=channel,
        message=alert_message(alert, escalates_at, remarks),
        level=alert.level,
        created_at=now,
        next_at=told.next_at,
        alert=alert.id,
        rung=told.step.number,
        round=alert.round,
    )


def _note_deputies(unit: WorkUnit, alert: Alert, duty: Duty, now: datetime) -> None:
    """On record: who stands in for whom."""
    for one in duty.people:
        away = [str(step.params["person"]) for step in one.why if step.id == "duty.deputy"]
        if away:
            unit.alerts.log(AlertEvent(alert.id, now, "stands_in", one.person.id, " → ".join(away)))


def _note_empty(unit: WorkUnit, alert: Alert, step: Step, position: str, now: datetime) -> None:
    detail = position or step.rung.position
    if any(event.what == "nobody" and event.detail == detail for event in unit.alerts.events(alert.id)):
        return
    log.error("alert %d: nobody is on duty as %s; telling the next step of the ladder at once", alert.id, detail)
    unit.alerts.log(AlertEvent(alert.id, now, "nobody", None, detail))
