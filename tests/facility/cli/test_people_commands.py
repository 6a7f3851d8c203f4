"""`facility people`: rosters, absences, deputies, duty, gaps, leaving; texts, JSON, exit codes."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.facility.cli.test_site_commands import DEMO, edit, run, run_json


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's people and rosters, entered once."""
    folder = tmp_path_factory.mktemp("people")
    shutil.copytree(DEMO, folder / "demo")
    with pytest.MonkeyPatch.context() as patch:
        _go_to(folder, patch)
        assert run("people", "import", "demo/people.yaml", "--yes").exit_code == 0
        assert (
            "Changed 2 rosters and 7 deputies." in run("people", "roster", "import", "demo/rosters.yaml", "-y").stdout
        )
    return folder


@pytest.fixture
def estate(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    _go_to(tmp_path, monkeypatch)
    return tmp_path


def _go_to(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(folder)
    patch.setenv("FACILITY_SITE", "demo/site.yaml")
    patch.setenv("FACILITY_DATA", "data")
    for name in ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_HISTORY", "LANG"):
        patch.delenv(name, raising=False)
    patch.setenv("NO_COLOR", "1")


def day(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def on_duty(position: str, *more: str) -> list[str]:
    (answer,) = run_json("people", "duty", position, "--json", *more)
    return [one["login"] for one in answer["people"]]


def test_the_preview_shows_differences_and_asks(estate: Path) -> None:
    assert "Nothing to do" in run("people", "roster", "import", "demo/rosters.yaml").stdout
    edit(estate / "demo" / "rosters.yaml", "guo-fang: [早班, 早班", "guo-fang: [off, 早班")
    result = run("people", "roster", "import", "demo/rosters.yaml", answer="n\n")
    assert result.exit_code == 1
    assert "guo-fang: 早班 早班 中班 中班 夜班 夜班 off off → off 早班 中班 中班 夜班 夜班 off off" in result.stdout
    assert "Note: roster guards has nobody from day 1 07:00 until day 1 15:00 of its cycle." in result.stdout
    assert "Nothing to do" not in run("people", "roster", "import", "demo/rosters.yaml", answer="n\n").stdout


def test_faults_of_a_roster_file_are_listed(estate: Path) -> None:
    edit(estate / "demo" / "rosters.yaml", "guo-fang:", "guo-fan:")
    result = run("people", "roster", "import", "demo/rosters.yaml", "--yes")
    assert result.exit_code == 1
    assert "person guo-fan does not exist. Did you mean" in result.output
    assert "1 fault. Nothing was changed." in result.output


def test_who_is_on_duty_at_a_given_time(estate: Path) -> None:
    assert on_duty("public-order-officer", "--at", "2026-01-05 08:00") == ["guo-fang"]
    assert on_duty("public-order-officer", "--at", "2026-01-06 03:00") == ["deng-hao"]
    result = run("people", "duty", "electrician", "--at", "2026-01-12 03:00")
    assert "shift 值守 of 2026-01-11 (roster electricians)" in result.stdout
    assert len(run_json("people", "duty", "--json")) == 12
    assert run("people", "duty", "pilot").exit_code == 1
    assert 'write it like 2026-12-01 or "2026-12-01 08:00"' in run("people", "duty", "--at", "tomorrow").output


def test_absent_and_back(estate: Path) -> None:
    assert on_duty("manager") == ["chen-jing"]
    assert "until back" in run("people", "absent", "chen-jing", "--reason", "ill").stdout
    assert on_duty("manager") == ["wang-qiang"]
    assert "away" in run("people", "list").stdout
    assert "away at that time already" in run("people", "absent", "chen-jing", "--until", day(3)).output
    assert run("people", "back", "chen-jing").exit_code == 0
    assert on_duty("manager") == ["chen-jing"]
    assert "not away now" in run("people", "back", "chen-jing").output
    past = run("people", "absent", "chen-jing", "--from", day(-9), "--until", day(-5))
    assert (past.exit_code, "lies in the past" in past.output) == (1, True)
    assert "person chen-jin does not exist" in run("people", "absent", "chen-jin").output


def test_gaps_are_shown_and_said_at_once(estate: Path) -> None:
    assert run("people", "gaps").exit_code == 0
    assert run("people", "deputy", "wang-qiang").exit_code == 0
    result = run("people", "absent", "wang-qiang", "--from", day(2), "--until", day(3))
    assert "Note: nobody is on duty as engineering-supervisor" in result.stdout
    shown = run("people", "gaps")
    assert shown.exit_code == 1
    assert "王强 is away until" in shown.stdout
    (gap,) = _json_of_gaps()
    assert (gap["position"], gap["levels"]) == ("engineering-supervisor", [1, 2])
    assert "zhou-bin" in run("people", "deputy", "engineering-supervisor", "zhou-bin").stdout
    assert run("people", "gaps").exit_code == 0


def _json_of_gaps() -> list[dict[str, object]]:
    import json

    found: list[dict[str, object]] = json.loads(run("people", "gaps", "--json").stdout)
    return found


def test_a_circle_of_deputies_is_refused(estate: Path) -> None:
    result = run("people", "deputy", "zhou-bin", "chen-jing")
    assert result.exit_code == 1
    assert "in a circle: chen-jing → wang-qiang → zhou-bin → chen-jing" in result.output
    assert "position cheng does not exist" in run("people", "deputy", "cheng", "chen-jing").output


def test_a_shift_is_swapped_and_the_swap_taken_back(estate: Path) -> None:
    when = day(1)
    before = run_json("people", "roster", "show", "guards", "--from", when, "--json")[0]["people"]
    assert run("people", "roster", "swap", "guards", when, "早班", "ma-chao", "--reason", "ill").exit_code == 0
    row = run_json("people", "roster", "show", "guards", "--from", when, "--json")[0]
    assert (row["people"], row["swap"]) == ("ma-chao", "swapped")
    assert run("people", "roster", "swap", "guards", when, "早班", "--undo").exit_code == 0
    assert run_json("people", "roster", "show", "guards", "--from", when, "--json")[0]["people"] == before
    assert (
        "shift of guards noon does not exist"
        in run("people", "roster", "swap", "guards", when, "noon", "ma-chao").output
    )
    assert "guards" in run("people", "roster", "show").stdout


def test_leaving_hands_everything_over(estate: Path) -> None:
    listed = run("people", "leave", "li-wei")
    assert listed.exit_code == 1
    for duty in ("position:electrician", "roster:electricians"):
        assert duty in listed.stdout
    assert "Nothing was changed" in listed.output
    assert "order:9 is not a duty" in run("people", "leave", "li-wei", "--give", "order:9=xu-tao").output
    asked = run("people", "leave", "li-wei", "--to", "xu-tao", answer="n\n")
    assert asked.exit_code == 1
    assert "position:electrician: its work asks for a skill that xu-tao has not: electrician" in " ".join(
        asked.stdout.split()
    )
    assert (
        "li-wei has left; 2 duties were handed over." in run("people", "leave", "li-wei", "--to", "xu-tao", "-y").stdout
    )
    assert "li-wei" not in run("people", "list").stdout
    assert "left 20" in run("people", "list", "--left").stdout
    assert run_json("people", "show", "li-wei", "--json")["left"]
    again = run("people", "import", "demo/people.yaml", "--yes")
    assert "give the new person another login" in again.output


def test_one_person_is_shown(estate: Path) -> None:
    data = run_json("people", "show", "alan-wong", "--json")
    assert data["rosters"] == ["electricians"]
    assert data["contacts"][:2] == ["wecom: AlanWong", "hook: alan-wong"]
    text = run("people", "show", "wang-qiang").stdout
    assert "22:30-06:30" in text
    assert "zhou-bin" in text
    filtered = run_json("people", "list", "--team", "public-order", "--json")
    assert {person["login"] for person in filtered} == {"ma-chao", "guo-fang", "tang-rui", "deng-hao", "pan-li"}


def test_a_roster_is_removed(estate: Path) -> None:
    assert run("people", "roster", "remove", "guards", answer="n\n").exit_code == 1
    assert run("people", "roster", "remove", "guards", "--yes").exit_code == 0
    assert len(on_duty("public-order-officer")) == 4
    assert "roster guards does not exist" in run("people", "roster", "remove", "guards", "--yes").output
