"""Personal links from messages: a GET shows (previews of chat programs open links too), a POST acts and leads back to the page."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import Form, first
from api.rights import by_link
from api.routes.finish import Refused
from api.routes.lists import form_facts
from api.routes.order_acts import take_step
from api.views.alerts import alert_detail
from api.views.orders import OrderDetail, order_detail
from api.views.plans import plan_view
from facility.domain.alert import AlertState
from facility.domain.errors import Conflict, LinkRefused, NotFound, Unfit
from facility.domain.link import unseal
from facility.domain.order import OrderStep, may_add_evidence, open_steps
from facility.domain.person import Person
from facility.domain.request import Reporter
from facility.flow.acknowledge import acknowledge
from facility.flow.check_work import bench_for
from facility.flow.follow_plan import tick_off
from facility.flow.show_contact import show_contact_of_order
from facility.ports import WorkUnit

router = APIRouter()

STEPS = frozenset(
    {
        OrderStep.ACCEPT,
        OrderStep.FINISH,
        OrderStep.PASS_CHECK,
        OrderStep.SEND_BACK,
        OrderStep.PASS_SPOT_CHECK,
        OrderStep.FAIL_SPOT_CHECK,
    }
)
"""What people do by a link; the rest is not theirs."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order as the person behind the link sees it, with the steps that are open to them."""

    detail: OrderDetail
    person: Person
    steps: frozenset[str]
    others_turn: str  # what the order waits for, when nothing is open to this person
    may_add: bool  # photos, and what was used
    may_call: bool  # whoever reported it


@router.get("/a/{token}", include_in_schema=False, dependencies=[by_link()])
def alert_link(token: str, request: Request, deps: Here) -> HTMLResponse:
    """The alert behind a link, with the button to acknowledge."""
    return _alert_page(deps, request, token, 200)


@router.post("/a/{token}", include_in_schema=False, dependencies=[by_link()])
def acknowledge_by_link(token: str, request: Request, deps: Here, form: Form) -> Response:
    """Acknowledge; somebody may have done it already, then the page says who."""
    number, person = _unseal(deps, token, "alert")
    try:
        with deps.work.writing() as unit:
            acknowledge(unit, number, person, deps.clock.now())
    except Conflict:
        return _alert_page(deps, request, token, 409)
    return RedirectResponse(f"/a/{token}", 303)


@router.post("/a/{token}/plan", include_in_schema=False, dependencies=[by_link()])
def plan_step_by_link(token: str, deps: Here, form: Form) -> Response:
    """Tick off a step of the alert's emergency plan; somebody else may have done it already, then the page says who."""
    number, person = _unseal(deps, token, "alert")
    step = first(form, "step")
    if not (step.isascii() and step.isdecimal() and len(step) < 4):
        raise NotFound("step of the emergency plan", step)
    with deps.work.writing() as unit, suppress(Conflict):
        tick_off(unit, deps.plans, alert=number, step=int(step), person=person, at=deps.clock.now())
    return RedirectResponse(f"/a/{token}#plan", 303)


@router.post("/o/{token}/contact", include_in_schema=False, dependencies=[by_link()])
def contact_by_link(token: str, request: Request, deps: Here) -> HTMLResponse:
    """The same with whom to call, for whoever works on it; noted."""
    number, person = _unseal(deps, token, "order")
    with deps.work.writing() as unit:
        reporter = show_contact_of_order(unit, number, person, deps.clock.now())
    return _order_page(deps, request, token, 200, {}, reporter=reporter)


@router.get("/o/{token}", include_in_schema=False, dependencies=[by_link()])
def order_link(token: str, request: Request, deps: Here) -> HTMLResponse:
    """The order behind a link, with what this person can do now."""
    return _order_page(deps, request, token, 200, {})


@router.post("/o/{token}", include_in_schema=False, dependencies=[by_link()])
def step_by_link(token: str, request: Request, deps: Here, form: Form) -> Response:
    """One step; the same form sent twice counts once, a form of an older state is answered with the present one."""
    number, person = _unseal(deps, token, "order")
    try:
        with deps.work.writing() as unit:
            take_step(deps, unit, number, unit.people.get(person), form, STEPS)
    except (Refused, Unfit) as refused:
        return _order_page(deps, request, token, 422, form, fault=refused.id, params=refused.params)
    except Conflict:
        return _order_page(deps, request, token, 409, form, fault="conflict")
    return RedirectResponse(f"/o/{token}", 303)


def opened(deps: Deps, token: str) -> tuple[int, int]:
    """Numbers of the order and of the person behind a link; LinkRefused."""
    return _unseal(deps, token, "order")


def _unseal(deps: Deps, token: str, subject: str) -> tuple[int, int]:
    """Number of the alert or order, and the person; LinkRefused, also for somebody who has left."""
    link = unseal(token, deps.secret, deps.clock.now())
    if link.subject != subject:
        raise LinkRefused("damaged")
    with deps.work.reading() as unit:
        if unit.people.get(link.person).retired_at is not None:
            raise LinkRefused("expired")
    return link.id, link.person


def _alert_page(deps: Deps, request: Request, token: str, status: int) -> HTMLResponse:
    number, holder = _unseal(deps, token, "alert")
    with deps.work.reading() as unit:
        view = alert_detail(deps.site, unit, number, deps.clock.now())
        plan = plan_view(unit, deps.plans, number)
        person = unit.people.get(holder)
    can_acknowledge = view.alert.state in (AlertState.ACTIVE_UNACKNOWLEDGED, AlertState.RETURNED_UNACKNOWLEDGED)
    facts: dict[str, object] = {"view": view, "person": person, "can_acknowledge": can_acknowledge, "plan": plan}
    facts["conflict"] = status == 409
    return deps.pages.page(request, "alert_link.html", status=status, default=person.language, facts=facts)


def _order_page(
    deps: Deps,
    request: Request,
    token: str,
    status: int,
    form: Mapping[str, list[str]],
    fault: str = "",
    params: Mapping[str, object] | None = None,
    reporter: Reporter | None = None,
) -> HTMLResponse:
    number, holder = _unseal(deps, token, "order")
    with deps.work.reading() as unit:
        person = unit.people.get(holder)
        view = order_page(deps, unit, number, person)
    facts = {"view": view, "reporter": reporter, **form_facts(form, fault, params)}
    return deps.pages.page(request, "order_link.html", status=status, default=person.language, facts=facts)


def order_page(deps: Deps, unit: WorkUnit, number: int, person: Person) -> OrderPage:
    """What this person sees of the order; NotFound."""
    order = unit.orders.get(number)
    bench = bench_for(deps.site, unit, order)
    steps = {str(step) for step in open_steps(order, person.id, bench) if step in STEPS}
    detail = order_detail(deps.site, unit, number, deps.clock.now())
    others_turn = "" if steps else str(order.state)
    may_call = order.person == person.id and order.request is not None and order.closed_at is None
    may_add = may_add_evidence(order, person.id, bench)
    return OrderPage(detail, person, frozenset(steps), others_turn, may_add, may_call)
