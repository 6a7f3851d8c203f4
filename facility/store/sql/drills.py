"""Drills."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select, update

from facility.domain.drill import Drill
from facility.domain.errors import Conflict, NotFound
from facility.store.sql.repository import Repository
from facility.store.sql.tables import drills


class SqlDrills(Repository):
    """Port Drills."""

    def add(self, drill: Drill) -> Drill:
        """Conflict when one is not ended; one whose time is over is ended here."""
        for other in self.recent(1):
            if other.ended_at is None and other.ends_at <= drill.started_at:
                self.change(replace(other, ended_at=other.ends_at))
        number = self._add(drills, _values(drill))
        if number is None:
            raise Conflict("a drill is running: end it first")
        return replace(drill, id=number)

    def get(self, drill: int) -> Drill:
        """NotFound."""
        row = self._row(select(drills).where(drills.c.site_id == self._site, drills.c.id == drill))
        if row is None:
            raise NotFound("drill", drill)
        return _drill(row)

    def change(self, drill: Drill) -> None:
        """NotFound."""
        where = (drills.c.site_id == self._site, drills.c.id == drill.id)
        if not self._update(update(drills).where(*where).values(**_values(drill))):
            raise NotFound("drill", drill.id)

    def recent(self, limit: int) -> list[Drill]:
        """Newest first."""
        query = select(drills).where(drills.c.site_id == self._site)
        return [_drill(row) for row in self._rows(query.order_by(drills.c.id.desc()).limit(limit))]


def _values(drill: Drill) -> dict[str, Any]:
    return {
        "scenario": drill.scenario,
        "title": drill.title,
        "started_at": drill.started_at,
        "started_by": drill.started_by,
        "ends_at": drill.ends_at,
        "ended_at": drill.ended_at,
        "participants": list(drill.participants),
        "evaluation": drill.evaluation,
        "evaluated_by": drill.evaluated_by,
    }


def _drill(row: Row[Any]) -> Drill:
    return Drill(
        id=row.id,
        scenario=row.scenario,
        title=row.title,
        started_at=row.started_at,
        started_by=row.started_by,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        participants=tuple(row.participants),
        evaluation=row.evaluation,
        evaluated_by=row.evaluated_by,
    )
