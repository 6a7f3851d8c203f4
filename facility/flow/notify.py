"""Notify: which person gets which notice. Ladder → rung → position → who fills it → first channel."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from facility.domain.alert import Alert, AlertEvent
from facility.domain.asset import Asset, Site
from facility.domain.notice import Notice, Rung
from facility.domain.order import Order
from facility.domain.person import Person
from facility.domain.text import Message
from facility.flow.compose import alert_message
from facility.flow.remark import remarks_of
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

AREA_OWNER, MAINTAINING = "@area_owner", "@maintaining"
REPEAT = timedelta(
    minutes=30
)  # an unacknowledged alert of level 1 or 2 climbs its ladder again, so long after its last rung
ORDER_LEVEL = 3  # messages about orders wait for those about alerts


@dataclass(frozen=True, slots=True)
class Step:
    """The `number`-th step of an alert's escalation: a rung, and how long after the alert was raised."""

    number: int
    rung: Rung
    after: timedelta


def step_of(site: Site, level: int, number: int) -> Step | None:
    """The step; beyond the last rung the ladder is climbed again (level 3: not)."""
    ladder = site.ladders.get(level)
    if ladder is None or not ladder.rungs:
        return None
    turn, index = divmod(number, len(ladder.rungs))
    if turn and level > 2:
        return None
    return Step(number, ladder.rungs[index], ladder.rungs[index].after + turn * (ladder.rungs[-1].after + REPEAT))


def caught_up(site: Site, level: int, number: int, waited: timedelta) -> int:
    """The step that comes next after so long: turns that passed while nobody climbed are left out, except the first."""
    ladder = site.ladders.get(level)
    if ladder is None or not ladder.rungs or number < len(ladder.rungs):
        return number
    turns = (waited - ladder.rungs[0].after) // (ladder.rungs[-1].after + REPEAT)
    return max(number, turns * len(ladder.rungs))


def notify(site: Site, unit: WorkUnit, alert: Alert, number: int, now: datetime) -> int:
    """Queue the notices of step `number`; when nobody fills its position, of the next step at once.

    Returns the number of the step that comes next; `number` itself when nobody at all could be told.
    """
    for step in _turn(site, alert.level, number):
        position = position_of(site, alert.asset, step.rung.position)
        people = unit.people.holders(position) if position else []
        if people:
            _queue(site, unit, alert, step, people, now)
            return step.number + 1
        _note_empty(unit, alert, step, position, now)
    return number


def position_of(site: Site, asset: str, wanted: str) -> str:
    """The position that a rung means; empty when the asset's place has none."""
    if wanted == AREA_OWNER:
        area = site.areas.get(area_of(site, asset))
        return area.owner if area else ""
    if wanted == MAINTAINING:
        owner = representative(site, asset)
        return owner.maintaining if owner else ""
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
    """Queue a message about an order; False when this version of it was told to this person before."""
    channel = order_channels(site)[0]
    key = f"order:{order.id}:{order.version}:{person.id}:{channel}"
    return unit.notices.add(Notice(0, key, person.id, channel, message, ORDER_LEVEL, now, now, order=order.id))


def next_channel(site: Site, unit: WorkUnit, notice: Notice, now: datetime) -> bool | None:
    """Queue the same message for the person's next channel; False: queued before; None: there is no further channel."""
    channels = _channels_of(site, notice)
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
        return order_channels(site)
    step = step_of(site, notice.level, notice.rung)
    return step.rung.channels if step else ()


def _turn(site: Site, level: int, number: int) -> Iterator[Step]:
    """The steps from `number` on, each rung of the ladder once."""
    ladder = site.ladders.get(level)
    for later in range(number, number + len(ladder.rungs) if ladder else number):
        step = step_of(site, level, later)
        if step is not None:
            yield step


def _queue(site: Site, unit: WorkUnit, alert: Alert, step: Step, people: list[Person], now: datetime) -> None:
    following = step_of(site, alert.level, step.number + 1)
    escalates_at = alert.raised_at + following.after if following else None
    message = alert_message(alert, escalates_at, remarks_of(site, unit, alert))
    channel = step.rung.channels[0]
    queued = [
        unit.notices.add(
            Notice(
                id=0,
                key=f"alert:{alert.id}:{step.number}:{person.id}:{channel}",
                person=person.id,
                channel=channel,
                message=message,
                level=alert.level,
                created_at=now,
                next_at=now,
                alert=alert.id,
                rung=step.number,
            )
        )
        for person in people
    ]
    if step.number and any(queued):
        unit.alerts.log(AlertEvent(alert.id, now, "escalated", None, step.rung.position))


def _note_empty(unit: WorkUnit, alert: Alert, step: Step, position: str, now: datetime) -> None:
    detail = position or step.rung.position
    if any(event.what == "nobody" and event.detail == detail for event in unit.alerts.events(alert.id)):
        return
    log.error("alert %d: nobody fills the position %s; telling the next step of the ladder at once", alert.id, detail)
    unit.alerts.log(AlertEvent(alert.id, now, "nobody", None, detail))
