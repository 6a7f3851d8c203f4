"""Call back (回访): whoever asked says how it was; what was not good enough is opened again, linked to the work before."""

from dataclasses import replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.errors import Conflict, Unfit
from facility.domain.person import Person
from facility.domain.request import FollowUp, Request, RequestKind, RequestState, Satisfaction, may_call
from facility.domain.role import Role
from facility.flow.handle_request import Act, seen
from facility.flow.open_requested import open_requested
from facility.flow.written import words
from facility.ports import WorkUnit


def call_back(
    site: Site,
    unit: WorkUnit,
    act: Act,
    satisfied: Satisfaction | None,
    *,
    first_visit: bool | None = None,
    again_at: datetime | None = None,
    remark: str = "",
) -> Request:
    """The request, closed when somebody was reached who is content; open again when not. Not reached: `satisfied` None, and `again_at`.

    Conflict (not this person's call, not finished), NotFound, Unfit.
    """
    request = seen(unit, act, {RequestState.FINISHED})
    if not may_call(request, roles_of(site, unit.people.get(act.person))):
        raise Conflict(f"request {request.id}: its call back is not this person's")
    if satisfied is None and (again_at is None or again_at <= act.at):
        raise Unfit("again_at", "call_again", "say when it is tried again")
    if satisfied is Satisfaction.NOT:
        words("remark", remark)
    made = FollowUp(request.id, act.key, act.at, act.person, satisfied, first_visit, again_at, remark.strip()[:2000])
    if not unit.requests.follow_up(made) or satisfied is None:
        return request
    if satisfied is not Satisfaction.NOT:
        return unit.requests.change(replace(request, state=RequestState.CLOSED, closed_at=act.at))
    again = replace(request, state=RequestState.OPEN, finished_at=None)
    if request.kind is RequestKind.REPAIR:
        again = replace(again, order=open_requested(site, unit, request, act.at, parent=request.order).id)
    return unit.requests.change(again)


def roles_of(site: Site, person: Person) -> frozenset[Role]:
    """The roles that come with the positions that a person fills."""
    return frozenset(site.positions[position].role for position in person.positions if position in site.positions)
