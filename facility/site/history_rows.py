"""A sheet of past services: its rows as the domain's, every refusal with row and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from facility.domain.asset import Site
from facility.domain.order import WorkKind
from facility.domain.past_service import PastService
from facility.site.sheet import Sheet, Written
from facility.site.sheet_row import CellFault, SheetRow, header

COLUMNS = {
    "asset": ("设备", "asset"),
    "plan": ("计划", "plan"),
    "kind": ("类型", "kind"),
    "what": ("内容", "what"),
    "finished": ("完成日期", "finished on", "finished"),
    "by": ("完成人", "by"),
    "remark": ("备注", "remark"),
}
NEEDED = ("asset", "finished")
LONGEST = 200
_KINDS: Mapping[str, WorkKind | None] = {
    "": None,
    **{kind.value: kind for kind in (WorkKind.MAINTENANCE, WorkKind.INSPECTION, WorkKind.REPAIR)},
    "保养": WorkKind.MAINTENANCE,
    "检查": WorkKind.INSPECTION,
    "巡检": WorkKind.INSPECTION,
    "维修": WorkKind.REPAIR,
}


@dataclass(slots=True)
class HistorySheet:
    """The rows that can be taken, and all faults of the others."""

    rows: list[PastService]
    faults: list[CellFault]


def history_rows(sheet: Sheet, site: Site, today: date) -> HistorySheet:
    """All rows below the header; Refusal when there is no header. Assets and plans may be named by id or by title."""
    at, columns = header(sheet, COLUMNS, NEEDED)
    found = HistorySheet([], [])
    seen: dict[tuple[object, ...], int] = {}
    for row in range(at + 1, len(sheet.rows)):
        if not any(cell.text or cell.fault for cell in sheet.rows[row]):
            continue
        reader = _Row(sheet, at, row, columns, COLUMNS)
        service = reader.service(site, today)
        if not reader.faults and seen.setdefault(service.key, row) != row:
            reader.fault(
                "asset", f"the same work stands in row {seen[service.key] + 1} already.", "Delete one of them."
            )
        if not reader.faults:
            found.rows.append(service)
        found.faults += reader.faults
    return found


class _Row(SheetRow):
    def service(self, site: Site, today: date) -> PastService:
        """The row; `faults` says what cannot be taken as it stands."""
        asset = self.named("asset", {name: each.title for name, each in site.assets.items()})
        plan = self.named("plan", {name: each.title for name, each in site.plans.items()})
        kind = self.choice("kind", _KINDS, "保养, 检查 or 维修 (maintenance, inspection, repair)")
        what, day = self.short("what", LONGEST), self.day("finished")
        if not self.text("asset"):
            self.fault("asset", "is empty.", "Write the asset in each row.")
        if day is None and not self.text("finished"):
            self.fault("finished", "is empty.", "Write the day on which the work was finished.")
        if day is not None and day > today:
            self.fault("finished", f"{day} lies ahead.", "Only what was done is entered.")
        if plan and asset and asset not in site.plans[plan].assets:
            self.fault(
                "plan", f"plan {plan} does not hold {asset}.", "Choose another plan, or leave it empty and say what."
            )
        if not self.text("plan") and (kind is None or not what):
            self.fault("what" if kind else "kind", "is empty, and so is the plan.", "Write kind and what was done.")
        kind = kind or (site.plans[plan].kind if plan else WorkKind.MAINTENANCE)
        by, remark = self.short("by", LONGEST), self.short("remark", 10 * LONGEST)
        return PastService(asset, plan, kind, what, day or today, by, remark)


def history_template(site: Site) -> Sequence[Written]:
    """A sheet to fill in, with two rows as an example."""
    asset = next(iter(site.assets.values()))
    plan = next((each for each in site.plans.values() if each.assets), None)
    rows = [
        [names[0] for names in COLUMNS.values()],
        [asset.title.zh, "", "维修", "更换接触器", "2025-06-12", "王工", ""],
    ]
    if plan is not None:
        rows.append([site.assets[plan.assets[0]].title.zh, plan.title.zh, "", "", "2025-09-30", "外委单位", ""])
    plans = tuple(each.title.zh for each in site.plans.values())
    return [Written("保养记录", rows, (22, 24, 10, 30, 14, 14, 30), {1: plans, 2: ("保养", "检查", "维修")})]
