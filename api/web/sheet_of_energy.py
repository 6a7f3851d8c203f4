"""Energy and cost of a month as a workbook: a sheet for each supply."""

from api.views.energy import EnergyView, SupplyView
from api.web.pages import Words
from facility.site.sheet import Written


def xlsx_of(view: EnergyView, w: Words) -> bytes:
    """An XLSX file; amounts are numbers, a month without readings says so in words."""
    from facility.site.workbook import workbook  # here: openpyxl takes a while to import

    return workbook(energy_sheets(view, w) or [Written(w("energy.title"), ((w("energy.none"),),), (60,))])


def energy_sheets(view: EnergyView, w: Words) -> list[Written]:
    """A sheet for each supply."""
    return [Written(w(f"energy.kind.{one.kind}"), tuple(_rows(one, w)), (30, 22)) for one in view.supplies]


def _rows(supply: SupplyView, w: Words) -> list[tuple[str | float | None, ...]]:
    names = list(supply.by_period)
    unit = f" ({supply.unit})"
    head = (
        w("energy.meter"),
        w("area"),
        *(w.tariff(name) + unit for name in names),
        w("energy.this") + unit,
        w("energy.last") + unit,
        w("energy.year_ago") + unit,
        w("energy.cost"),
        w("energy.known"),
        w("energy.summed"),
    )
    rows: list[tuple[str | float | None, ...]] = [head]
    for one in supply.meters:
        cost = one.this.cost if one.this else None
        rows.append(
            (
                w.title(one.asset_title),
                w.title(one.area_title) if one.area_title else "",
                *(one.by_period.get(name) for name in names),
                *(month.amount if month else w("kpi.no_data") for month in (one.this, one.last, one.year_ago)),
                float(cost) if cost is not None else None,
                one.this.known if one.this else None,
                1.0 if one.summed else 0.0,
            )
        )
    total = float(supply.cost) if supply.cost is not None else None
    sums = (
        w("energy.sum"),
        "",
        *supply.by_period.values(),
        *(w("kpi.no_data") if amount is None else amount for amount in (supply.total, supply.last, supply.year_ago)),
        total,
        None,
        None,
    )
    if not any(map(supply.partly, supply.read)):
        return [*rows, sums]
    said = (
        w("energy.some_read", read=read, meters=supply.counted) if supply.partly(month) else None
        for month, read in supply.read.items()
    )
    return [*rows, sums, (None, None, *(None for _ in names), *said, None, None, None)]
