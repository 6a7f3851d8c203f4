"""One order, with all that people can do about it."""

import secrets
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import Deps, Here
from api.forms import Fields, first
from api.rights import allow, identity
from api.views.orders import OrderDetail, order_detail
from facility.domain.account import Scope
from facility.domain.order import OrderStep, may_add_evidence, open_steps
from facility.domain.person import Person
from facility.domain.request import Reporter
from facility.domain.role import STAFF
from facility.flow.assign import skill_lacked
from facility.flow.check_work import bench_for

router = APIRouter()


def order_now(deps: Deps, number: int) -> OrderDetail:
    """One order; NotFound."""
    with deps.work.reading() as unit:
        return order_detail(deps.site, unit, number, deps.clock.now())


def show_order(
    deps: Deps,
    request: Request,
    number: int,
    person: Person | None,
    status: int = 200,
    form: Fields | None = None,
    fault: str = "",
    params: Mapping[str, object] | None = None,
    reporter: Reporter | None = None,
) -> HTMLResponse:
    """The page of one order with what this person may do; `fault`: why what was sent was not taken (`pages.fault.<id>`)."""
    with deps.work.reading() as unit:
        order = unit.orders.get(number)
        bench = bench_for(deps.site, unit, order)
        steps = open_steps(order, person.id, bench) if person else frozenset()
        people = unit.people.all() if OrderStep.ASSIGN in steps else []
        now = deps.clock.now()
        lacking = {each.id for each in people if skill_lacked(deps.site, unit, order, each, now)}
    facts = {
        "view": order_now(deps, number),
        "steps": {str(step) for step in steps},
        "people": people,
        "lacking": lacking,
        "reporter": reporter,
        "may_call": person is not None
        and order.person == person.id
        and order.request is not None
        and not order.closed_at,
        "may_add": person is not None and may_add_evidence(order, person.id, bench),
        "topic": "",
        **form_facts(form or {}, fault, params),
    }
    return deps.pages.page(request, "order.html", status=status, facts=facts)


def form_facts(form: Fields, fault: str, params: Mapping[str, object] | None) -> dict[str, object]:
    """What the forms of an order's steps show: a fresh key, what was typed before, why it was not taken."""
    return {
        "key": secrets.token_hex(16),
        "fault": fault,
        "params": params or {},
        "kept": {name: first(form, name) for name in form},
        "lacks": (params or {}).get("key", ""),
    }


@router.get("/orders/{number}.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def order_json(number: int, deps: Here) -> OrderDetail:
    """One order with its checklist, history and messages."""
    return order_now(deps, number)


@router.get("/orders/{number}", include_in_schema=False, dependencies=[allow(*STAFF)])
def order_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One order."""
    return show_order(deps, request, number, identity(request).person)
