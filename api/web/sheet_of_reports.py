"""A frozen report as a workbook: figures, energy by supply, orders, slots, and what changed afterwards, each a sheet."""

from api.views.calls import CallsView, Results
from api.views.figures import ReportDetail
from api.web.pages import Words
from api.web.sheet_of_energy import energy_sheets
from facility.site.sheet import Written


def xlsx_of(report: ReportDetail, w: Words) -> bytes:
    """An XLSX file; numbers are numbers."""
    from facility.site.workbook import workbook  # here: openpyxl takes a while to import

    sheets = [
        Written(w("kpi.title"), tuple(_figures(report, w)), (44, 12, 12, 12, 12)),
        *(energy_sheets(report.energy, w) if report.energy else ()),
        *(
            [Written(w("requests.calls.title"), tuple(_calls(report.calls, w)), (30, 14, 14, 14, 14, 18, 18))]
            if report.calls
            else ()
        ),
        Written(w("nav.orders"), tuple(_orders(report, w)), (10, 16, 10, 10, 10, 10, 10)),
        Written(w("reports.slots"), tuple(_slots(report, w)), (14, 40, 30, 10, 16)),
        Written(w("reports.changes"), tuple(_changes(report, w)), (16, 40, 30, 30)),
    ]
    return workbook([sheet for sheet in sheets if len(sheet.rows) > 1] or sheets[:1])


def _figures(report: ReportDetail, w: Words) -> list[tuple[str | float | None, ...]]:
    head = (w("kpi.figure"), w("kpi.part"), w("kpi.whole"), w("kpi.share"), w("kpi.target"))
    return [
        head,
        *((w(f"kpi.{one.id}.title"), one.part, one.whole, one.share, one.target) for one in report.figures),
    ]


def _calls(calls: CallsView, w: Words) -> list[tuple[str | float | None, ...]]:
    names = ("satisfied", "fairly", "not", "not_reached")
    head = (*(w(f"requests.satisfied.{name}") for name in names), w("requests.first_visit.yes"), w("kpi.whole"))

    def counts(one: Results) -> tuple[float, ...]:
        return (one.satisfied, one.fairly, one.not_satisfied, one.not_reached, one.first_visit, one.first_visit_of)

    rows: list[tuple[str | float | None, ...]] = [(w("requests.calls.by_person"), *head)]
    rows += [(w.title(one.title), *counts(one)) for one in calls.by_person]
    rows += [(w("energy.sum"), *counts(calls.all)), (w("requests.calls.by_category"), *head)]
    rows += [(w.title(one.title), *counts(one)) for one in calls.by_category]
    rows += [(w("requests.calls.dissatisfied"), w("what"), w("requests.category"), w("person"))]
    rows += [
        (w("requests.number", number=one.request), w(f"requests.kind.{one.kind}"), w.title(one.category), one.person)
        for one in calls.dissatisfied
    ]
    return rows


def _orders(report: ReportDetail, w: Words) -> list[tuple[str | float | None, ...]]:
    names = ("opened", "finished", "closed", "cancelled", "overdue")
    head = (w("reports.order"), w("what"), *(w(f"reports.was.{name}") for name in names))
    rows: list[tuple[str | float | None, ...]] = []
    for row in report.orders:
        marks = [1.0 if row[name] else 0.0 for name in names]
        rows.append((float(str(row["order"])), w(f"work.{row['kind']}"), *marks))
    return [head, *rows]


def _slots(report: ReportDetail, w: Words) -> list[tuple[str | float | None, ...]]:
    head = (w("requests.day"), w("reports.plan"), w("where"), w("reports.minutes"), w("state"))
    rows = (
        (
            str(row["day"]),
            w.plan_title(str(row["plan"])),
            w.thing(str(row["asset"])),
            float(str(row["minutes"])),
            w(f"plans.state.{row['state']}"),
        )
        for row in report.slots
    )
    return [head, *rows]


def _changes(report: ReportDetail, w: Words) -> list[tuple[str | float | None, ...]]:
    head = (w("what"), w("reports.which"), w("reports.then"), w("requests.now"))
    return [head, *((w(f"reports.what.{one.what}"), one.key, one.was, one.now) for one in report.changes)]
