"""Maintenance plans: the list, one with its slots, the month ahead; a slot is excused, a plan by hand is opened."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Sent
from api.rights import Who, allow
from api.views.planned import DayView, PlanDetail, PlanView, month_of, plan_detail, plan_views
from facility.domain.account import Scope
from facility.domain.errors import Conflict, NotFound
from facility.domain.role import PLANNERS, STAFF, SWITCHERS
from facility.flow.excuse import excuse
from facility.flow.in_force import in_force
from facility.flow.open_by_hand import open_by_hand

router = APIRouter()

Month = Annotated[str, Query(pattern=r"^$|^20[0-9]{2}-(0[1-9]|1[0-2])$", description="2026-12; this month when empty")]
Word = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class MonthView:
    """Planned work of a month, by day."""

    month: date
    position: str
    days: tuple[DayView, ...]
    minutes: int


def _today(deps: Deps) -> date:
    return deps.clock.now().astimezone(deps.site.zone).date()


def plans_now(deps: Deps, kind: str = "", text: str = "", grade: str = "") -> list[PlanView]:
    """The plans that are asked for, what is due first first."""
    with deps.work.reading() as unit:
        found = plan_views(in_force(deps.site, unit), unit, _today(deps))
    wanted = text.casefold()
    return sorted(
        (
            plan
            for plan in found
            if (not kind or plan.kind == kind)
            and (not grade or plan.grade == grade)
            and (not wanted or wanted in f"{plan.id} {plan.title.en} {plan.title.zh} {plan.source}".casefold())
        ),
        key=lambda plan: (plan.next_day or date.max, plan.id),
    )


def plan_now(deps: Deps, plan: str) -> PlanDetail:
    """One plan; NotFound."""
    if plan not in deps.site.plans:
        raise NotFound("plan", plan)
    with deps.work.reading() as unit:
        site = in_force(deps.site, unit)
        return plan_detail(site, unit, site.plans[plan], _today(deps))


def month_now(deps: Deps, month: str, position: str) -> MonthView:
    """A month, as far as it is known."""
    first = date.fromisoformat(f"{month}-01") if month else _today(deps).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with deps.work.reading() as unit:
        days = month_of(in_force(deps.site, unit), unit, first, last, position, _today(deps))
    return MonthView(first, position, tuple(days), sum(day.minutes for day in days))


@router.get("/plans.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def plans_json(deps: Here, kind: Word = "", text: Word = "", grade: Word = "") -> list[PlanView]:
    """All maintenance plans, what is due first first; the compliance of a year with numerator and denominator."""
    return plans_now(deps, kind, text, grade)


@router.get("/plans", include_in_schema=False, dependencies=[allow(*STAFF)])
def plans_page(request: Request, deps: Here, kind: Word = "", text: Word = "", grade: Word = "") -> HTMLResponse:
    """The list of plans."""
    chosen = {"kind": kind, "text": text, "grade": grade}
    facts = {"view": plans_now(deps, kind, text, grade), "chosen": chosen, "topic": ""}
    return deps.pages.page(request, "plans.html", facts=facts)


@router.get("/plans/month.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def month_json(deps: Here, month: Month = "", position: Word = "") -> MonthView:
    """Planned work of a month by its day, of one position or of all."""
    return month_now(deps, month, position)


@router.get("/plans/month", include_in_schema=False, dependencies=[allow(*STAFF)])
def month_page(request: Request, deps: Here, month: Month = "", position: Word = "") -> HTMLResponse:
    """The month ahead of a position, to look at and to print."""
    view = month_now(deps, month, position)
    before = (view.month - timedelta(days=1)).strftime("%Y-%m")
    after = (view.month + timedelta(days=31)).strftime("%Y-%m")
    facts = {"view": view, "before": before, "after": after, "topic": "", "today": _today(deps)}
    return deps.pages.page(request, "plans_month.html", facts=facts)


@router.get("/plans/{plan}.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def plan_json(plan: str, deps: Here) -> PlanDetail:
    """One plan with its checklist and the slots of a year."""
    return plan_now(deps, plan)


@router.get("/plans/{plan}", include_in_schema=False, dependencies=[allow(*STAFF)])
def plan_page(plan: str, request: Request, deps: Here, who: Who) -> HTMLResponse:
    """One plan."""
    return _page(plan, request, deps, who, "")


@router.post("/plans/{plan}/excuse", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def excuse_slot(plan: str, request: Request, deps: Here, who: Who, given: Sent, by: Acting) -> Response:
    """Excuse one slot that is not open yet."""
    slot, reason = given.get("slot", ""), given.get("reason", "")
    if not (slot.isascii() and slot.isdecimal()):
        raise NotFound("slot", slot)
    try:
        with deps.work.writing() as unit:
            excuse(unit, int(slot), by.id, reason, deps.clock.now())
    except Conflict:
        return _page(plan, request, deps, who, "reason" if not reason else "not_planned", 409)
    return RedirectResponse(f"/plans/{plan}", 303)


@router.post("/plans/{plan}/open", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def open_plan(plan: str, request: Request, deps: Here, who: Who, given: Sent, by: Acting) -> Response:
    """Open the order of a plan that waits for somebody, for one asset."""
    try:
        with deps.work.writing() as unit:
            order = open_by_hand(deps.site, unit, plan, given.get("asset", ""), deps.clock.now())
    except Conflict:
        return _page(plan, request, deps, who, "opens_itself", 409)
    return RedirectResponse(f"/orders/{order.id}", 303)


def _page(plan: str, request: Request, deps: Deps, who: Who, fault: str, status: int = 200) -> HTMLResponse:
    facts = {
        "view": plan_now(deps, plan),
        "topic": "",
        "fault": fault,
        "plans": bool(who.roles & PLANNERS),
        "switches": bool(who.roles & SWITCHERS),
        "today": _today(deps),
    }
    return deps.pages.page(request, "maintenance_plan.html", status=status, facts=facts)
