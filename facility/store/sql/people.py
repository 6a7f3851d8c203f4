"""People and the positions they fill."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time
from typing import Any

from sqlalchemy import Row, Select, delete, select

from facility.domain.errors import NotFound
from facility.domain.person import Person, QuietHours
from facility.domain.skill import Skill
from facility.domain.text import Language
from facility.store.sql.repository import THIS_SITE, Repository
from facility.store.sql.tables import holdings, people

_EVERYBODY = select(people).where(people.c.site_id == THIS_SITE).order_by(people.c.login)
_HOLDINGS = select(holdings).where(holdings.c.site_id == THIS_SITE).order_by(holdings.c.place)


class SqlPeople(Repository):
    """Port People."""

    writes = 0
    _everybody: list[Person] | None = None  # read once a transaction, until it writes about people

    def all(self, *, retired: bool = False) -> list[Person]:
        """By login."""
        if self._everybody is None:
            self._everybody = self._people(self._made(_EVERYBODY))
        return [person for person in self._everybody if retired or person.retired_at is None]

    def get(self, person: int) -> Person:
        """NotFound."""
        row = self._row(self._all().where(people.c.id == person))
        if row is None:
            raise NotFound("person", person)
        return self._people([row])[0]

    def holders(self, position: str) -> list[Person]:
        """In the order in which they were entered."""
        holding = select(holdings.c.person).where(holdings.c.site_id == self._site, holdings.c.position == position)
        present = self._all().where(people.c.id.in_(holding), people.c.retired_at.is_(None))
        return self._people(self._rows(present.order_by(people.c.id)))

    def named(self, login: str) -> Person:
        """NotFound."""
        row = self._row(self._all().where(people.c.login == login))
        if row is None:
            raise NotFound("person", login)
        return self._people([row])[0]

    def put(self, person: Person) -> Person:
        """By login; keeps the id."""
        self.writes += 1
        self._everybody = None
        values = {
            "name": person.name,
            "language": person.language.value,
            "contacts": dict(person.contacts),
            "quiet": f"{person.quiet.start:%H:%M}-{person.quiet.end:%H:%M}" if person.quiet else None,
            "verified": dict(person.verified),
            "retired_at": person.retired_at,
            "skills": {skill.value: last and last.isoformat() for skill, last in person.skills.items()},
        }
        statement = self._insert(people).values(site_id=self._site, login=person.login, **values)
        statement = statement.on_conflict_do_update(index_elements=["site_id", "login"], set_=values)
        number = self._connection.execute(statement.returning(people.c.id)).scalar_one()
        self._connection.execute(delete(holdings).where(holdings.c.person == number))
        for place, position in enumerate(dict.fromkeys(person.positions)):
            row = {"site_id": self._site, "person": number, "position": position, "place": place}
            self._connection.execute(self._insert(holdings).values(row))
        return replace(person, id=number)

    def _all(self) -> Select[Any]:
        return select(people).where(people.c.site_id == self._site)

    def _people(self, rows: Iterable[Row[Any]]) -> list[Person]:
        positions: dict[int, list[str]] = {}
        for holding in self._made(_HOLDINGS):
            positions.setdefault(holding.person, []).append(holding.position)
        return [
            Person(
                id=row.id,
                login=row.login,
                name=row.name,
                language=Language(row.language),
                positions=tuple(positions.get(row.id, ())),
                contacts=row.contacts,
                quiet=_quiet(row.quiet),
                verified=row.verified,
                retired_at=row.retired_at,
                skills={Skill(skill): last and date.fromisoformat(last) for skill, last in row.skills.items()},
            )
            for row in rows
        ]


def _quiet(text: str | None) -> QuietHours | None:
    start, _, end = (text or "").partition("-")
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end)) if end else None
