"""A maintenance plan gets other windows, position or minutes, or goes back to the site file: first what that would do, then the change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.deps import Acting, Deps, Here
from api.forms import Given, Sent
from api.rights import allow
from api.routes.plans import plan_now
from api.routes.switches import SHOWN, SlotChange, slot_change, version_of
from api.views.places import position_title
from api.views.planned import PlanDetail
from facility.domain.errors import Conflict, Unfit
from facility.domain.occurrence import OccurrenceState
from facility.domain.plan import Plan
from facility.domain.plan_change import PlanChange, Side, moves
from facility.domain.role import SWITCHERS
from facility.domain.text import Message, Title
from facility.domain.trigger import Cadence, Step
from facility.domain.trigger_words import in_words
from facility.domain.when import words_of_trigger
from facility.flow.change_plan import FILED, change_plan, wanted_plan
from facility.flow.in_force import in_force
from facility.flow.open_orders import position_for
from facility.flow.preview_plans import preview_change
from facility.flow.reconcile_plans import assets_of
from facility.ports import WorkUnit

router = APIRouter()
Word = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class PlanStand:
    """What can be changed of a plan, as it stands or as somebody wants it. `given`: the fields that say so."""

    when: tuple[Message, ...]
    side: str
    positions: tuple[Title, ...]
    minutes: int
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would do: slots that come, go, get another day; slots that have begun and open orders, which stay."""

    plan: str
    version: int
    now: PlanStand
    wanted: PlanStand
    go: tuple[SlotChange, ...]
    come: tuple[SlotChange, ...]
    move: int
    begun: tuple[SlotChange, ...]
    orders: tuple[int, ...]


def wishes(
    when: Annotated[
        str,
        Query(description="a cadence, every, on_day, on_weekday, or filed (site file); empty: as it stands"),
    ] = "",
    count: Word = "",
    step: Word = "",
    day: Word = "",
    nth: Word = "",
    weekday: Word = "",
    days: Word = "",
    months: Word = "",
    by: Annotated[str, Query(description="operating or maintaining")] = "",
    minutes: Word = "",
    reset: Annotated[str, Query(description="1: as the site file says")] = "",
) -> Given:
    """The fields of an address that say how a plan is wanted."""
    return {
        "when": when, "count": count, "step": step, "day": day, "nth": nth, "weekday": weekday, "days": days,
        "months": months, "by": by, "minutes": minutes, "reset": reset,
    }  # fmt: skip


def preview_now(deps: Deps, plan: str, given: Given) -> ChangePreview:
    """Tried on the ledger, and taken back; NotFound, Unfit."""
    now = deps.clock.now()
    today = now.astimezone(deps.site.zone).date()
    with deps.work.reading() as unit:
        wanted = wanted_plan(deps.site, unit, plan, given)
    found = preview_change(deps.site, deps.work, wanted, now)
    with deps.work.reading() as unit:
        begun = [
            slot_change(deps, each)
            for each in unit.occurrences.between(today, today)
            if each.plan == plan and each.state is OccurrenceState.PLANNED and each.order is None
        ]
        return ChangePreview(
            plan=plan,
            version=_version(unit, plan),
            now=_stand(deps, in_force(deps.site, unit).plans[plan]),
            wanted=_stand(deps, wanted),
            go=tuple(slot_change(deps, each) for each in found.go),
            come=tuple(slot_change(deps, each) for each in found.come),
            move=len(found.move),
            begun=tuple(begun),
            orders=tuple(order.id for order in found.orders),
        )


@router.get("/plans/{plan}/change.json", tags=["work"], dependencies=[allow(*SWITCHERS)])
def change_preview_json(plan: str, deps: Here, given: Annotated[Given, Depends(wishes)]) -> ChangePreview:
    """What a change of the plan would do to the slots ahead and to open orders. Nothing is changed."""
    return preview_now(deps, plan, given)


@router.post("/plans/{plan}/change.json", tags=["work"], dependencies=[allow(*SWITCHERS)])
def change_json(plan: str, deps: Here, given: Sent, by: Acting) -> PlanDetail:
    """Change a plan: the fields of the preview's address, `reason`, and the preview's `version`; 409 when it has changed since."""
    _apply(deps, plan, given, by.id)
    return plan_now(deps, plan)


@router.get("/plans/{plan}/change", include_in_schema=False, dependencies=[allow(*SWITCHERS)])
def change_page(plan: str, request: Request, deps: Here) -> HTMLResponse:
    """The form, filled in as the plan stands."""
    return _page(request, deps, plan, None, {})


@router.post("/plans/{plan}/change", include_in_schema=False, dependencies=[allow(*SWITCHERS)])
def change(plan: str, request: Request, deps: Here, given: Sent, by: Acting) -> Response:
    """The preview; with `sure`, the change."""
    fault: Unfit | str = ""
    status, view = 200, None
    try:
        view = preview_now(deps, plan, given)
        if given.get("sure"):
            _apply(deps, plan, given, by.id)
            return RedirectResponse(f"/plans/{plan}", 303)
    except Unfit as refused:
        fault, status = refused, 422
    except Conflict:
        fault, status = "meanwhile", 409
    return _page(request, deps, plan, view, given, fault, status)


def _apply(deps: Deps, plan: str, given: Given, person: int) -> PlanChange:
    version = version_of(plan, given)
    with deps.work.writing() as unit:
        wanted = wanted_plan(deps.site, unit, plan, given)
        return change_plan(deps.site, unit, wanted, given.get("reason", ""), version, person, deps.clock.now())


def _page(
    request: Request,
    deps: Deps,
    plan: str,
    view: ChangePreview | None,
    given: Given,
    fault: Unfit | str = "",
    status: int = 200,
) -> HTMLResponse:
    with deps.work.reading() as unit:
        present = wanted_plan(deps.site, unit, plan, {})
        change = unit.plan_changes.all().get(plan)
    shown = view.wanted if view else _stand(deps, present)
    kept = shown.given if given.get("reset") else {**shown.given, **given}
    facts = {
        "view": view,
        "plan": present,
        "moves": moves(deps.site.plans[plan]),
        "changed": change is not None and change.changes,
        "filed": _stand(deps, deps.site.plans[plan]),
        "given": kept,
        "sides": [(side.value, _positions(deps, present, side)) for side in Side],
        "cadences": [*Cadence],
        "steps": [*Step],
        "fault": fault,
        "topic": "",
        "shown": SHOWN,
    }
    return deps.pages.page(request, "plan_change.html", status=status, facts=facts)


def _version(unit: WorkUnit, plan: str) -> int:
    known = unit.plan_changes.all().get(plan)
    return known.version if known else 0


def _stand(deps: Deps, plan: Plan) -> PlanStand:
    given = {"when": FILED, **words_of_trigger(plan.trigger), "by": plan.by, "minutes": str(plan.minutes)}
    return PlanStand(in_words(plan.trigger), plan.by, _positions(deps, plan, Side(plan.by)), plan.minutes, given)


def _positions(deps: Deps, plan: Plan, side: Side) -> tuple[Title, ...]:
    """The positions of the plan's assets on that side."""
    site, by_it = deps.site, replace(plan, by=side.value)
    names = dict.fromkeys(position_for(by_it, site.assets[asset]) for asset in assets_of(site, plan))
    return tuple(position_title(site, name) for name in names)
