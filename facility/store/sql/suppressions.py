"""What keeps alerts quiet, and outages that were announced."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from facility.domain.announcement import Announcement, Supply
from facility.domain.errors import NotFound
from facility.domain.suppression import Suppression, SuppressionKind
from facility.store.sql.repository import THIS_SITE, Repository
from facility.store.sql.tables import announcements, suppressions

_STANDING = (
    select(suppressions)
    .where(suppressions.c.site_id == THIS_SITE, suppressions.c.ended_at.is_(None))
    .order_by(suppressions.c.since, suppressions.c.id)
)


class SqlSuppressions(Repository):
    """Port Suppressions."""

    def add(self, suppression: Suppression) -> Suppression | None:
        """None when one of its kind stands for (asset, rule)."""
        number = self._add(suppressions, _values(suppression))
        return None if number is None else replace(suppression, id=number)

    def get(self, suppression: int) -> Suppression:
        """NotFound."""
        row = self._row(self._all().where(suppressions.c.id == suppression))
        if row is None:
            raise NotFound("suppression", suppression)
        return _suppression(row)

    def standing(self) -> list[Suppression]:
        """Oldest first."""
        return [_suppression(row) for row in self._made(_STANDING)]

    def change(self, suppression: Suppression) -> None:
        """NotFound."""
        where = (suppressions.c.site_id == self._site, suppressions.c.id == suppression.id)
        if not self._update(update(suppressions).where(*where).values(**_values(suppression))):
            raise NotFound("suppression", suppression.id)

    def _all(self) -> Select[Any]:
        return select(suppressions).where(suppressions.c.site_id == self._site)


class SqlAnnouncements(Repository):
    """Port Announcements."""

    def add(self, announcement: Announcement) -> Announcement:
        """With its number."""
        statement = self._insert(announcements).values(site_id=self._site, **_announced(announcement))
        number = self._connection.execute(statement.returning(announcements.c.id)).scalar_one()
        return replace(announcement, id=number)

    def get(self, announcement: int) -> Announcement:
        """NotFound."""
        row = self._row(self._all().where(announcements.c.id == announcement))
        if row is None:
            raise NotFound("announced outage", announcement)
        return _announcement(row)

    def since(self, at: datetime) -> list[Announcement]:
        """Earliest first."""
        query = self._all().where(announcements.c.ends_at >= at)
        return [_announcement(row) for row in self._rows(query.order_by(announcements.c.starts_at, announcements.c.id))]

    def change(self, announcement: Announcement) -> None:
        """NotFound."""
        where = (announcements.c.site_id == self._site, announcements.c.id == announcement.id)
        if not self._update(update(announcements).where(*where).values(**_announced(announcement))):
            raise NotFound("announced outage", announcement.id)

    def _all(self) -> Select[Any]:
        return select(announcements).where(announcements.c.site_id == self._site)


def _values(suppression: Suppression) -> dict[str, Any]:
    return {
        "kind": suppression.kind.value,
        "asset": suppression.asset,
        "rule": suppression.rule,
        "since": suppression.since,
        "until": suppression.until,
        "reason": suppression.reason,
        "person": suppression.person,
        "ended_at": suppression.ended_at,
        "ended_by": suppression.ended_by,
    }


def _suppression(row: Row[Any]) -> Suppression:
    return Suppression(
        id=row.id,
        kind=SuppressionKind(row.kind),
        asset=row.asset,
        rule=row.rule,
        since=row.since,
        until=row.until,
        reason=row.reason,
        person=row.person,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )


def _announced(announcement: Announcement) -> dict[str, Any]:
    return {
        "supply": announcement.supply.value,
        "area": announcement.area,
        "starts_at": announcement.starts_at,
        "ends_at": announcement.ends_at,
        "source": announcement.source,
        "person": announcement.person,
        "entered_at": announcement.entered_at,
        "cancelled_at": announcement.cancelled_at,
        "cancelled_by": announcement.cancelled_by,
    }


def _announcement(row: Row[Any]) -> Announcement:
    return Announcement(
        id=row.id,
        supply=Supply(row.supply),
        area=row.area,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        source=row.source,
        person=row.person,
        entered_at=row.entered_at,
        cancelled_at=row.cancelled_at,
        cancelled_by=row.cancelled_by,
    )
