"""Rosters, swaps, absences, deputies and the record of people."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row, bindparam, delete, or_, select, update

from facility.domain.duty import Absence, Deputies
from facility.domain.errors import Conflict, NotFound
from facility.domain.person import PersonEvent
from facility.domain.roster import Roster, Shift, Swap
from facility.ports.duties import ToldVacancy
from facility.store.sql.duty_tables import absences, person_events, rosters, swaps, vacancies
from facility.store.sql.duty_tables import deputies as standing_in
from facility.store.sql.repository import THIS_SITE, Repository

_STILL = or_(absences.c.ends_at.is_(None), absences.c.ends_at > bindparam("since"))
_ABSENCES = (
    select(absences).where(absences.c.site_id == THIS_SITE, _STILL).order_by(absences.c.begins_at, absences.c.id)
)


class SqlDuties(Repository):
    """Port Duties."""

    writes = 0

    def rosters(self) -> list[Roster]:
        """By id."""
        query = select(rosters).where(rosters.c.site_id == self._site).order_by(rosters.c.id)
        return [_roster(row) for row in self._rows(query)]

    def put_roster(self, roster: Roster) -> None:
        """Conflict when its position has another roster."""
        self.writes += 1
        other = next((known for known in self.rosters() if known.position == roster.position), None)
        if other is not None and other.id != roster.id:
            raise Conflict(
                f"position {roster.position} has the roster {other.id} already: change that one or remove it"
            )
        values = {
            "position": roster.position,
            "first_day": roster.first_day,
            "shifts": [[shift.name, f"{shift.start:%H:%M}", f"{shift.end:%H:%M}"] for shift in roster.shifts.values()],
            "turns": [[person, list(turn)] for person, turn in roster.turns.items()],
        }
        statement = self._insert(rosters).values(site_id=self._site, id=roster.id, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["site_id", "id"], set_=values))

    def drop_roster(self, roster: str) -> None:
        """NotFound."""
        self.writes += 1
        for table, column in ((swaps, swaps.c.roster), (rosters, rosters.c.id)):
            result = self._connection.execute(delete(table).where(table.c.site_id == self._site, column == roster))
        if not result.rowcount:
            raise NotFound("roster", roster)

    def swaps(self, since: date) -> list[Swap]:
        """By day."""
        query = select(swaps).where(swaps.c.site_id == self._site, swaps.c.day >= since)
        return [
            Swap(row.roster, row.day, row.shift, tuple(row.people), row.reason)
            for row in self._rows(query.order_by(swaps.c.day, swaps.c.roster, swaps.c.shift))
        ]

    def put_swap(self, swap: Swap) -> None:
        """By roster, day and shift."""
        self.writes += 1
        values = {"people": list(swap.people), "reason": swap.reason}
        place = {"site_id": self._site, "roster": swap.roster, "day": swap.day, "shift": swap.shift}
        statement = self._insert(swaps).values(**place, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=list(place), set_=values))

    def drop_swap(self, roster: str, day: date, shift: str) -> None:
        """Nothing when there is none."""
        self.writes += 1
        of = (swaps.c.site_id == self._site, swaps.c.roster == roster, swaps.c.day == day, swaps.c.shift == shift)
        self._connection.execute(delete(swaps).where(*of))

    def absences(self, since: datetime) -> list[Absence]:
        """The earliest first."""
        return [_absence(row) for row in self._made(_ABSENCES, since=since)]

    def absences_of(self, person: int) -> list[Absence]:
        """The latest first."""
        query = select(absences).where(absences.c.site_id == self._site, absences.c.person == person)
        return [_absence(row) for row in self._rows(query.order_by(absences.c.begins_at.desc(), absences.c.id.desc()))]

    def put_absence(self, absence: Absence) -> Absence:
        """NotFound."""
        self.writes += 1
        values = {"begins_at": absence.begin, "ends_at": absence.until, "reason": absence.reason}
        if absence.id:
            where = (absences.c.site_id == self._site, absences.c.id == absence.id)
            if not self._update(update(absences).where(*where).values(**values)):
                raise NotFound("absence", absence.id)
            return absence
        number = self._add(absences, {"person": absence.person, **values})
        return Absence(number or 0, absence.person, absence.begin, absence.until, absence.reason)

    def deputies(self) -> Deputies:
        """In their order."""
        query = (
            select(standing_in)
            .where(standing_in.c.site_id == self._site)
            .order_by(standing_in.c.place, standing_in.c.id)
        )
        of_person: dict[int, tuple[int, ...]] = {}
        of_position: dict[str, tuple[int, ...]] = {}
        for row in self._rows(query):
            if row.of_person is None:
                of_position[row.of_position] = (*of_position.get(row.of_position, ()), row.deputy)
            else:
                of_person[row.of_person] = (*of_person.get(row.of_person, ()), row.deputy)
        return Deputies(of_person, of_position)

    def put_deputies(self, of: int | str, deputies: tuple[int, ...]) -> None:
        """In their order."""
        self.writes += 1
        person, position = (of, "") if isinstance(of, int) else (None, of)
        same = standing_in.c.of_person == person if person is not None else standing_in.c.of_position == position
        self._connection.execute(delete(standing_in).where(standing_in.c.site_id == self._site, same))
        for place, deputy in enumerate(dict.fromkeys(deputies)):
            self._add(standing_in, {"of_person": person, "of_position": position, "deputy": deputy, "place": place})

    def log(self, event: PersonEvent) -> None:
        """One line."""
        values = {"person": event.person, "at": event.at, "what": event.what, "by": event.by, "detail": event.detail}
        self._add(person_events, values)

    def events(self, person: int) -> list[PersonEvent]:
        """Newest first."""
        table = person_events
        query = select(table).where(table.c.site_id == self._site, table.c.person == person)
        rows = self._rows(query.order_by(table.c.at.desc(), table.c.id.desc()))
        return [PersonEvent(row.person, row.at, row.what, row.by, row.detail) for row in rows]

    def told(self) -> list[ToldVacancy]:
        """By position and begin."""
        query = select(vacancies).where(vacancies.c.site_id == self._site)
        return [
            ToldVacancy(row.position, row.begins_at, row.ends_at, row.told_at, row.told_again_at)
            for row in self._rows(query.order_by(vacancies.c.position, vacancies.c.begins_at))
        ]

    def put_told(self, vacancy: ToldVacancy) -> None:
        """By position and begin."""
        place = {"site_id": self._site, "position": vacancy.position, "begins_at": vacancy.begin}
        values = {"ends_at": vacancy.until, "told_at": vacancy.told_at, "told_again_at": vacancy.told_again_at}
        statement = self._insert(vacancies).values(**place, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=list(place), set_=values))

    def forget_told(self, before: datetime) -> None:
        """Begun before, and over."""
        over = (vacancies.c.begins_at < before, vacancies.c.ends_at < before)
        self._connection.execute(delete(vacancies).where(vacancies.c.site_id == self._site, *over))


def _roster(row: Row[Any]) -> Roster:
    shifts = {name: Shift(name, time.fromisoformat(start), time.fromisoformat(end)) for name, start, end in row.shifts}
    return Roster(row.id, row.position, row.first_day, shifts, {person: tuple(turn) for person, turn in row.turns})


def _absence(row: Row[Any]) -> Absence:
    return Absence(row.id, row.person, row.begins_at, row.ends_at, row.reason)
