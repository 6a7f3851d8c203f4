"""What was found, photographed and used in orders."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Table, select, update

from facility.domain.checklist import Check, Finding, Result
from facility.domain.errors import NotFound
from facility.domain.evidence import Photo, Used, UsedKind
from facility.store.sql.evidence_tables import order_results, photos, used_things
from facility.store.sql.repository import Repository

_PHOTO = [column for column in photos.c if column.name != "picture"]


class SqlResults(Repository):
    """Port Results."""

    def add(self, results: Iterable[Result]) -> None:
        """In their order."""
        for result in results:
            self._add(
                order_results,
                {
                    "order_id": result.order,
                    "step": result.step,
                    "which": result.check.value,
                    "line": result.line,
                    "asset": result.asset,
                    "title": result.title,
                    "finding": result.finding.value,
                    "measured": result.measured,
                    "unit": result.unit,
                    "remark": result.remark,
                    "person": result.person,
                    "at": result.at,
                },
            )

    def of_order(self, order: int) -> list[Result]:
        """Oldest first."""
        table = order_results
        query = select(table).where(table.c.site_id == self._site, table.c.order_id == order).order_by(table.c.id)
        return [_result(row) for row in self._rows(query)]


class SqlPhotos(Repository):
    """Port Photos."""

    def add(self, photo: Photo, picture: bytes) -> Photo:
        """The stored one when it is there."""
        values = {
            "order_id": photo.order,
            "key": photo.key,
            "line": photo.line,
            "width": photo.width,
            "height": photo.height,
            "size": photo.size,
            "sha256": photo.sha256,
            "person": photo.person,
            "at": photo.at,
            "picture": picture,
        }
        self._add(photos, values)
        return next(each for each in self.of_order(photo.order) if each.key == photo.key)

    def of_order(self, order: int) -> list[Photo]:
        """Oldest first."""
        query = select(*_PHOTO).where(photos.c.site_id == self._site, photos.c.order_id == order)
        return [_photo(row) for row in self._rows(query.order_by(photos.c.id))]

    def picture(self, order: int, photo: int) -> bytes:
        """NotFound."""
        where = (photos.c.site_id == self._site, photos.c.order_id == order, photos.c.id == photo)
        row = self._row(select(photos.c.picture).where(*where))
        if row is None:
            raise NotFound("photo", photo)
        return bytes(row.picture)


class SqlUsedThings(Repository):
    """Port UsedThings."""

    def add(self, used: Used) -> Used:
        """The stored one when it is there."""
        values = {
            "order_id": used.order,
            "key": used.key,
            "kind": used.kind.value,
            "name": used.name,
            "thousandths": int(used.quantity * 1000),
            "unit": used.unit,
            "price": used.price,
            "charged": used.charged,
            "person": used.person,
            "at": used.at,
        }
        self._add(used_things, values)
        return next(each for each in self.of_order(used.order) if each.key == used.key)

    def of_order(self, order: int) -> list[Used]:
        """Oldest first."""
        query = select(used_things).where(used_things.c.site_id == self._site, used_things.c.order_id == order)
        return [_used(row) for row in self._rows(query.order_by(used_things.c.id))]

    def strike(self, order: int, used: int, by: int, at: datetime) -> None:
        """NotFound."""
        table: Table = used_things
        where = (table.c.site_id == self._site, table.c.order_id == order, table.c.id == used)
        if self._row(select(table.c.id).where(*where)) is None:
            raise NotFound("part, material or paid work", used)
        self._update(update(table).where(*where, table.c.struck_at.is_(None)).values(struck_by=by, struck_at=at))


def _result(row: Row[Any]) -> Result:
    return Result(
        order=row.order_id,
        step=row.step,
        check=Check(row.which),
        line=row.line,
        asset=row.asset,
        title=row.title,
        finding=Finding(row.finding),
        measured=row.measured,
        unit=row.unit,
        remark=row.remark,
        person=row.person,
        at=row.at,
    )


def _photo(row: Row[Any]) -> Photo:
    return Photo(
        id=row.id,
        order=row.order_id,
        key=row.key,
        line=row.line,
        width=row.width,
        height=row.height,
        size=row.size,
        sha256=row.sha256,
        person=row.person,
        at=row.at,
    )


def _used(row: Row[Any]) -> Used:
    return Used(
        id=row.id,
        order=row.order_id,
        key=row.key,
        kind=UsedKind(row.kind),
        name=row.name,
        quantity=Decimal(row.thousandths) / 1000,
        unit=row.unit,
        price=row.price,
        charged=row.charged,
        person=row.person,
        at=row.at,
        struck_by=row.struck_by,
        struck_at=row.struck_at,
    )
