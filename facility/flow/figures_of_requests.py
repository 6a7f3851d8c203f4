"""Figures of requests and complaints: handled in time, called back, content, solved at once."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.clock import ClockId, Stand
from facility.domain.figure import Behind, Case, Period
from facility.domain.request import (
    DutyOf,
    FollowUp,
    Request,
    RequestKind,
    RequestState,
    Satisfaction,
    caller_of,
)
from facility.flow.clocks import clocks_of_request
from facility.ports import RequestFilter, WorkUnit

MOST = 20_000
CONTENT = frozenset({Satisfaction.SATISFIED, Satisfaction.FAIRLY})


def complaints_in_time(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Complaints that were received in the period: settled within their five days."""
    cases = []
    for request in _received(site, unit, period, [RequestKind.COMPLAINT]):
        reading = clocks_of_request(site, unit, request, now)[ClockId.COMPLETED]
        if reading.stand in (Stand.MET, Stand.LATE, Stand.OVERDUE):
            cases.append(_case(site, unit, request, reading.stand is Stand.MET, reading.met_at))
    return cases


def followed_up(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """In-home repairs and complaints that were finished in the period: somebody was reached afterwards."""
    finished = RequestFilter(finished_since=period.since(site.zone), finished_until=period.until(site.zone), limit=MOST)
    due = [one for one in unit.requests.find(finished)[0] if caller_of(one) is not None]
    calls = unit.requests.follow_ups([one.id for one in due])
    return [
        _case(site, unit, one, any(call.satisfied is not None for call in calls.get(one.id, [])), one.finished_at)
        for one in due
    ]


def content(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Call backs of the period that reached somebody: satisfied or fairly."""
    return _calls(site, unit, period, list(RequestKind), lambda call: call.satisfied in CONTENT)


def content_with_repairs(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """The same of repairs alone."""
    return _calls(site, unit, period, [RequestKind.REPAIR], lambda call: call.satisfied in CONTENT)


def first_visit(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Call backs of the period whose matter was solved at the first visit."""
    return _calls(
        site,
        unit,
        period,
        [RequestKind.REPAIR, RequestKind.COMPLAINT],
        lambda call: call.first_visit is True,
        lambda call: call.first_visit is not None,
    )


def resolved_at_the_desk(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Enquiries and requests of the period that ended: whoever took them answered them, without an order."""
    ended = [
        one
        for one in _received(site, unit, period, list(RequestKind))
        if one.state in (RequestState.CLOSED, RequestState.FINISHED) and one.duty is DutyOf.CENTRE
    ]
    return [
        _case(site, unit, one, one.order is None and one.responsible == one.receiver, one.finished_at) for one in ended
    ]


def _received(site: Site, unit: WorkUnit, period: Period, kinds: Collection[RequestKind]) -> Sequence[Request]:
    wanted = RequestFilter(
        kinds=list(kinds),
        since=period.since(site.zone),
        until=period.until(site.zone),
        oldest_first=True,
        limit=MOST,
    )
    return [one for one in unit.requests.find(wanted)[0] if one.state is not RequestState.WITHDRAWN]


def _calls(
    site: Site,
    unit: WorkUnit,
    period: Period,
    kinds: Collection[RequestKind],
    counts: Callable[[FollowUp], bool],
    says: Callable[[FollowUp], bool] = lambda _call: True,
) -> Sequence[Case]:
    cases = []
    for call in unit.requests.follow_ups_between(period.since(site.zone), period.until(site.zone)):
        if call.satisfied is None or not says(call):
            continue
        request = unit.requests.get(call.request)
        if request.kind in list(kinds):
            cases.append(_case(site, unit, request, counts(call), call.at))
    return cases


def _case(site: Site, unit: WorkUnit, request: Request, counts: bool, at: datetime | None) -> Case:
    """A case of whoever did it: the results of a call back count for them."""
    person = request.responsible if request.responsible is not None else request.receiver
    order = unit.orders.get(request.order) if request.order is not None else None
    position = site.positions.get(order.position) if order else None
    return Case(
        Behind.REQUEST, str(request.id), float(counts), at, person=person, team=position.team if position else ""
    )
