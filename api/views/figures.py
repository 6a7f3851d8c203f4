"""Figures and reports as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from api.views.calls import CallsView, calls_view
from api.views.energy import EnergyView, view_of_lines
from api.views.people import Names
from api.views.places import plain, thing_title
from facility.domain.asset import Site
from facility.domain.figure import Behind, Figure, Period, Reliability, by_age
from facility.domain.meter_line import thawed
from facility.domain.report import Report, ReportKind
from facility.domain.text import Title
from facility.flow.figures import counted, figures, spec_of
from facility.flow.figures_of_equipment import reliability
from facility.flow.figures_of_work import backlog
from facility.flow.make_reports import Change, changes_since
from facility.ports import WorkUnit

AGES = (1, 2, 5, 14)
"""Days by which the backlog is sorted."""


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure; `share` 0 to 1, null: no data; `reached` null: no data or no target."""

    id: str
    part: float
    whole: float
    share: float | None
    target: float | None
    reached: bool | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case behind a figure. `address`: where it is opened; empty: nowhere."""

    key: str
    title: Title
    address: str
    counts: bool
    part: float
    whole: float
    person: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthView:
    """A figure of an earlier month."""

    month: date
    figure: FigureView


@dataclass(frozen=True, slots=True)
class ReliabilityView:
    """Of a class: hours; null without a failure."""

    asset_class: str
    assets: int
    failures: int
    mtbf_hours: float | None
    mttr_hours: float | None


@dataclass(frozen=True, slots=True)
class FigureBoard:
    """All figures of a period, reliability by class, and the backlog of now by age in days (up to 1, 2, 5, 14, more)."""

    first: date
    last: date
    figures: tuple[FigureView, ...]
    reliability: tuple[ReliabilityView, ...]
    backlog: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FigureDetail:
    """One figure with its cases (those that do not count first) and the last twelve months."""

    figure: FigureView
    first: date
    last: date
    cases: tuple[CaseView, ...]
    months: tuple[MonthView, ...]


@dataclass(frozen=True, slots=True)
class ReportHead:
    """A report in a list."""

    id: int
    kind: ReportKind
    team: str
    team_title: Title | None
    first: date
    last: date
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """One report as it was frozen, and what changed afterwards.

    `energy`: of a monthly report; null in others, and where history did not answer when it was made (`energy_unread`).
    `calls`: call backs, of a weekly report.
    """

    report: ReportHead
    figures: tuple[FigureView, ...]
    energy: EnergyView | None
    energy_unread: bool
    calls: CallsView | None
    alerts: dict[str, int]
    orders: tuple[dict[str, object], ...]
    slots: tuple[dict[str, object], ...]
    changes: tuple[Change, ...]


def board(site: Site, unit: WorkUnit, period: Period, team: str, person: int | None, now: datetime) -> FigureBoard:
    """All figures, of a team or a person where one is named."""
    found = [one.of(team, person) for one in figures(site, unit, period, now)]
    ages = [now - order.opened_at for order in backlog(site, unit) if not team or _team(site, order.position) == team]
    return FigureBoard(
        period.first,
        period.last,
        tuple(figure_view(one) for one in found),
        tuple(_reliability(one) for one in reliability(site, unit, period, now)),
        tuple(by_age(ages, [_days(days) for days in AGES])),
    )


def figure_detail(
    site: Site, unit: WorkUnit, id: str, period: Period, team: str, person: int | None, now: datetime
) -> FigureDetail:
    """One of them; NotFound."""
    spec, names = spec_of(id), Names(unit)
    found = counted(site, unit, spec, period, now).of(team, person)
    months = [
        MonthView(month.first, figure_view(counted(site, unit, spec, month, now).of(team, person)))
        for month in period.months_before(12)
        if month.since(site.zone) <= now
    ]
    cases = sorted(found.cases, key=lambda case: (case.part >= case.whole, case.key))
    views = tuple(
        CaseView(
            case.key,
            _title(site, case.behind, case.key),
            _ADDRESSES.get(case.behind, "").format(case.key),
            case.part >= case.whole,
            case.part,
            case.whole,
            names.of(case.person),
            case.at,
        )
        for case in cases
    )
    return FigureDetail(figure_view(found), period.first, period.last, views, tuple(months))


def figure_view(figure: Figure) -> FigureView:
    """As it is shown."""
    return FigureView(figure.id, figure.part, figure.whole, figure.share, figure.target, figure.reached)


def report_head(site: Site, report: Report) -> ReportHead:
    """A report in a list."""
    team = site.teams.get(report.team)
    return ReportHead(
        report.id,
        report.kind,
        report.team,
        team.title if team else (plain(report.team) if report.team else None),
        report.period.first,
        report.period.last,
        report.made_at,
    )


def report_detail(site: Site, unit: WorkUnit, number: int, now: datetime) -> ReportDetail:
    """One of them; NotFound."""
    report = unit.reports.get(number)
    content = report.content
    alerts, energy = content.get("alerts"), content.get("energy")
    meters = energy["meters"] if isinstance(energy, dict) and energy["answered"] else None
    return ReportDetail(
        report=report_head(site, report),
        figures=tuple(_frozen(row) for row in _rows(content.get("figures"))),
        energy=None if meters is None else view_of_lines(site, report.period, thawed(meters)),
        energy_unread=energy is not None and meters is None,
        calls=calls_view(site, unit, _rows(content["calls"])) if "calls" in content else None,
        alerts={str(level): int(str(count)) for level, count in alerts.items()} if isinstance(alerts, dict) else {},
        orders=tuple(_rows(content.get("orders"))),
        slots=tuple(sorted(_rows(content.get("slots")), key=lambda row: (str(row["day"]), str(row["slot"])))),
        changes=tuple(changes_since(site, unit, report, now)),
    )


_ADDRESSES = {
    Behind.ORDER: "/orders/{}",
    Behind.ALERT: "/alerts/{}",
    Behind.REQUEST: "/requests/{}",
    Behind.ASSET: "/assets/{}",
}


def _title(site: Site, behind: Behind, key: str) -> Title:
    return thing_title(site, key) if behind is Behind.ASSET else plain(key)


def _frozen(row: dict[str, object]) -> FigureView:
    part, whole = float(str(row["part"])), float(str(row["whole"]))
    target = float(str(row["target"])) if row["target"] is not None else None
    share = part / whole if whole else None
    reached = None if share is None or target is None else share >= target
    return FigureView(str(row["id"]), part, whole, share, target, reached)


def _rows(found: object) -> Sequence[dict[str, object]]:
    return found if isinstance(found, list) else []


def _reliability(one: Reliability) -> ReliabilityView:
    between, repair = one.between_failures, one.to_repair
    return ReliabilityView(
        one.asset_class,
        one.assets,
        one.failures,
        between.total_seconds() / 3600 if between else None,
        repair.total_seconds() / 3600 if repair is not None else None,
    )


def _days(number: int) -> timedelta:
    return timedelta(days=number)


def _team(site: Site, position: str) -> str:
    known = site.positions.get(position)
    return known.team if known else ""
