"""Homes: entered from a list, looked up with a record of it, moved in and out of, and forgotten; the audit knows no names."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from facility.domain.audit import first_broken
from facility.domain.errors import Conflict, NotFound, Unfit
from facility.domain.home import KEPT, Address, Listed, Purpose, Standing, asked
from facility.flow.enter_homes import Effect, enter_homes, plan_homes
from facility.flow.erase_resident import erase_old_residents, erase_resident
from facility.flow.keep_home import correct_resident, move_in, move_out, set_vacant
from facility.flow.look_up_home import find_homes, open_home
from facility.ports import HomeFilter, WorkUnit
from tests.harness.flow_stage import START, Stage

TODAY = date(2026, 11, 23)
WHERE = Address("3", "2", "1501")
ROWS = [
    Listed(WHERE, "李小梅", Standing.OWNER, "13812345678", ("粤B12345",)),
    Listed(WHERE, "Ann Smith", Standing.TENANT),
    Listed(Address("3", "2", "1502"), vacant=True),
]


def entered(stage: Stage) -> int:
    """The list, and the number of its first home."""
    with stage.work.writing() as unit:
        enter_homes(stage.site, unit, ROWS, START)
        home = unit.homes.at(WHERE)
    assert home is not None
    return home.id


def last(unit: WorkUnit) -> tuple[str, str, Mapping[str, object]]:
    row = unit.audit.head()
    assert row is not None
    return row.action, row.subject, row.detail


def test_a_list_is_shown_before_it_is_entered_and_entered_once(stage: Stage) -> None:
    with stage.work.reading() as unit:
        planned = plan_homes(unit, ROWS)
    assert [(step.effect, str(step.address), step.name) for step in planned] == [
        (Effect.ADDED, "3-2-1501", ""),
        (Effect.ADDED, "3-2-1501", "李小梅"),
        (Effect.ADDED, "3-2-1501", "Ann Smith"),
        (Effect.ADDED, "3-2-1502", ""),
    ]
    with stage.work.writing() as unit:
        assert unit.homes.all() == []
        assert enter_homes(stage.site, unit, ROWS, START) == planned
        assert last(unit) == ("home.imported", "home:list", {"added": 4, "changed": 0})
        assert [(str(home.address), home.vacant_since) for home in unit.homes.all()] == [
            ("3-2-1501", None),
            ("3-2-1502", TODAY),
        ]
        assert enter_homes(stage.site, unit, ROWS, START) == []


def test_a_later_list_brings_up_to_date_and_an_empty_cell_leaves_what_is_known(stage: Stage) -> None:
    home = entered(stage)
    later = [Listed(WHERE, "李小梅", Standing.RESIDENT), Listed(Address("3", "2", "1502"), vacant=False)]
    with stage.work.writing() as unit:
        steps = enter_homes(stage.site, unit, later, START)
        assert [(step.effect, step.name, step.how) for step in steps] == [
            (Effect.CHANGED, "李小梅", ("standing",)),
            (Effect.CHANGED, "", ("vacant",)),
        ]
        known = {one.name: one for one in unit.homes.residents([home])}
        assert (known["李小梅"].phone, known["李小梅"].plates) == ("13812345678", ("粤B12345",))
        assert set(known) == {"李小梅", "Ann Smith"}


def test_phones_are_masked_until_somebody_says_why_and_both_are_noted(stage: Stage) -> None:
    home = entered(stage)
    with stage.work.writing() as unit:
        found = find_homes(unit, HomeFilter(asked("小梅")), START, 1)
        assert [one.phone for one in found.people[home]] == ["13****678", ""]
        assert last(unit) == ("home.searched", "home:list", {"asked": "words", "homes": [home], "found": 1})
        _, people = open_home(unit, home, START, 1)
        assert people[0].phone == "13****678"
        whom = [one.pseudonym for one in people]
        assert last(unit) == ("home.opened", f"home:{home}", {"why": None, "whom": whom})
        _, people = open_home(unit, home, START, 1, Purpose.EMERGENCY)
        assert people[0].phone == "13812345678"
        assert last(unit) == ("home.phones_shown", f"home:{home}", {"why": "emergency", "whom": whom})
        with pytest.raises(NotFound):
            open_home(unit, home + 99, START)


def test_moving_in_and_out(stage: Stage) -> None:
    entered(stage)
    with stage.work.writing() as unit:
        empty = unit.homes.at(Address("3", "2", "1502"))
        assert empty is not None
        come = move_in(unit, empty.id, " 王强 ", Standing.TENANT, "138 0000 1111", "粤b1", TODAY, START, 1)
        assert (come.name, come.phone, come.plates) == ("王强", "13800001111", ("粤B1",))
        assert not unit.homes.get(empty.id).vacant
        with pytest.raises(Conflict, match="moved out first"):
            set_vacant(unit, empty.id, TODAY, START)
        with pytest.raises(Unfit, match="before the day of moving in"):
            move_out(unit, come.id, TODAY - timedelta(days=1), START)
        assert move_out(unit, come.id, TODAY, START, 1).left_on == TODAY
        with pytest.raises(Conflict, match="already"):
            move_out(unit, come.id, TODAY, START)
        assert set_vacant(unit, empty.id, TODAY, START, 1).vacant
        assert last(unit)[:2] == ("home.vacant", f"home:{empty.id}")


def test_what_is_wrong_is_corrected_and_values_do_not_reach_the_audit(stage: Stage) -> None:
    home = entered(stage)
    with stage.work.writing() as unit:
        owner = unit.homes.residents([home])[0]
        correct_resident(unit, owner.id, "李晓梅", Standing.OWNER, "13900000000", "粤B12345", START, 1)
        assert last(unit) == ("resident.corrected", f"resident:{owner.pseudonym}", {"fields": ["name", "phone"]})
        for name, phone, plates, field in (("", "", "", "name"), ("李", "12", "", "phone"), ("李", "", "<", "plates")):
            with pytest.raises(Unfit, match=field):
                correct_resident(unit, owner.id, name, Standing.OWNER, phone, plates, START)


def test_an_erased_person_is_gone_and_the_audit_holds_without_them(stage: Stage) -> None:
    home = entered(stage)
    with stage.work.writing() as unit:
        owner = unit.homes.residents([home])[0]
        find_homes(unit, HomeFilter(asked("李小梅")), START, 1)
        open_home(unit, home, START, 1, Purpose.REPAIR)
        assert erase_resident(unit, owner.id, Purpose.ASKED_BY_PERSON, START, 1) == owner.pseudonym
    with stage.work.reading() as unit:
        assert [one.name for one in unit.homes.residents([home], left=True)] == ["Ann Smith"]
        rows = list(unit.audit.rows())
        assert first_broken(stage.site.id, rows) is None
        assert (rows[-1].action, rows[-1].subject) == ("resident.erased", f"resident:{owner.pseudonym}")
        said = " ".join(f"{row.subject} {row.detail}" for row in rows)
    assert owner.pseudonym in said
    assert not any(word in said for word in ("李小梅", "13812345678", "粤B12345"))


def test_data_go_by_themselves_when_their_time_is_over_and_not_a_day_before(stage: Stage) -> None:
    home = entered(stage)
    with stage.work.writing() as unit:
        owner = unit.homes.residents([home])[0]
        move_out(unit, owner.id, TODAY, START)
        over = datetime(2026, 11, 23, tzinfo=UTC) + KEPT
        assert erase_old_residents(stage.site, unit, over - timedelta(hours=9)) == []  # the day before, in Shanghai
        assert erase_old_residents(stage.site, unit, over) == [owner.pseudonym]
        assert erase_old_residents(stage.site, unit, over) == []
        assert last(unit) == ("resident.erased", f"resident:{owner.pseudonym}", {"why": "retention"})
