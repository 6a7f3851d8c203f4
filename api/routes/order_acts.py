"""What signed-in people do with orders: the form of an order's page, and the same as JSON; and each person's own day."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Fields, Form, Sent, first
from api.given import time_of
from api.rights import allow
from api.routes.assignments import LONGEST_KEY, SHORTEST_KEY, is_whole
from api.routes.finish import Refused, answers_of, note_of
from api.routes.lists import order_now, show_order
from api.views.orders import OrderDetail, OrderView, by_due, order_detail, order_views
from facility.domain.checklist import CHECK_OF
from facility.domain.clock import Pause
from facility.domain.errors import Conflict, Unfit
from facility.domain.order import AT_WORK, Order, OrderState, OrderStep, open_steps
from facility.domain.person import Person
from facility.domain.role import STAFF
from facility.flow.assign import assign
from facility.flow.carry_out import carry_out
from facility.flow.check_work import bench_for
from facility.flow.person_here import person_here
from facility.flow.show_contact import show_contact_of_order
from facility.ports import WorkUnit

router = APIRouter()

MOST = 500  # unfinished orders looked at


@dataclass(frozen=True, slots=True)
class MyDay:
    """Orders that wait for one person, each list due first. `unassigned`: to be given to somebody, for those who plan."""

    mine: tuple[OrderView, ...]
    checks: tuple[OrderView, ...]
    spot_checks: tuple[OrderView, ...]
    unassigned: tuple[OrderView, ...]


@dataclass(frozen=True, slots=True)
class OpenSteps:
    """What the person who asks may do with an order, and the version that a step must name."""

    order: int
    version: int
    steps: tuple[OrderStep, ...]


def take_step(
    deps: Deps, unit: WorkUnit, number: int, person: Person, form: Fields, offered: frozenset[OrderStep]
) -> Order:
    """One step of a person, as it was sent; Refused, Unfit, NotFound, Conflict. The same `key` again changes nothing."""
    name, version, key = first(form, "step"), first(form, "version"), first(form, "key")
    if name not in offered or not is_whole(version) or not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise Refused("form_damaged")
    step, now, key = OrderStep(name), deps.clock.now(), f"{person.id}:{key}"
    if step is OrderStep.ASSIGN:
        to = person_here(unit, first(form, "to")).id
        sure = first(form, "without_skill") != ""
        return assign(
            deps.site,
            unit,
            order=number,
            version=int(version),
            to=to,
            by=person.id,
            key=key,
            at=now,
            without_skill=sure,
        )
    detail = order_detail(deps.site, unit, number, now)
    return carry_out(
        deps.site,
        unit,
        order=number,
        version=int(version),
        step=step,
        person=person.id,
        key=key,
        at=now,
        note=note_of(detail, step, form),
        given=answers_of(detail.lines, form) if step in CHECK_OF else {},
        why=Pause(why) if (why := first(form, "why")) in set(Pause) else Pause.OTHER,
        until=time_of({"until": first(form, "until")}, "until", deps.site.zone) if step is OrderStep.HOLD else None,
    )


@router.get("/orders/{number}/steps.json", tags=["work"], dependencies=[allow(*STAFF)])
def steps_json(number: int, deps: Here, person: Acting) -> OpenSteps:
    """What the person who is signed in may do with the order now."""
    with deps.work.reading() as unit:
        order = unit.orders.get(number)
        return OpenSteps(
            number, order.version, tuple(sorted(open_steps(order, person.id, bench_for(deps.site, unit, order))))
        )


@router.post("/orders/{number}/steps.json", tags=["work"], dependencies=[allow(*STAFF)], response_model=OrderDetail)
def step_json(number: int, request: Request, deps: Here, person: Acting, given: Sent) -> OrderDetail | Response:
    """Take a step: `step`, `version`, header `Idempotency-Key`; by step `note`, `reason`, `until`, `to` (`without_skill`: yes, to
    assign it to somebody who has not learnt what it asks for), and for each line of the checklist `finding.<key>`,
    `measured.<key>`, `remark.<key>`; `rest`: in_order for those that are left open.

    409 says how the order stands now.
    """
    form = {name: [text] for name, text in given.items()}
    form["key"] = [request.headers.get("idempotency-key", given.get("key", ""))]
    try:
        with deps.work.writing() as unit:
            take_step(deps, unit, number, person, form, frozenset(OrderStep))
    except Refused as refused:
        return JSONResponse({"detail": refused.id, **{name: str(value) for name, value in refused.params.items()}}, 422)
    except Conflict as conflict:
        present = order_now(deps, number).order
        return JSONResponse({"detail": str(conflict), "state": present.state, "version": present.version}, 409)
    return order_now(deps, number)


@router.post("/orders/{number}/steps", include_in_schema=False, dependencies=[allow(*STAFF)])
def step_by_form(number: int, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """The same by a form of the order's page."""
    try:
        with deps.work.writing() as unit:
            take_step(deps, unit, number, person, form, frozenset(OrderStep))
    except (Refused, Unfit) as refused:
        return show_order(deps, request, number, person, 422, form, refused.id, refused.params)
    except Conflict:
        return show_order(deps, request, number, person, 409, form, "conflict")
    return RedirectResponse(f"/orders/{number}", 303)


@router.post("/orders/{number}/contact", include_in_schema=False, dependencies=[allow(*STAFF)])
def contact(number: int, request: Request, deps: Here, person: Acting) -> Response:
    """The order with whom to call, for whoever works on it; noted."""
    with deps.work.writing() as unit:
        reporter = show_contact_of_order(unit, number, person.id, deps.clock.now())
    return show_order(deps, request, number, person, reporter=reporter)


def day_of_person(deps: Deps, person: Person) -> MyDay:
    """What waits for this person now."""
    with deps.work.reading() as unit:
        now = deps.clock.now()
        orders = by_due(unit.orders.recent(MOST, unfinished_only=True))
        found: Mapping[str, list[Order]] = {name: [] for name in ("mine", "checks", "spot_checks", "unassigned")}
        for order in orders:
            name = _waits_in(deps, unit, order, person.id)
            if name:
                found[name].append(order)
        return MyDay(**{name: order_views(deps.site, unit, orders, now) for name, orders in found.items()})


def _waits_in(deps: Deps, unit: WorkUnit, order: Order, person: int) -> str:
    """The list in which the order waits for the person; empty when it waits for others."""
    if order.state in AT_WORK:
        return "mine" if order.person == person else ""
    bench = bench_for(deps.site, unit, order)
    lists = {
        OrderState.SELF_CHECKED: ("checks", bench.checkers),
        OrderState.AWAITING_SPOT_CHECK: ("spot_checks", bench.spot_checkers),
        OrderState.UNASSIGNED: ("unassigned", bench.planners),
    }
    name, people = lists[order.state]
    return name if person in people else ""


@router.get("/my-day.json", tags=["work"], dependencies=[allow(*STAFF)])
def my_day_json(deps: Here, person: Acting) -> MyDay:
    """What waits for the person who is signed in: work, second checks, spot checks, and orders without a person."""
    return day_of_person(deps, person)


@router.get("/my-day", include_in_schema=False, dependencies=[allow(*STAFF)])
def my_day_page(request: Request, deps: Here, person: Acting) -> HTMLResponse:
    """The same as a page."""
    return deps.pages.page(request, "my_day.html", facts={"view": day_of_person(deps, person), "topic": ""})
