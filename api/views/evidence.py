"""An order's checklist as people fill it in, what the checks found, photos, and what was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.views.people import Names
from api.views.places import thing_title
from facility.domain.asset import Site
from facility.domain.checklist import Check, Finding, Line, Result
from facility.domain.evidence import Photo, Used, UsedKind
from facility.domain.plan import ItemKind
from facility.domain.text import Title


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the checklist; `asset_title` in a round. `low`, `high`: a good value; `lowest`, `highest`: the measuring range."""

    key: str
    asset: str
    asset_title: Title | None
    title: Title
    kind: ItemKind
    unit: str
    low: float | None
    high: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class MarkView:
    """What one check found at a line."""

    check: Check
    finding: Finding
    measured: float | None
    unit: str
    remark: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundView:
    """A line with what each check found there last."""

    line: str
    asset_title: Title | None
    title: Title
    marks: tuple[MarkView, ...]


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo; the picture is at `/orders/{order}/photos/{id}.jpg`."""

    id: int
    line: str
    width: int
    height: int
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UsedView:
    """A part, material or paid work. `price` (of one) and `cost` in yuan; a struck one costs nothing."""

    id: int
    kind: UsedKind
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    cost: Decimal
    charged: bool
    person: str
    at: datetime
    struck_by: str
    struck_at: datetime | None


@dataclass(frozen=True, slots=True)
class UsedList:
    """What was used. `cost` of all, `charged`: what the resident pays, in yuan."""

    rows: tuple[UsedView, ...]
    cost: Decimal
    charged: Decimal


def line_views(site: Site, lines: Sequence[Line]) -> tuple[LineView, ...]:
    """The lines in their order."""
    several = len({line.asset for line in lines}) > 1
    return tuple(
        LineView(
            key=line.key,
            asset=line.asset,
            asset_title=thing_title(site, line.asset) if several else None,
            title=line.item.title,
            kind=line.item.kind,
            unit=line.item.unit,
            low=line.item.low,
            high=line.item.high,
            lowest=line.lowest,
            highest=line.highest,
        )
        for line in lines
    )


def found_views(site: Site, results: Sequence[Result], names: Names) -> tuple[FoundView, ...]:
    """Each line with the latest mark of each check, first check first."""
    several = len({result.asset for result in results}) > 1
    lines: dict[str, dict[Check, Result]] = {}
    for result in results:
        lines.setdefault(result.line, {})[result.check] = result
    return tuple(
        FoundView(
            line=key,
            asset_title=thing_title(site, latest.asset) if several else None,
            title=latest.title,
            marks=tuple(_mark(by_check[check], names) for check in Check if check in by_check),
        )
        for key, by_check in lines.items()
        for latest in [next(reversed(by_check.values()))]
    )


def _mark(result: Result, names: Names) -> MarkView:
    return MarkView(
        result.check, result.finding, result.measured, result.unit, result.remark, names.of(result.person), result.at
    )


def photo_views(photos: Sequence[Photo], names: Names) -> tuple[PhotoView, ...]:
    """Oldest first."""
    return tuple(
        PhotoView(photo.id, photo.line, photo.width, photo.height, names.of(photo.person), photo.at) for photo in photos
    )


def used_list(rows: Sequence[Used], names: Names) -> UsedList:
    """All entries, with sums."""
    return UsedList(
        rows=tuple(_used(row, names) for row in rows),
        cost=yuan(sum(row.cost for row in rows)),
        charged=yuan(sum(row.cost for row in rows if row.charged)),
    )


def _used(row: Used, names: Names) -> UsedView:
    return UsedView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        quantity=row.quantity,
        unit=row.unit,
        price=yuan(row.price),
        cost=yuan(row.cost),
        charged=row.charged,
        person=names.of(row.person),
        at=row.at,
        struck_by=names.of(row.struck_by),
        struck_at=row.struck_at,
    )


def yuan(fen: int) -> Decimal:
    """An amount in yuan, two decimal places."""
    return Decimal(fen).scaleb(-2)
