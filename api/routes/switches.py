"""A maintenance plan is switched off or on: first what that would do, then the switch itself."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Acting, Deps, Here
from api.forms import Given, Sent
from api.rights import allow
from api.routes.plans import plan_now
from api.views.planned import PlanDetail
from facility.domain.errors import Conflict, NotFound, Unfit
from facility.domain.occurrence import Occurrence
from facility.domain.plan_switch import PlanSwitch
from facility.domain.role import SWITCHERS
from facility.domain.text import Title
from facility.flow.preview_plans import preview_switch
from facility.flow.switch_plan import begun, switch_plan

router = APIRouter()

SHOWN = 12  # slots that are named
Day = Annotated[str, Query(pattern=r"^$|^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", description="2026-12-01; on again when empty")]


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot that comes or goes."""

    key: str
    asset: str
    asset_title: Title
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SwitchPreview:
    """What a switch would do: slots that go, come, get another day; that have begun and are excused; open orders that stay."""

    plan: str
    off_from: date | None
    version: int
    go: tuple[SlotChange, ...]
    come: tuple[SlotChange, ...]
    move: int
    begun: int
    orders: tuple[int, ...]


def preview_now(deps: Deps, plan: str, off_from: date | None) -> SwitchPreview:
    """Tried on the ledger, and taken back; NotFound, Unfit."""
    if plan not in deps.site.plans:
        raise NotFound("plan", plan)
    now = deps.clock.now()
    today = now.astimezone(deps.site.zone).date()
    if off_from is not None and off_from < today:
        raise Unfit("off_from", "day_over", f"{off_from} is over", day=str(off_from))
    found = preview_switch(deps.site, deps.work, plan, off_from, now)
    with deps.work.reading() as unit:
        known = unit.plan_switches.all().get(plan)
        excused = begun(unit, plan, off_from, today)
    return SwitchPreview(
        plan=plan,
        off_from=off_from,
        version=known.version if known else 0,
        go=tuple(slot_change(deps, each) for each in found.go),
        come=tuple(slot_change(deps, each) for each in found.come),
        move=len(found.move),
        begun=len(excused),
        orders=tuple(order.id for order in found.orders),
    )


@router.get("/plans/{plan}/switch.json", tags=["work"], dependencies=[allow(*SWITCHERS)])
def switch_json(plan: str, deps: Here, off_from: Day = "") -> SwitchPreview:
    """What switching the plan off from a day, or on again, would do. Nothing is changed."""
    return preview_now(deps, plan, _day({"off_from": off_from}))


@router.post("/plans/{plan}/switch.json", tags=["work"], dependencies=[allow(*SWITCHERS)])
def switched_json(plan: str, deps: Here, given: Sent, by: Acting) -> PlanDetail:
    """Switch a plan off (`off_from`) or on again (`on`: 1): with `reason` and the preview's `version`; 409 when it has changed since."""
    _apply(deps, plan, _wanted(given), given, by.id)
    return plan_now(deps, plan)


@router.post("/plans/{plan}/switch", include_in_schema=False, dependencies=[allow(*SWITCHERS)])
def switch(plan: str, request: Request, deps: Here, given: Sent, by: Acting) -> Response:
    """The preview; with `sure`, the switch. `on`: on again."""
    if plan not in deps.site.plans:
        raise NotFound("plan", plan)
    fault, status, view = "", 200, None
    try:
        off_from = _wanted(given)
        if given.get("sure"):
            _apply(deps, plan, off_from, given, by.id)
            return RedirectResponse(f"/plans/{plan}", 303)
        view = preview_now(deps, plan, off_from)
    except Unfit as error:
        fault, status = "reason" if error.field == "reason" else "day", 422
    except Conflict:
        fault, status = "meanwhile", 409
    if fault == "reason":
        view = preview_now(deps, plan, off_from)
    facts = {
        "view": view,
        "plan": deps.site.plans[plan],
        "fault": fault,
        "given": given,
        "topic": "",
        "shown": SHOWN,
    }
    return deps.pages.page(request, "plan_switch.html", status=status, facts=facts)


def _apply(deps: Deps, plan: str, off_from: date | None, given: Given, person: int) -> PlanSwitch:
    version = version_of(plan, given)
    with deps.work.writing() as unit:
        return switch_plan(deps.site, unit, plan, off_from, given.get("reason", ""), version, person, deps.clock.now())


def version_of(plan: str, given: Given) -> int:
    """The version of the plan's switch or change that the person saw; Conflict when it is not said."""
    version = given.get("version", "")
    if not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise Conflict(f"plan {plan}: the form does not say what was seen; send the version that the preview showed")
    return int(version)


def _wanted(given: Given) -> date | None:
    """From which day the plan is off; None: on again, which is said in so many words."""
    if given.get("on"):
        return None
    off_from = _day(given)
    if off_from is None:
        raise Unfit("off_from", "day_over", "is missing; send the day from which the plan is off, or on=1")
    return off_from


def _day(given: Given) -> date | None:
    text = given.get("off_from", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unfit("off_from", "not_a_time", f"{text[:40]!r} is no day; write 2026-12-01", text=text[:40]) from None


def slot_change(deps: Deps, each: Occurrence) -> SlotChange:
    """A slot as a preview names it."""
    return SlotChange(each.slot.key, each.asset, deps.site.assets[each.asset].title, each.slot.first, each.slot.last)
