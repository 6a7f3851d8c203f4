"""Files of rosters: YAML and tables; every fault with its line."""

from contextlib import suppress
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.errors import Refusal, SiteRefused
from facility.domain.person import Person
from facility.domain.roster import Shift, pattern
from facility.site import load
from facility.site.people import read_people
from facility.site.rosters import RosterFile, read_rosters

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
SITE = load(DEMO / "site.yaml")


def people() -> dict[str, Person]:
    """The demo's people with numbers."""
    found = read_people(DEMO / "people.yaml", SITE)
    return {one.login: Person(n, one.login, one.name, one.language, one.positions) for n, one in enumerate(found, 1)}


PEOPLE = people()
HEAD = "roster,position,first_day,cycle,shift,from,to,person,days\n"


def read(text: str, name: str = "rosters.yaml") -> RosterFile:
    Path(name).write_text(text, encoding="utf-8")
    return read_rosters(Path(name), SITE, PEOPLE)


def faults(text: str, name: str = "rosters.yaml") -> list[str]:
    with pytest.raises(SiteRefused) as refused:
        read(text, name)
    return str(refused.value).splitlines()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_demos_rosters_leave_no_gap() -> None:
    found = read_rosters(DEMO / "rosters.yaml", SITE, PEOPLE)
    assert [roster.position for roster in found.rosters] == ["public-order-officer", "electrician"]
    for roster in found.rosters:
        assert pattern(roster).overlaps() == pattern(roster).uncovered() == []
    assert found.of_position["manager"] == (PEOPLE["wang-qiang"].id, PEOPLE["zhou-bin"].id)


def test_faults_of_a_yaml_file_stand_with_their_lines() -> None:
    assert faults(
        "rosters:\n"
        "  guards:\n"
        "    position: public-order-oficer\n"
        "    first_day: 2026-13-01\n"
        '    shifts: {early: {from: "7", to: "15:00"}}\n'
        "    turns: {guo-fang: [early, late], tang-ru: [early, off, off]}\n"
        "deputies:\n"
        "  people: {li-wei: [alan-wong], alan-wong: [li-wei, nobody]}\n"
    ) == [
        "rosters.yaml:3 rosters.guards.position: position public-order-oficer does not exist. "
        'Did you mean "public-order-officer"?',
        'rosters.yaml:4 rosters.guards.first_day: "2026-13-01" is not a date. '
        "Write year-month-day, such as 2026-01-31.",
        'rosters.yaml:5 rosters.guards.shifts.early.from: "7" is not a time of day. Write it like 07:00.',
        'rosters.yaml:6 rosters.guards.turns.guo-fang[1]: "late" is no shift of this roster. Known: early, off.',
        'rosters.yaml:6 rosters.guards.turns: person tang-ru does not exist. Did you mean "tang-rui"?',
        "rosters.yaml:6 rosters.guards.turns: the turns have different lengths: 2, 3 days. Give each person every day.",
        "rosters.yaml:8 deputies.people.alan-wong[1]: person nobody does not exist. "
        + "Known: chen-jing, liu-yang, zhao-min, sun-li, wang-qiang, zhou-bin, li-wei, alan-wong, xu-tao, he-jun, "
        "ma-chao, guo-fang, ….",
        "rosters.yaml:8 deputies.people: deputies stand in for each other in a circle: "
        "li-wei → alan-wong → li-wei. Take one of them out.",
    ]


def test_overlapping_shifts_and_strangers_are_refused() -> None:
    assert faults(
        "rosters:\n"
        "  guards:\n"
        "    position: public-order-officer\n"
        "    first_day: 2026-01-05\n"
        '    shifts: {day: {from: "07:00", to: "19:00"}, night: {from: "18:00", to: "07:00"}}\n'
        "    turns: {guo-fang: [day], xu-tao: [night]}\n"
        "  again: {position: public-order-officer, first_day: 2026-01-05, shifts: {a: {from: 0:00, to: 24:00}}, turns: {guo-fang: [a]}}\n"
    ) == [
        "rosters.yaml:2 rosters.guards: shifts day (day 1) and night (day 1) overlap. Let one end where the other begins.",
        "rosters.yaml:2 rosters.guards: xu-tao does not fill the position public-order-officer. "
        "Add it in the people file first.",
        "rosters.yaml:7 rosters.again: position public-order-officer has the roster guards already. Keep one of them.",
    ]


def test_a_table_gives_the_same_as_yaml() -> None:
    rows = [
        "guards,public-order-officer,2026-01-05,4,早班,07:00,19:00,guo-fang,1-2",
        "guards,public-order-officer,2026-01-05,4,夜班,19:00,07:00,guo-fang,3",
        "guards,public-order-officer,2026-01-05,4,夜班,19:00:00,7:00,tang-rui,1 2 4",
        "",
    ]
    (roster,) = read(HEAD + "\n".join(rows), "guards.csv").rosters
    assert (roster.id, roster.first_day, roster.cycle) == ("guards", date(2026, 1, 5), 4)
    assert roster.shifts == {"早班": Shift("早班", time(7), time(19)), "夜班": Shift("夜班", time(19), time(7))}
    assert roster.turns == {
        PEOPLE["guo-fang"].id: ("早班", "早班", "夜班", ""),
        PEOPLE["tang-rui"].id: ("夜班", "夜班", "", "夜班"),
    }
    head = "排班表;岗位;起始日期;周期;班次;开始;结束;人员;天\n"
    assert read(head + "\n".join(rows).replace(",", ";"), "guards.csv").rosters == (roster,)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("g,electrician,2026-01-05,7,a,7,15:00,li-wei,1", '"7" is not a time of day. Write it like 07:00.'),
        ("g,electrician,5.1.2026,7,a,07:00,15:00,li-wei,1", '"5.1.2026" is not a date'),
        ("g,electrician,2026-01-05,0,a,07:00,15:00,li-wei,1", '"0" is not a length of the cycle'),
        ("g,electrician,2026-01-05,7,a,07:00,15:00,li-wey,1", 'person li-wey does not exist. Did you mean "li-wei"?'),
        ("g,electrician,2026-01-05,7,a,07:00,15:00,,1", "person (empty) does not exist."),
        ("g,electrician,2026-01-05,7,a,07:00,15:00,li-wei,8", "days 8 lie outside of the cycle of 7 days"),
        ("g,electrician,2026-01-05,7,a,07:00,15:00,li-wei,mon", '"mon" are not days of the cycle'),
        ("g,electrician,2026-01-05,7,a b,07:00,15:00,li-wei,1", '"a b" is not a shift\'s name'),
        ("g,electrician,2026-01-05,7,a,07:00,15:00,li-wei,1 1", "li-wei has two shifts on day 1"),
        ("g,plumer,2026-01-05,7,a,07:00,15:00,li-wei,1", 'position plumer does not exist. Did you mean "plumber"?'),
    ],
)
def test_faults_of_a_table_name_the_row(row: str, fault: str) -> None:
    first = faults(HEAD + row + "\n", "g.csv")[0]
    assert first.startswith("g.csv:2 ")
    assert fault in first


def test_a_table_without_its_columns_or_with_lines_that_disagree() -> None:
    assert faults("roster,person\n", "g.csv")[0].startswith("g.csv:1 columns are missing: position, first_day, cycle")
    found = faults(
        HEAD + "g,electrician,2026-01-05,7,a,07:00,15:00,li-wei,1\ng,electrician,2026-01-05,8,a,07:00,16:00,li-wei,2\n"
        "g,electrician,2026-01-05,7,a,07:00,16:00,li-wei,2\n",
        "g.csv",
    )
    assert found == [
        "g.csv:3 roster g is described otherwise in line 2. Write the same.",
        "g.csv:4 shift a has other times in a line above. Give each shift one time.",
    ]
    with pytest.raises(Refusal, match=r"neither \.xlsx nor \.csv"):
        read("", "rosters.doc")


@given(st.text(max_size=200), st.sampled_from(["g.csv", "g.yaml"]))
def test_no_text_breaks_the_reader(text: str, name: str) -> None:
    Path(name).write_text(text, encoding="utf-8", errors="replace")
    with suppress(Refusal):
        read_rosters(Path(name), SITE, PEOPLE)
