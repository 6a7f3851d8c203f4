"""Alerts as people see them: what, where, since when, by when somebody must be told, and what was done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.views.consequences import ConsequenceView, consequence_views
from api.views.people import Names
from api.views.places import area_title, plain, point_of, position_title, rule_title, thing_title
from facility.domain.alert import Alert, AlertEvent, AlertState, Deadline
from facility.domain.asset import Site
from facility.domain.condition import Condition
from facility.domain.notice import Notice
from facility.domain.profile import Point
from facility.domain.reading import Value
from facility.domain.suppression import Suppression
from facility.domain.text import Title
from facility.domain.unit import Unit
from facility.ports import WorkUnit


class Promise(StrEnum):
    """How the promise to tell somebody stands. LATE: told, but after the deadline."""

    RUNNING = "running"
    KEPT = "kept"
    LATE = "late"
    MISSED = "missed"
    WAIVED = "waived"  # somebody acknowledged before this step


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """The promise behind a step of an alert's ladder. `proof`: notice, acknowledged or told_by_phone."""

    due_at: datetime
    met_at: datetime | None
    state: Promise
    position: Title
    round: int
    step: int
    missed_at: datetime | None
    proof: str


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert. `unit` is that of `value` and `limit`; `labels` name the states of an enum point."""

    id: int
    kind: str
    level: int
    state: AlertState
    asset: str
    asset_title: Title
    asset_known: bool  # there is a page for it
    area_title: Title | None
    rule: str
    rule_title: Title
    point: str
    point_title: Title | None
    value: Value | None
    limit: Value | None
    unit: Unit
    onset: datetime
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    returned_at: datetime | None
    closed_at: datetime | None
    late: bool
    deadline: DeadlineView | None
    order: int | None = None
    drill: int | None = None
    area: str = ""
    note: str = ""
    raised_by: str = ""
    by_hand: bool = False
    latched: bool = False
    hidden: str = ""  # shelved, out_of_service or suppressed: kept quiet now
    round: int = 0
    announced: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of an alert's history."""

    at: datetime
    what: str
    person: str
    detail: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One message to one person over one channel, with the channel's own answer."""

    person: str
    channel: str
    state: str
    attempts: int
    answer_code: str
    answer_text: str
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class SuppressionView:
    """What a person keeps quiet, until when and why. An empty rule: the whole asset."""

    id: int
    kind: str
    asset: str
    asset_title: Title
    rule: str
    rule_title: Title | None
    since: datetime
    until: datetime | None
    reason: str
    person: str


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """One alert with its history and notices."""

    alert: AlertView
    events: tuple[EventView, ...]
    notices: tuple[NoticeView, ...]
    deadlines: tuple[DeadlineView, ...] = ()
    suppressions: tuple[SuppressionView, ...] = ()  # what keeps it quiet now
    consequences: tuple[ConsequenceView, ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionView:
    """A condition of an asset, open unless `ended_at` is set."""

    rule: str
    title: Title
    onset: datetime
    ended_at: datetime | None
    point: str
    value: Value | None
    limit: Value | None


def promise(deadline: Deadline, now: datetime) -> Promise:
    """How the promise stands at `now`."""
    if deadline.waived_at is not None:
        return Promise.WAIVED
    if deadline.met_at is not None:
        return Promise.KEPT if deadline.met_at <= deadline.due_at else Promise.LATE
    return Promise.MISSED if deadline.missed_at is not None or now > deadline.due_at else Promise.RUNNING


def alert_view(site: Site, unit: WorkUnit, alert: Alert, names: Names, now: datetime) -> AlertView:
    """One alert as it stands at `now`."""
    first = [each for each in unit.alerts.deadlines(alert.id) if each.step == 0]
    order = unit.orders.of_alert(alert.id)
    point: Point | None = point_of(site, alert.asset, alert.point)
    return AlertView(
        id=alert.id,
        kind=alert.kind,
        level=alert.level,
        state=alert.state,
        asset=alert.asset,
        asset_title=thing_title(site, alert.asset),
        asset_known=alert.asset in site.assets,
        area_title=area_title(site, alert.asset) or _area(site, alert.area),
        rule=alert.rule,
        rule_title=rule_title(site, alert.asset, alert.rule),
        point=alert.point,
        point_title=point.title if point else None,
        value=alert.value,
        limit=alert.limit,
        unit=point.unit if point else Unit.NONE,
        onset=alert.onset,
        raised_at=alert.raised_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=names.of(alert.acknowledged_by),
        returned_at=alert.returned_at,
        closed_at=alert.closed_at,
        late=alert.late,
        deadline=deadline_view(site, first[-1], now) if first else None,
        order=order.id if order else None,
        drill=alert.drill,
        area=alert.area,
        note=alert.note,
        raised_by=names.of(alert.raised_by),
        by_hand=alert.by_hand,
        latched=alert.latched,
        hidden=alert.hidden,
        round=alert.round,
        announced=alert.announced is not None,
        version=alert.version,
    )


def alert_detail(site: Site, unit: WorkUnit, number: int, now: datetime) -> AlertDetail:
    """One alert with everything that happened to it; NotFound."""
    names, alert = Names(unit), unit.alerts.get(number)
    ordered = [] if alert.latched else unit.suppressions.standing()
    standing = [each for each in ordered if each.covers(alert.asset, alert.rule)]
    return AlertDetail(
        alert=alert_view(site, unit, alert, names, now),
        events=tuple(_event(event, names) for event in unit.alerts.events(number)),
        notices=notice_views(unit.notices.of_alert(number), names),
        deadlines=tuple(deadline_view(site, each, now) for each in unit.alerts.deadlines(number)),
        suppressions=tuple(suppression_view(site, each, names) for each in standing),
        consequences=consequence_views(site, unit, number),
    )


def deadline_view(site: Site, deadline: Deadline, now: datetime) -> DeadlineView:
    """One promise as it stands at `now`."""
    return DeadlineView(
        due_at=deadline.due_at,
        met_at=deadline.met_at,
        state=promise(deadline, now),
        position=position_title(site, deadline.position),
        round=deadline.round,
        step=deadline.step,
        missed_at=deadline.missed_at,
        proof="notice" if deadline.notice is not None else deadline.proof,
    )


def suppression_view(site: Site, suppression: Suppression, names: Names) -> SuppressionView:
    """What a person keeps quiet."""
    asset, rule = suppression.asset, suppression.rule
    return SuppressionView(
        id=suppression.id,
        kind=str(suppression.kind),
        asset=asset,
        asset_title=thing_title(site, asset),
        rule=rule,
        rule_title=rule_title(site, asset, rule) if rule else None,
        since=suppression.since,
        until=suppression.until,
        reason=suppression.reason,
        person=names.of(suppression.person),
    )


def alert_views(site: Site, unit: WorkUnit, alerts: list[Alert], now: datetime) -> tuple[AlertView, ...]:
    """Several alerts, in their order."""
    names = Names(unit)
    return tuple(alert_view(site, unit, alert, names, now) for alert in alerts)


def notice_views(notices: list[Notice], names: Names) -> tuple[NoticeView, ...]:
    """Messages with what their channels answered."""
    return tuple(
        NoticeView(
            person=names.of(notice.person),
            channel=notice.channel,
            state=str(notice.state),
            attempts=notice.attempts,
            answer_code=notice.answer_code,
            answer_text=notice.answer_text,
            created_at=notice.created_at,
            done_at=notice.done_at,
        )
        for notice in notices
    )


def condition_view(site: Site, condition: Condition) -> ConditionView:
    """A condition of an asset."""
    return ConditionView(
        rule=condition.rule,
        title=rule_title(site, condition.asset, condition.rule),
        onset=condition.onset,
        ended_at=condition.ended_at,
        point=condition.point,
        value=condition.value,
        limit=condition.limit,
    )


def _area(site: Site, area: str) -> Title | None:
    known = site.areas.get(area)
    return known.title if known else plain(area) if area else None


def _event(event: AlertEvent, names: Names) -> EventView:
    return EventView(event.at, event.what, names.of(event.person), event.detail)
