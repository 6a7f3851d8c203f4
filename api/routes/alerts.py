"""Alerts now, and one of them, with all that people can do about it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import Deps, Here
from api.rights import allow
from api.views.alerts import AlertDetail, AlertView, SuppressionView, alert_detail, alert_views, suppression_view
from api.views.people import Names
from api.views.plans import PlanView, plan_view
from facility.domain.account import Scope
from facility.domain.alert import Alert
from facility.domain.role import STAFF

router = APIRouter()

SHOWN = 20
"""How many closed alerts stand under those of now; the rest is history."""


@dataclass(frozen=True, slots=True)
class AlertList:
    """Alerts that are not closed (most severe first), those kept quiet apart; the latest closed ones (newest first).

    `missed_today`: deadlines missed since midnight.
    """

    unclosed: tuple[AlertView, ...]
    hidden: tuple[AlertView, ...]
    closed: tuple[AlertView, ...]
    suppressions: tuple[SuppressionView, ...]
    missed_today: int
    flood_since: datetime | None = None  # more than a person can follow since then


def alerts_now(deps: Deps) -> AlertList:
    """All alerts that matter now, and the latest past ones."""
    now, site = deps.clock.now(), deps.site
    midnight = now.astimezone(site.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    with deps.work.reading() as unit:
        unclosed = unit.alerts.unclosed()
        closed = [alert for alert in unit.alerts.recent(5 * SHOWN) if alert.closed_at is not None][:SHOWN]
        names = Names(unit)

        def views(alerts: list[Alert]) -> tuple[AlertView, ...]:
            return alert_views(site, unit, alerts, now)

        return AlertList(
            unclosed=views([alert for alert in unclosed if not alert.hidden]),
            hidden=views([alert for alert in unclosed if alert.hidden]),
            closed=views(closed),
            suppressions=tuple(suppression_view(site, each, names) for each in unit.suppressions.standing()),
            missed_today=unit.alerts.missed(midnight),
            flood_since=flood.began_at if (flood := unit.alert_records.flood()) else None,
        )


def alert_now(deps: Deps, number: int) -> AlertDetail:
    """One alert; NotFound."""
    with deps.work.reading() as unit:
        return alert_detail(deps.site, unit, number, deps.clock.now())


def show_alert(
    deps: Deps,
    request: Request,
    number: int,
    status: int = 200,
    fault: str = "",
    params: Mapping[str, object] | None = None,
) -> HTMLResponse:
    """The page of one alert; `fault`: why what was sent was not taken (`pages.fault.<id>`)."""
    with deps.work.reading() as unit:
        facts = {
            "view": alert_detail(deps.site, unit, number, deps.clock.now()),
            "people": unit.people.all(),
            "plan": plan_view(unit, deps.plans, number),
            "fault": fault,
            "params": dict(params or {}),
            "key": secrets.token_hex(16),
            "topic": "",
        }
    return deps.pages.page(request, "alert.html", status=status, facts=facts)


@router.get("/alerts.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def alerts_json(deps: Here) -> AlertList:
    """Alerts that are not closed, what is kept quiet, and the latest closed ones."""
    return alerts_now(deps)


@router.get("/alerts", include_in_schema=False, dependencies=[allow(*STAFF)])
def alerts_page(request: Request, deps: Here) -> HTMLResponse:
    """Alerts now."""
    return deps.pages.page(request, "alerts.html", facts={"view": alerts_now(deps), "topic": ""})


@router.get("/alerts/{number}.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def alert_json(number: int, deps: Here) -> AlertDetail:
    """One alert with its history, deadlines and notices."""
    return alert_now(deps, number)


@router.get("/alerts/{number}/plan.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def plan_json(number: int, deps: Here) -> PlanView | None:
    """The alert's emergency plan with who did which step when; null when its kind has none."""
    with deps.work.reading() as unit:
        return plan_view(unit, deps.plans, number)


@router.get("/alerts/{number}", include_in_schema=False, dependencies=[allow(*STAFF)])
def alert_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One alert."""
    return show_alert(deps, request, number)
