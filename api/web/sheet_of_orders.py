"""Orders as a sheet, for export: one row an order, in the reader's language, times of the site."""

from collections.abc import Sequence
from datetime import datetime

from api.views.orders import OrderView
from api.web.pages import Words
from api.web.sheet import csv_text
from facility.site.sheet import Written

COLUMNS = (
    "number", "kind", "what", "where", "area", "state", "person", "position", "origin", "opened", "due", "overdue",
    "finished_by", "checked_by", "closed",
)  # fmt: skip
WIDTHS = (8, 8, 30, 24, 20, 20, 14, 16, 12, 18, 18, 8, 14, 14, 18)


def rows_of(orders: Sequence[OrderView], w: Words) -> list[list[str]]:
    """The heading and a row an order."""
    return [[w(f"board.column.{name}") for name in COLUMNS], *(_row(order, w) for order in orders)]


def csv_of(orders: Sequence[OrderView], w: Words) -> str:
    """The same as CSV."""
    return csv_text(rows_of(orders, w))


def xlsx_of(orders: Sequence[OrderView], w: Words) -> bytes:
    """An XLSX file; all cells are text."""
    from facility.site.workbook import workbook  # here: openpyxl takes a while to import

    rows = tuple(tuple(row) for row in rows_of(orders, w))
    return workbook([Written(name=w("nav.orders"), rows=rows, widths=WIDTHS)])


def _row(order: OrderView, w: Words) -> list[str]:
    def at(moment: datetime | None) -> str:
        return w.stamp(moment) if moment is not None else ""

    return [
        str(order.id),
        w(f"work.{order.kind}"),
        w.order(order),
        w.title(order.asset_title) if order.asset else order.place,
        w.title(order.area_title) if order.area_title else "",
        w(f"order_state.{order.state}"),
        order.person,
        w.title(order.position_title),
        w(f"order_origin.{order.origin}"),
        at(order.opened_at),
        at(order.due_at),
        w("board.overdue") if order.overdue else "",
        order.finished_by,
        order.checked_by,
        at(order.closed_at),
    ]
