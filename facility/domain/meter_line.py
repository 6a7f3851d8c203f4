"""Meter lines: what each meter counted, as a monthly report keeps it and as pages show it; plain values and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from facility.domain.unit import Unit


@dataclass(frozen=True, slots=True)
class MonthOfMeter:
    """What a meter counted in a month; `known`: the share of its hours that readings cover; `cost`: yuan, None without a tariff."""

    amount: float
    known: float
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class MeterLine:
    """A meter; a month is None when nothing was read in it. `area`: where it stood, "" nowhere. `by_period`: of this month.

    `summed`: it counts in sums, no meter of its kind stands before it.
    """

    asset: str
    area: str
    kind: str
    unit: Unit
    summed: bool
    by_period: Mapping[str, float]
    this: MonthOfMeter | None
    last: MonthOfMeter | None
    year_ago: MonthOfMeter | None


@dataclass(frozen=True, slots=True)
class MonthRead:
    """All meters of a month; `answered` false: history did not answer, which says nothing about the meters."""

    lines: tuple[MeterLine, ...]
    answered: bool = True


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What meters counted together in a month: None when none of them was read. `read` of the `meters` were."""

    amount: float | None
    read: int
    meters: int

    @property
    def partial(self) -> bool:
        """Some were read and some not: not to be compared with a sum of all."""
        return 0 < self.read < self.meters


def sum_of(months: Sequence[MonthOfMeter | None]) -> MonthSum:
    """The sum of one month, of meters of one kind."""
    known = [month.amount for month in months if month is not None]
    return MonthSum(sum(known) if known else None, len(known), len(months))


def amounts_by_period(lines: Sequence[MeterLine]) -> dict[str, float]:
    """This month's sum by tariff period, of the meters that count in sums."""
    found: dict[str, float] = {}
    for line in lines:
        for name, amount in line.by_period.items() if line.summed else ():
            found[name] = found.get(name, 0.0) + amount
    return found


def cost_of(lines: Sequence[MeterLine]) -> Decimal | None:
    """This month's sum in yuan, of the meters that count in sums; None when none of them has a price."""
    months = [line.this for line in lines if line.summed and line.this is not None]
    known = [month.cost for month in months if month.cost is not None]
    return sum(known, Decimal(0)) if known else None


def frozen(lines: Sequence[MeterLine]) -> list[dict[str, object]]:
    """Plain values; yuan as text, so that fen stay fen."""
    return [
        {
            "asset": one.asset,
            "area": one.area,
            "kind": one.kind,
            "unit": one.unit.value,
            "summed": one.summed,
            "by_period": dict(one.by_period),
            "this": _plain(one.this),
            "last": _plain(one.last),
            "year_ago": _plain(one.year_ago),
        }
        for one in lines
    ]


def thawed(rows: object) -> list[MeterLine]:
    """The lines of plain values."""
    return [
        MeterLine(
            asset=str(row["asset"]),
            area=str(row["area"]),
            kind=str(row["kind"]),
            unit=Unit(str(row["unit"])),
            summed=bool(row["summed"]),
            by_period={name: float(str(amount)) for name, amount in _mapping(row["by_period"]).items()},
            this=_month(row["this"]),
            last=_month(row["last"]),
            year_ago=_month(row["year_ago"]),
        )
        for row in (rows if isinstance(rows, list) else [])
    ]


def _plain(month: MonthOfMeter | None) -> dict[str, object] | None:
    if month is None:
        return None
    return {
        "amount": month.amount,
        "known": month.known,
        "cost": None if month.cost is None else str(month.cost),
    }


def _month(found: object) -> MonthOfMeter | None:
    if found is None:
        return None
    row = _mapping(found)
    cost = row["cost"]
    return MonthOfMeter(
        float(str(row["amount"])), float(str(row["known"])), None if cost is None else Decimal(str(cost))
    )


def _mapping(found: object) -> Mapping[str, object]:
    return found if isinstance(found, dict) else {}
