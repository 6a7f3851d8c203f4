"""Eight people acknowledge one alert at once: one wins, the others are told who; on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from facility.domain.alert import Alert, AlertState
from facility.domain.audit import first_broken
from facility.domain.errors import Taken
from facility.domain.person import Person
from facility.domain.text import Language
from facility.flow.acknowledge import acknowledge
from facility.store.sql import SqlWork

T = datetime(2026, 11, 23, 6, 5, 12, tzinfo=UTC)
PEOPLE = 8


def test_one_wins_and_the_others_are_told_who(prepared_url: str) -> None:
    work = SqlWork(prepared_url, "garden")
    with work.writing() as unit:
        people = [unit.people.put(Person(0, f"p{n}", f"P{n}", Language.EN, ())) for n in range(PEOPLE)]
        stored = unit.alerts.add(Alert(0, "a", "r", "k", 1, AlertState.ACTIVE_UNACKNOWLEDGED, T, T), T)
    assert stored is not None
    number = stored.id

    def answer(person: Person) -> str:
        try:
            with work.writing() as unit:
                acknowledge(unit, number, person.id, T)
        except Taken as taken:
            return taken.by
        return f"{person.name} won"

    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = list(pool.map(answer, people))
    (winner,) = [said.removesuffix(" won") for said in answers if said.endswith(" won")]
    assert sorted(said for said in answers if not said.endswith(" won")) == [winner] * (PEOPLE - 1)
    with work.reading() as unit:
        assert [event.what for event in unit.alerts.events(number)] == ["acknowledged"]
        assert unit.alerts.get(number).version == 1
        assert first_broken("garden", unit.audit.rows()) is None
    work.close()
