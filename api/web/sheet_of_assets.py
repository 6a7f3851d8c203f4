"""The ledger of equipment as a sheet, for export: one row an asset, in the reader's language."""

from collections.abc import Sequence

from api.views.assets import AssetRow
from api.web.pages import Words
from facility.site.sheet import Written

COLUMNS = (
    "id",
    "name",
    "class",
    "system",
    "area",
    "place",
    "standing",
    "operating",
    "maintaining",
    "installed",
    "wired",
)
WIDTHS = (18, 28, 24, 20, 20, 20, 14, 18, 18, 12, 10)


def xlsx_of(assets: Sequence[AssetRow], w: Words) -> bytes:
    """An XLSX file; all cells are text."""
    from facility.site.workbook import workbook  # here: openpyxl takes a while to import

    heading = tuple(w(f"assets_list.column.{name}") for name in COLUMNS)
    return workbook([Written(w("assets_list.title"), (heading, *(_row(each, w) for each in assets)), WIDTHS)])


def _row(each: AssetRow, w: Words) -> tuple[str, ...]:
    return (
        each.id,
        w.title(each.title),
        w.title(each.profile),
        w(f"system.{each.system}"),
        w.title(each.area_title),
        each.place,
        w(f"assets_list.standing.{each.standing}"),
        w.title(each.operating),
        w.title(each.maintaining),
        str(each.installed or ""),
        w("assets_list.read" if each.wired else "assets_list.not_read"),
    )
