"""Alerts as a sheet, for export: one row an alert, in the reader's language, times of the site."""

from collections.abc import Sequence

from api.views.alerts import AlertView
from api.web.pages import Words
from api.web.sheet import csv_text
from facility.site.sheet import Written

COLUMNS = (
    "number", "level", "what", "state", "where", "area", "onset", "raised", "deadline", "told_at", "promise",
    "acknowledged", "by", "returned", "closed", "value", "limit", "note",
)  # fmt: skip
WIDTHS = (8, 8, 22, 20, 24, 20, 20, 20, 20, 20, 14, 20, 14, 20, 20, 14, 14, 40)


def rows_of(alerts: Sequence[AlertView], w: Words) -> list[list[str]]:
    """The heading and a row an alert."""
    return [[w(f"alerting.column.{name}") for name in COLUMNS], *(_row(alert, w) for alert in alerts)]


def csv_of(alerts: Sequence[AlertView], w: Words) -> str:
    """The same as CSV."""
    return csv_text(rows_of(alerts, w))


def xlsx_of(alerts: Sequence[AlertView], w: Words) -> bytes:
    """An XLSX file; all cells are text."""
    from facility.site.workbook import workbook  # here: openpyxl takes a while to import

    rows = tuple(tuple(row) for row in rows_of(alerts, w))
    return workbook([Written(name=w("nav.alerts"), rows=rows, widths=WIDTHS)])


def _row(alert: AlertView, w: Words) -> list[str]:
    deadline = alert.deadline

    def at(moment: object) -> str:
        return w.stamp(moment, seconds=True) if moment is not None else ""  # type: ignore[arg-type]

    return [
        str(alert.id),
        w(f"level.{alert.level}"),
        w.alert(alert),
        w(f"alert_state.{alert.state}"),
        w.title(alert.asset_title) if alert.asset else "",
        w.title(alert.area_title) if alert.area_title else "",
        at(alert.onset),
        at(alert.raised_at),
        at(deadline.due_at) if deadline else "",
        at(deadline.met_at) if deadline else "",
        w(f"alerting.promise.{deadline.state}") if deadline else "",
        at(alert.acknowledged_at),
        alert.acknowledged_by,
        at(alert.returned_at),
        at(alert.closed_at),
        w.value(alert, alert.value) if alert.value is not None else "",
        w.limit(alert, alert.limit) if alert.limit is not None else "",
        alert.note,
    ]
