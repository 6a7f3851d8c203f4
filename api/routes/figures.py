"""The figures for which the centre answers, the lists behind them, assessments of buildings, and frozen reports."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Form, first
from api.language import language_of
from api.rights import allow
from api.views.calls import reasons_of
from api.views.figures import (
    FigureBoard,
    FigureDetail,
    ReportDetail,
    ReportHead,
    board,
    figure_detail,
    report_detail,
    report_head,
)
from api.web.pages import Words
from api.web.sheet import csv_text
from api.web.sheet_of_reports import xlsx_of
from facility.domain.account import Scope
from facility.domain.errors import Unfit
from facility.domain.figure import Period
from facility.domain.report import ReportKind
from facility.domain.role import PLANNERS, STAFF
from facility.flow.person_here import person_here
from facility.ports import Assessment

router = APIRouter()

PAGE, LONGEST_PERIOD = 50, 400
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A period, and a team or a person (login)."""

    period: Period
    team: str
    person: str


def wanted_of(
    deps: Here, month: str = "", since: str = "", until: str = "", team: str = "", person: str = ""
) -> Wanted:
    """What an address asks for: a month (2026-11), or days; the present month without; Unfit."""
    today = deps.clock.now().astimezone(deps.site.zone).date()
    if since or until:
        period = Period(_day("since", since), _day("until", until))
    elif month:
        start = _day("month", f"{month}-01")
        period = Period.month(start.year, start.month)
    else:
        period = Period.month(today.year, today.month)
    if period.last < period.first or len(period.days) > LONGEST_PERIOD:
        raise Unfit(
            "until",
            "period_unfit",
            f"ends before it begins, or is longer than {LONGEST_PERIOD} days",
            most=LONGEST_PERIOD,
        )
    if team and team not in deps.site.teams:
        raise Unfit("team", "form_damaged", f"{team[:40]!r} is none of {', '.join(deps.site.teams)}")
    return Wanted(period, team, person)


Asked = Annotated[Wanted, Depends(wanted_of)]


def board_now(deps: Deps, wanted: Wanted) -> FigureBoard:
    """All figures; NotFound for a person that there is not."""
    with deps.work.reading() as unit:
        person = person_here(unit, wanted.person).id if wanted.person else None
        return board(deps.site, unit, wanted.period, wanted.team, person, deps.clock.now())


def detail_now(deps: Deps, id: str, wanted: Wanted) -> FigureDetail:
    """One of them; NotFound."""
    with deps.work.reading() as unit:
        person = person_here(unit, wanted.person).id if wanted.person else None
        return figure_detail(deps.site, unit, id, wanted.period, wanted.team, person, deps.clock.now())


@router.get("/figures.json", tags=["figures"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def figures_json(deps: Here, wanted: Asked) -> FigureBoard:
    """All figures of a month or of days, by team or person. Shares are 0 to 1; null: no data."""
    return board_now(deps, wanted)


@router.get("/figures", include_in_schema=False, dependencies=[allow(*STAFF)])
def figures_page(request: Request, deps: Here, wanted: Asked) -> HTMLResponse:
    """The same as a page."""
    facts = {"view": board_now(deps, wanted), **_facts(deps, wanted)}
    return deps.pages.page(request, "figures.html", facts=facts)


@router.get("/figures/{id}.json", tags=["figures"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def figure_json(id: str, deps: Here, wanted: Asked) -> FigureDetail:
    """One figure with the list behind it and the last twelve months."""
    return detail_now(deps, id, wanted)


@router.get("/figures/{id}.csv", tags=["figures"], dependencies=[allow(*STAFF)])
def figure_csv(id: str, request: Request, deps: Here, wanted: Asked) -> Response:
    """The list behind a figure as CSV."""
    found = detail_now(deps, id, wanted)
    rows = [["key", "counts", "part", "whole", "person", "at"]]
    for case in found.cases:
        at = case.at.isoformat() if case.at else ""
        rows.append([case.key, str(int(case.counts)), f"{case.part:g}", f"{case.whole:g}", case.person, at])
    return Response("\ufeff" + csv_text(rows), media_type="text/csv; charset=utf-8")


@router.get("/figures/{id}", include_in_schema=False, dependencies=[allow(*STAFF)])
def figure_page(id: str, request: Request, deps: Here, wanted: Asked) -> HTMLResponse:
    """The same as a page."""
    return _figure_page(request, deps, id, wanted)


@router.post("/buildings/assess", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def assess(request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """What somebody found of a building in a month."""
    month = _day("month", f"{first(form, 'month')}-01")
    looked_at, sound = (_whole(name, first(form, name)) for name in ("looked_at", "sound"))
    building, remark = first(form, "building"), first(form, "remark")
    if not 0 < len(building) <= 40 or not 0 < looked_at <= 100_000 or sound > looked_at or len(remark) > 2000:
        raise Unfit(
            "sound", "assessment", "needs a building, how many parts were looked at, and not more that are sound"
        )
    with deps.work.writing() as unit:
        unit.assessments.put(Assessment(building, month, looked_at, sound, remark, person.id, deps.clock.now()))
    return RedirectResponse(f"/figures/buildings_in_order?month={month:%Y-%m}", 303)


@dataclass(frozen=True, slots=True)
class ReportList:
    """One page, newest first."""

    reports: tuple[ReportHead, ...]
    total: int
    page: int
    pages: int


def reports_now(deps: Deps, kind: str, page: int) -> ReportList:
    """One page; Unfit."""
    if kind and kind not in set(ReportKind):
        raise Unfit("kind", "form_damaged", f"{kind[:40]!r} is none of {', '.join(ReportKind)}")
    with deps.work.reading() as unit:
        found, total = unit.reports.find(ReportKind(kind) if kind else None, PAGE, (page - 1) * PAGE)
    heads = tuple(report_head(deps.site, one) for one in found)
    return ReportList(heads, total, page, max(1, -(-total // PAGE)))


Page = Annotated[int, Query(ge=1, le=10_000)]


@router.get("/reports.json", tags=["figures"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def reports_json(deps: Here, kind: str = "", page: Page = 1) -> ReportList:
    """Frozen reports: daily, weekly, monthly, month_summary, month_ahead."""
    return reports_now(deps, kind, page)


@router.get("/reports", include_in_schema=False, dependencies=[allow(*STAFF)])
def reports_page(request: Request, deps: Here, kind: str = "", page: Page = 1) -> HTMLResponse:
    """The same as a page."""
    facts = {"view": reports_now(deps, kind, page), "kinds": list(ReportKind), "kind": kind, "topic": ""}
    return deps.pages.page(request, "reports.html", facts=facts)


@router.get("/reports/{number}.json", tags=["figures"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def report_json(number: int, deps: Here) -> ReportDetail:
    """One report as it was frozen, and what changed in its period afterwards."""
    return _report(deps, number)


@router.get("/reports/{number}.xlsx", tags=["figures"], dependencies=[allow(*STAFF)])
def report_xlsx(number: int, request: Request, deps: Here) -> Response:
    """The same as XLSX, in the reader's language."""
    words = Words(deps.site, language_of(request, deps.site.language), deps.clock.now())
    name = f'attachment; filename="report-{number}.xlsx"'
    return Response(xlsx_of(_report(deps, number), words), media_type=XLSX, headers={"content-disposition": name})


@router.get("/reports/{number}", include_in_schema=False, dependencies=[allow(*STAFF)])
def report_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """The same as a page."""
    view, reasons = _report(deps, number), dict[int, str]()
    if view.calls:
        with deps.work.reading() as unit:
            period = Period(view.report.first, view.report.last)
            reasons.update(reasons_of(deps.site, unit, view.calls, period))
    return deps.pages.page(request, "report_of.html", facts={"view": view, "reasons": reasons, "topic": ""})


def _report(deps: Deps, number: int) -> ReportDetail:
    with deps.work.reading() as unit:
        return report_detail(deps.site, unit, number, deps.clock.now())


def _figure_page(request: Request, deps: Deps, id: str, wanted: Wanted) -> HTMLResponse:
    facts = {"view": detail_now(deps, id, wanted), **_facts(deps, wanted)}
    if id == "buildings_in_order":
        with deps.work.reading() as unit:
            facts["buildings"] = unit.homes.buildings()
    return deps.pages.page(request, "figure.html", facts=facts)


def _facts(deps: Deps, wanted: Wanted) -> dict[str, object]:
    with deps.work.reading() as unit:
        people = unit.people.all()
    return {"people": people, "teams": deps.site.teams.values(), "wanted": wanted, "buildings": [], "topic": ""}


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unfit(field, "not_a_time", f"{text[:40]!r} is no day; write 2026-11-23", text=text[:40]) from None


def _whole(field: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise Unfit(field, "not_a_number", f"{text[:40]!r} is no whole number", text=text[:40])
    return int(text)
