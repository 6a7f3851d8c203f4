"""Requests and complaints as pages show them: what, where, whose duty, how the clocks stand, what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from api.views.people import Names
from api.views.places import plain, thing_title
from facility.domain.asset import Site
from facility.domain.clock import ClockId, ClockReading, Stand
from facility.domain.home import masked
from facility.domain.request import (
    FINAL,
    Came,
    DutyOf,
    FollowUp,
    OutsideStep,
    Request,
    RequestEvent,
    RequestKind,
    RequestState,
    Satisfaction,
    StepName,
    caller_of,
)
from facility.domain.role import Role
from facility.domain.text import Title
from facility.flow.clocks import clocks_of_request
from facility.flow.handle_request import proposed_repeats
from facility.ports import DailyList, ReportPlace, WorkUnit


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock; `due_at` None while it waits or is paused."""

    id: ClockId
    stand: Stand
    due_at: datetime | None
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request. `where`: the home's address, the place in words, the asset. The phone is masked unless its being shown was noted."""

    id: int
    kind: RequestKind
    category: str
    category_title: Title
    words: str
    where: tuple[Title, ...]
    home: int | None
    asset: str
    area: str
    area_title: Title
    came: Came
    state: RequestState
    duty: DutyOf
    reporter: str
    phone: str
    receiver: str
    responsible: str
    order: int | None
    alert: int | None
    repeats: int | None
    received_at: datetime
    finished_at: datetime | None
    closed_at: datetime | None
    escalated_at: datetime | None
    caller: Role | None
    clocks: tuple[ClockView, ...]
    overdue: bool
    version: int


@dataclass(frozen=True, slots=True)
class RequestEventView:
    """A line of its history."""

    at: datetime
    what: str
    person: str
    note: str
    detail: str


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """A call back."""

    at: datetime
    person: str
    satisfied: Satisfaction | None
    first_visit: bool | None
    again_at: datetime | None
    remark: str


@dataclass(frozen=True, slots=True)
class OutsideStepView:
    """A step of what is another's duty; `late`: its date is over."""

    name: StepName
    due_on: date
    done_at: datetime | None
    person: str
    words: str
    late: bool


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """One request with everything that happened to it. `may_repeat`: earlier ones that somebody is asked about."""

    request: RequestView
    events: tuple[RequestEventView, ...]
    follow_ups: tuple[FollowUpView, ...]
    steps: tuple[OutsideStepView, ...]
    may_repeat: tuple[RequestView, ...]
    phone_shown: bool = False


@dataclass(frozen=True, slots=True)
class RequestList:
    """One page; `total` counts all pages."""

    requests: tuple[RequestView, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class UnresolvedRow:
    """A line of the daily list: as it stood then, and (`now`) how it stands now."""

    order: int | None
    request: int | None
    title: Title | None
    title_id: str
    where: tuple[Title, ...]
    area_title: Title
    person: str
    since: datetime
    clocks: Mapping[str, str]
    state: str
    now: str
    now_person: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """The list of a day; `made_at` None: there is none for it. `days`: all that have one, latest first."""

    day: date
    made_at: datetime | None
    late: bool
    rows: tuple[UnresolvedRow, ...]
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place of the public form."""

    id: int
    where: tuple[Title, ...]
    area_title: Title
    made_at: datetime
    revoked_at: datetime | None


def request_view(
    site: Site, unit: WorkUnit, request: Request, names: Names, now: datetime, *, phone_shown: bool = False
) -> RequestView:
    """One of them as it stands at `now`."""
    clocks = clock_views(clocks_of_request(site, unit, request, now))
    category = site.categories.get(request.category)
    return RequestView(
        id=request.id,
        kind=request.kind,
        category=request.category,
        category_title=category.title if category else plain(request.category),
        words=request.words,
        where=where_of(site, unit, request),
        home=request.home,
        asset=request.asset,
        area=request.area,
        area_title=_area(site, request.area),
        came=request.came,
        state=request.state,
        duty=request.duty,
        reporter=request.reporter.name,
        phone=request.reporter.phone if phone_shown else masked(request.reporter.phone),
        receiver=names.of(request.receiver),
        responsible=names.of(_responsible(unit, request)),
        order=request.order,
        alert=request.alert,
        repeats=request.repeats,
        received_at=request.received_at,
        finished_at=request.finished_at,
        closed_at=request.closed_at,
        escalated_at=request.escalated_at,
        caller=caller_of(request),
        clocks=clocks,
        overdue=request.state not in FINAL and any(clock.stand is Stand.OVERDUE for clock in clocks),
        version=request.version,
    )


def request_views(site: Site, unit: WorkUnit, requests: Sequence[Request], now: datetime) -> tuple[RequestView, ...]:
    """Several, in their order."""
    names = Names(unit)
    return tuple(request_view(site, unit, request, names, now) for request in requests)


def request_detail(
    site: Site, unit: WorkUnit, number: int, now: datetime, *, phone_shown: bool = False
) -> RequestDetail:
    """One of them; NotFound."""
    names, request = Names(unit), unit.requests.get(number)
    today = now.astimezone(site.zone).date()
    return RequestDetail(
        request=request_view(site, unit, request, names, now, phone_shown=phone_shown),
        events=tuple(_event(event, names) for event in unit.requests.events([number]).get(number, [])),
        follow_ups=tuple(_follow_up(one, names) for one in unit.requests.follow_ups([number]).get(number, [])),
        steps=tuple(_step(step, names, today) for step in unit.requests.steps(number)),
        may_repeat=request_views(site, unit, proposed_repeats(unit, request), now),
        phone_shown=phone_shown,
    )


def clock_views(readings: Mapping[ClockId, ClockReading]) -> tuple[ClockView, ...]:
    """The clocks in their order."""
    return tuple(ClockView(one.id, one.stand, one.due_at, one.met_at) for one in readings.values())


def where_of(site: Site, unit: WorkUnit, request: Request) -> tuple[Title, ...]:
    """Home, place and asset, as far as they are known."""
    home = unit.homes.get(request.home).address if request.home is not None else None
    places = [plain(str(text)) for text in (home, request.place) if text]
    return (*places, thing_title(site, request.asset)) if request.asset else tuple(places)


def unresolved_view(site: Site, unit: WorkUnit, made: DailyList | None, day: date) -> Unresolved:
    """A day's list."""
    names = Names(unit)
    rows = tuple(_row(site, unit, row, names) for row in (made.rows if made else ()))
    late = made is not None and made.made_at.astimezone(site.zone).date() > made.day
    return Unresolved(day, made.made_at if made else None, late, rows, tuple(unit.daily_lists.days(400)))


def place_view(site: Site, place: ReportPlace) -> PlaceView:
    """A place of the public form."""
    where = [plain(place.place)] if place.place else []
    if place.asset:
        where.append(thing_title(site, place.asset))
    return PlaceView(place.id, tuple(where), _area(site, place.area), place.made_at, place.revoked_at)


def _responsible(unit: WorkUnit, request: Request) -> int | None:
    """Who did it or answers for it; while there is an order, the person who has it."""
    if request.order is None or request.responsible is not None:
        return request.responsible
    return unit.orders.get(request.order).person


def _row(site: Site, unit: WorkUnit, row: Mapping[str, object], names: Names) -> UnresolvedRow:
    number, asked = row["order"], row["request"]
    order = unit.orders.get(number) if isinstance(number, int) else None
    request = unit.requests.get(asked) if isinstance(asked, int) else None
    if order is not None:
        title: Title | None = order.subject
        where: tuple[Title, ...] = (plain(order.place),) if order.place else (thing_title(site, order.asset),)
        title_id, now, person = order.title_id, order.state.value, order.person
    else:
        assert request is not None
        title, where = plain(request.words.splitlines()[0][:80]), where_of(site, unit, request)
        title_id, now, person = request.category, request.state.value, request.responsible
    clocks, since, before = row["clocks"], row["since"], row["person"]
    assert isinstance(clocks, Mapping)
    assert isinstance(since, datetime)
    return UnresolvedRow(
        order=order.id if order else None,
        request=request.id if request else None,
        title=title,
        title_id=title_id,
        where=where,
        area_title=_area(site, str(row["area"])),
        person=names.of(before) if isinstance(before, int) else "",
        since=since,
        clocks={str(name): str(stand) for name, stand in clocks.items()},
        state=str(row["state"]),
        now=now,
        now_person=names.of(person),
    )


def _area(site: Site, area: str) -> Title:
    known = site.areas.get(area)
    return known.title if known else plain(area)


def _event(event: RequestEvent, names: Names) -> RequestEventView:
    return RequestEventView(event.at, event.what, names.of(event.person), event.note, event.detail)


def _follow_up(one: FollowUp, names: Names) -> FollowUpView:
    return FollowUpView(one.at, names.of(one.person), one.satisfied, one.first_visit, one.again_at, one.remark)


def _step(step: OutsideStep, names: Names, today: date) -> OutsideStepView:
    late = step.done_at is None and step.due_on < today
    return OutsideStepView(step.name, step.due_on, step.done_at, names.of(step.person), step.words, late)
