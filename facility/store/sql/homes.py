"""Homes and their people."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, exists, func, or_, select, update

from facility.domain.errors import Conflict, NotFound
from facility.domain.home import Address, Asked, Home, Resident, Standing
from facility.ports.homes import HomeFilter
from facility.store.sql.bulk import insert_values
from facility.store.sql.home_tables import homes, residents
from facility.store.sql.repository import Repository

homes_table, residents_table = homes, residents  # where a parameter has the name
PORTION = 500  # numbers in one IN (…)
_BY_ADDRESS = (
    *(key for part in (homes.c.building, homes.c.unit, homes.c.number) for key in (func.length(part), part)),
    homes.c.id,
)  # 2 before 10


class SqlHomes(Repository):
    """Port Homes."""

    def add(self, home: Home) -> Home:
        """With its id."""
        number = self._add(homes, {**_home_values(home), "version": 1})
        if number is None:
            raise Conflict(f"there is a home {home.address} already")
        return replace(home, id=number, version=1)

    def add_all(self, homes: Sequence[Home]) -> None:
        """Past the statement compiler: an estate has thousands."""
        rows = [{"site_id": self._site, **_home_values(home), "version": 1} for home in homes]
        if insert_values(self._connection, homes_table, rows) < len(rows):
            raise Conflict("there is a home at one of these addresses already")

    def get(self, home: int) -> Home:
        """By id."""
        row = self._row(self._homes().where(homes.c.id == home))
        if row is None:
            raise NotFound("home", home)
        return _home(row)

    def at(self, address: Address) -> Home | None:
        """By address."""
        where = (
            homes.c.building == address.building,
            homes.c.unit == address.unit,
            homes.c.number == address.number,
        )
        row = self._row(self._homes().where(*where))
        return None if row is None else _home(row)

    def all(self) -> list[Home]:
        """By address."""
        return [_home(row) for row in self._rows(self._homes().order_by(*_BY_ADDRESS))]

    def change(self, home: Home) -> Home:
        """With its next version."""
        taken = self.at(home.address)
        if taken is not None and taken.id != home.id:
            raise Conflict(f"there is a home {home.address} already")
        changed = replace(home, version=home.version + 1)
        where = (homes.c.site_id == self._site, homes.c.id == home.id, homes.c.version == home.version)
        if not self._update(update(homes).where(*where).values(**_home_values(changed))):
            self.get(home.id)
            raise Conflict(f"home {home.address} has changed since you saw it: look at it again")
        return changed

    def find(self, wanted: HomeFilter) -> tuple[list[Home], int]:
        """By address."""
        query = self._homes().where(*_fits(wanted.asked))
        if wanted.building:
            query = query.where(homes.c.building == wanted.building)
        if wanted.vacant is not None:
            query = query.where(homes.c.vacant_since.is_not(None) == wanted.vacant)
        total = self._row(select(func.count().label("total")).select_from(query.subquery()))
        page = query.order_by(*_BY_ADDRESS).limit(wanted.limit).offset(wanted.offset)
        return [_home(row) for row in self._rows(page)], total.total if total else 0

    def buildings(self) -> list[str]:
        """In their order."""
        query = select(homes.c.building).where(homes.c.site_id == self._site).group_by(homes.c.building)
        return [row.building for row in self._rows(query.order_by(func.length(homes.c.building), homes.c.building))]

    def add_resident(self, resident: Resident) -> Resident:
        """With their id; NotFound for a home that does not exist."""
        self.get(resident.home)
        number = self._add(residents, _resident_values(resident))
        if number is None:
            raise Conflict(f"the pseudonym {resident.pseudonym} is taken")
        return replace(resident, id=number)

    def add_residents(self, residents: Sequence[Resident]) -> None:
        """Past the statement compiler."""
        rows = [{"site_id": self._site, **_resident_values(resident)} for resident in residents]
        if insert_values(self._connection, residents_table, rows) < len(rows):
            raise Conflict("one of the pseudonyms is taken")

    def resident(self, resident: int) -> Resident:
        """By id."""
        row = self._row(self._residents().where(residents.c.id == resident))
        if row is None:
            raise NotFound("resident", resident)
        return _resident(row)

    def change_resident(self, resident: Resident) -> None:
        """All but the id."""
        where = (residents.c.site_id == self._site, residents.c.id == resident.id)
        if not self._update(update(residents).where(*where).values(**_resident_values(resident))):
            raise NotFound("resident", resident.id)

    def residents(self, homes: Collection[int], *, left: bool = False) -> list[Resident]:
        """Owners first."""
        order = case({Standing.OWNER: 0, Standing.RESIDENT: 1}, value=residents.c.standing, else_=2)
        query = self._residents().order_by(residents.c.home, order, residents.c.id)
        if not left:
            query = query.where(residents.c.left_on.is_(None))
        wanted = sorted(set(homes))
        portions = (wanted[first : first + PORTION] for first in range(0, len(wanted), PORTION))
        rows = (row for portion in portions for row in self._rows(query.where(residents.c.home.in_(portion))))
        return [_resident(row) for row in rows]

    def left_until(self, last: date) -> list[Resident]:
        """Earliest first."""
        query = self._residents().where(residents.c.left_on <= last).order_by(residents.c.left_on, residents.c.id)
        return [_resident(row) for row in self._rows(query)]

    def erase(self, resident: int) -> None:
        """The whole row."""
        where = (residents.c.site_id == self._site, residents.c.id == resident)
        if not self._connection.execute(delete(residents).where(*where)).rowcount:
            raise NotFound("resident", resident)

    def _homes(self) -> Select[Any]:
        return select(homes).where(homes.c.site_id == self._site)

    def _residents(self) -> Select[Any]:
        return select(residents).where(residents.c.site_id == self._site)


def _fits(asked: Asked) -> list[ColumnElement[bool]]:
    columns = (homes.c.building, homes.c.unit, homes.c.number)
    if len(asked.parts) == 2:  # in a building without units, or all of a unit
        first, second = asked.parts
        return [homes.c.building == first, or_(homes.c.unit == second, homes.c.number == second)]
    if asked.parts:
        return [column == part for column, part in zip(columns, asked.parts, strict=True)]
    return [or_(*(column == word for column in columns), _lives_there(word)) for word in asked.words]


def _lives_there(word: str) -> ColumnElement[bool]:
    said = [residents.c.plates.contains(word.upper(), autoescape=True)]
    if word.isdecimal():
        said.append(residents.c.phone.contains(word, autoescape=True))
    else:
        said.append(func.lower(residents.c.name).contains(word.lower(), autoescape=True))
    return exists().where(and_(residents.c.home == homes.c.id, residents.c.left_on.is_(None), or_(*said)))


def _home_values(home: Home) -> dict[str, Any]:
    address = home.address
    return {
        "building": address.building,
        "unit": address.unit,
        "number": address.number,
        "vacant_since": home.vacant_since,
        "version": home.version,
    }


def _home(row: Row[Any]) -> Home:
    return Home(row.id, Address(row.building, row.unit, row.number), row.vacant_since, row.version)


def _resident_values(resident: Resident) -> dict[str, Any]:
    return {
        "home": resident.home,
        "pseudonym": resident.pseudonym,
        "name": resident.name,
        "standing": str(resident.standing),
        "phone": resident.phone,
        "plates": " ".join(resident.plates),
        "came_on": resident.came_on,
        "left_on": resident.left_on,
    }


def _resident(row: Row[Any]) -> Resident:
    return Resident(
        id=row.id,
        home=row.home,
        pseudonym=row.pseudonym,
        name=row.name,
        standing=Standing(row.standing),
        phone=row.phone,
        plates=tuple(row.plates.split()),
        came_on=row.came_on,
        left_on=row.left_on,
    )
