"""Homes and their people: the same on SQLite and on PostgreSQL."""

import time
from dataclasses import replace
from datetime import date

import pytest

from facility.domain.errors import Conflict, NotFound
from facility.domain.home import Address, Home, Resident, Standing, asked
from facility.ports import HomeFilter, Work, WorkUnit

DAY = date(2026, 11, 23)


def home(unit: WorkUnit, building: str = "3", number: str = "1501", vacant: date | None = None) -> Home:
    return unit.homes.add(Home(0, Address(building, "2", number), vacant))


def person(unit: WorkUnit, where: Home, name: str = "李小梅", phone: str = "", **more: object) -> Resident:
    made = Resident(0, where.id, f"p-{where.id}-{name}", name, Standing.OWNER, phone)
    return unit.homes.add_resident(replace(made, **more))  # type: ignore[arg-type]


def found(work: Work, text: str, **more: bool | str) -> list[str]:
    with work.reading() as unit:
        homes, total = unit.homes.find(HomeFilter(asked(text), **more))  # type: ignore[arg-type]
    assert total == len(homes)
    return [str(home.address) for home in homes]


def test_a_home_and_its_people_are_kept_as_they_are(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        made = home(unit, vacant=DAY)
        tenant = person(unit, made, "Ann", standing=Standing.TENANT, came_on=DAY)
        owner = person(unit, made, phone="+8613812345678", plates=("粤B12345", "粤BD00001"))
    with work.reading() as unit:
        assert unit.homes.get(made.id) == unit.homes.at(made.address) == made
        assert unit.homes.all() == [made]
        assert unit.homes.residents([made.id]) == [owner, tenant]
        assert unit.homes.resident(tenant.id) == tenant
    with other_site.writing() as unit:
        assert unit.homes.all() == []
        assert unit.homes.residents([made.id]) == []
        with pytest.raises(NotFound):
            unit.homes.erase(owner.id)
        home(unit)


def test_an_address_is_taken_once(work: Work) -> None:
    with work.writing() as unit:
        home(unit)
        other = home(unit, number="1502")
    with pytest.raises(Conflict, match="3-2-1501"), work.writing() as unit:
        home(unit)
    with pytest.raises(Conflict, match="3-2-1501"), work.writing() as unit:
        unit.homes.change(Home(other.id, Address("3", "2", "1501"), None, other.version))


@pytest.mark.parametrize("number", [3, 700])  # a few, and more than PostgreSQL takes as arrays
def test_many_homes_and_people_at_once_are_kept_as_one_by_one(work: Work, number: int) -> None:
    homes = [Home(0, Address("7", "", f"{n}\x00"), DAY if n % 2 else None) for n in range(number)]
    with work.writing() as unit:
        unit.homes.add_all(homes)
        stored = unit.homes.all()
        people = [
            Resident(0, home.id, f"p-{home.id}", "Ann\t\\N", Standing.TENANT, "5" * 11, ("粤B1", "粤B2"), DAY, None)
            for home in stored
        ]
        unit.homes.add_residents(people)
        unit.homes.add_all([])
        unit.homes.add_residents([])
    with work.reading() as unit:
        assert [(home.address.number, home.vacant_since, home.version) for home in stored] == [
            (f"{n}\ufffd", DAY if n % 2 else None, 1) for n in range(number)
        ]
        kept = unit.homes.residents([home.id for home in stored])
        assert [replace(one, id=0) for one in kept] == people
    with pytest.raises(Conflict, match="one of these addresses"), work.writing() as unit:
        unit.homes.add_all([Home(0, Address("8", "", str(n))) for n in range(number)] + homes[:1])
    with pytest.raises(Conflict, match="pseudonyms"), work.writing() as unit:
        unit.homes.add_residents([replace(each, pseudonym=f"q{n}") for n, each in enumerate(people)] + people[:1])
    with work.reading() as unit:
        assert (len(unit.homes.all()), len(unit.homes.residents([home.id for home in stored]))) == (number, number)


def test_who_changes_what_has_changed_meanwhile_is_told(work: Work) -> None:
    with work.writing() as unit:
        made = home(unit)
        changed = unit.homes.change(Home(made.id, made.address, DAY, made.version))
        assert (changed.version, unit.homes.get(made.id)) == (2, changed)
        with pytest.raises(Conflict, match="has changed"):
            unit.homes.change(Home(made.id, made.address, None, made.version))
        with pytest.raises(NotFound):
            unit.homes.change(Home(made.id + 1, Address("9", "", "1"), None, 1))


def test_a_home_is_found_by_all_that_is_known_of_it(work: Work) -> None:
    with work.writing() as unit:
        first, second = home(unit), home(unit, "10", "302", DAY)
        home(unit, "2", "302")
        person(unit, first, phone="13812345678", plates=("粤B12345",))
        person(unit, second, "Ann Smith", "13900005678")
    assert found(work, "") == ["2-2-302", "3-2-1501", "10-2-302"]
    assert (
        found(work, "3-2-1501")
        == found(work, "小梅")
        == found(work, "粤b12345")
        == found(work, "3812345")
        == ["3-2-1501"]
    )
    assert found(work, "5678") == ["3-2-1501", "10-2-302"]
    assert found(work, "smith 302") == found(work, "", vacant=True) == ["10-2-302"]
    assert found(work, "2-302") == ["2-2-302"]
    assert found(work, "10-2") == found(work, "", building="10") == ["10-2-302"]
    assert found(work, "%") == found(work, "_") == found(work, "2-3-1501") == []
    with work.reading() as unit:
        assert unit.homes.buildings() == ["2", "3", "10"]
        assert unit.homes.find(HomeFilter(limit=1, offset=2)) == ([second], 3)


def test_who_moved_out_is_not_found_and_can_be_erased(work: Work) -> None:
    with work.writing() as unit:
        made = home(unit)
        gone = person(unit, made, left_on=DAY)
        unit.homes.change_resident(gone)
    assert found(work, "李小梅") == []
    with work.writing() as unit:
        assert unit.homes.residents([made.id]) == []
        assert unit.homes.residents([made.id], left=True) == unit.homes.left_until(DAY) == [gone]
        assert unit.homes.left_until(date(2026, 11, 22)) == []
        unit.homes.erase(gone.id)
        assert unit.homes.left_until(DAY) == []
        for missing in (lambda: unit.homes.erase(gone.id), lambda: unit.homes.change_resident(gone)):
            with pytest.raises(NotFound):
                missing()


def test_three_thousand_homes_are_searched_without_delay(work: Work) -> None:
    with work.writing() as unit:
        for number in range(3000):
            made = home(unit, str(number // 100), str(number % 100))
            person(unit, made, f"住户{number}", f"138{number:08d}", plates=(f"粤B{number:05d}",))
    for text in ("住户2987", "00002987", "粤B02987", "29-2-87"):
        began = time.perf_counter()
        assert found(work, text) == ["29-2-87"]
        assert time.perf_counter() - began < 0.25  # seconds; a few milliseconds on a machine that does nothing else
