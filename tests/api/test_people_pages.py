"""Pages of people, rosters and leaving: what they show, what their forms change, what they refuse in the reader's language."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from facility.domain.link import PersonalLink, seal
from facility.domain.skill import Skill
from facility.domain.text import Language
from facility.locale import text
from tests.api.conftest import Client, deps_on
from tests.api.scene import SECRET, Scene

PAGES = ("/people", "/people/chen-jing", "/people/chen-jing/leave", "/rosters/guards")


@pytest.fixture(scope="module")
def manned_folder(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    scene = Scene(tmp_path_factory.mktemp("people") / "data")
    scene.people()
    scene.rosters()
    return scene


@pytest.fixture
def manned(tmp_path: Path) -> Client:
    """A client of an estate with people and rosters."""
    scene = Scene(tmp_path / "data")
    scene.people()
    scene.rosters()
    return Client(deps_on(scene), scene.session(scene.manager()))


@pytest.fixture(scope="module")
def reading(manned_folder: Scene) -> Client:
    return Client(deps_on(manned_folder), manned_folder.session(manned_folder.manager()))


def local(days: float) -> str:
    """A time as a form sends it, by the estate's clock."""
    return f"{datetime.now(UTC) + timedelta(days=days, hours=8):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_in_both_languages(reading: Client, path: str, language: str) -> None:
    answer = reading.get(path, language)
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert "people." not in answer.text.replace("/people", "")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_its_twin(reading: Client, path: str) -> None:
    twin = reading.get(f"{path}.json")
    assert twin.status_code == 200
    assert twin.json()


def test_the_list_says_who_is_on_duty_and_filters(reading: Client) -> None:
    data = reading.get("/people.json").json()
    assert len(data["duties"]) == 12
    (officer,) = [duty for duty in data["duties"] if duty["position"] == "public-order-officer"]
    assert [step["id"] for step in officer["people"][0]["why"]] == ["duty.shift"]
    engineering = reading.get("/people.json?team=engineering&present=there").json()["people"]
    assert {row["login"] for row in engineering} == {
        "wang-qiang",
        "zhou-bin",
        "li-wei",
        "alan-wong",
        "xu-tao",
        "he-jun",
    }
    assert [row["login"] for row in reading.get("/people.json?position=manager").json()["people"]] == ["chen-jing"]
    assert reading.get("/people.json?present=away").json()["people"] == []
    assert "Nobody found" in reading.get("/people?present=away").text


def test_duty_at_a_given_time(reading: Client) -> None:
    (duty,) = reading.get("/duty.json?position=public-order-officer&at=2026-01-05+08:00").json()
    assert [one["login"] for one in duty["people"]] == ["guo-fang"]
    assert reading.get("/duty.json?position=pilot").status_code == 404
    assert reading.get("/duty.json?at=tomorrow").status_code == 409
    assert reading.get("/people/nobody").status_code == reading.get("/rosters/x.json").status_code == 404


def test_a_week_of_a_roster(reading: Client) -> None:
    week = reading.get("/rosters/guards.json?from=2026-03-02").json()
    assert week["days"] == [str(date(2026, 3, 2) + timedelta(days=n)) for n in range(7)]
    assert len(week["slots"]) == 21
    assert "周一 03-02" in reading.get("/rosters/guards?from=2026-03-02", "zh-CN").text
    assert "Mon 2 Mar" in reading.get("/rosters/guards?from=2026-03-02").text
    assert reading.get("/rosters/guards?from=x").status_code == 422


def test_an_absence_is_entered_shown_and_ended(manned: Client) -> None:
    form = {"from": "", "until": local(3), "reason": "年假 <b>"}
    answer = manned.act("/people/chen-jing/absences", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/chen-jing")
    page = manned.get("/people/chen-jing").text
    assert "年假 &lt;b&gt;" in page
    assert "Is back now" in page
    (manager,) = manned.get("/duty.json?position=manager").json()
    assert [one["login"] for one in manager["people"]] == ["wang-qiang"]
    number = manned.get("/people/chen-jing.json").json()["absences"][0]["id"]
    assert manned.act(f"/people/chen-jing/absences/{number}/end", {}).status_code == 303
    assert manned.get("/people/chen-jing.json").json()["row"]["away"] is False


@pytest.mark.parametrize(
    ("path", "form", "id", "params"),
    [
        ("/people/li-wei/absences", {"from": local(-9), "until": local(-5)}, "absence_past", {"person": "李伟"}),
        ("/people/li-wei/absences", {"from": local(5), "until": local(2)}, "absence_ends", {"person": "李伟"}),
        ("/people/li-wei/absences", {"from": "x"}, "time", {"text": "x"}),
        ("/people/li-wei/absences/7/end", {}, "not_away", {"person": "李伟"}),
        (
            "/people/zhou-bin/deputies",
            {"deputy": ["chen-jing", ""]},
            "circle",
            {"around": "chen-jing → wang-qiang → zhou-bin → chen-jing"},
        ),
        ("/people/li-wei/quiet", {"start": "25:00", "end": "07:00"}, "time", {"text": "25:00-07:00"}),
        (
            "/rosters/guards/swaps",
            {"day": "2026-01-06", "shift": "早班", "person": "ma-chao"},
            "shift_over",
            {"shift": "早班"},
        ),
        ("/rosters/guards/swaps", {"day": "2036-01-06", "shift": "早班", "undo": "1"}, "no_swap", {"shift": "早班"}),
        ("/rosters/guards/swaps", {"day": "2036-01-06", "shift": "早班", "person": ""}, "nobody_chosen", {}),
        ("/people/li-wei/leave", {"sure": "1"}, "not_handed", {"number": 2}),
        ("/people/li-wei/leave", {"position:electrician": "xu-tao"}, "not_sure", {}),
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_what_is_refused_is_said_in_the_readers_language(
    manned: Client, path: str, form: dict[str, str | list[str]], id: str, params: dict[str, object], language: Language
) -> None:
    answer = manned.act(path, form, str(language))
    assert answer.status_code == 409
    assert text(f"people.refused.{id}", language, **params) in answer.text


def test_leaving_warns_of_who_lacks_a_skill_that_the_work_asks_for(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "data", every_plan=True)
    scene.people()
    with scene.work.writing() as unit:
        unit.people.put(replace(unit.people.named("li-wei"), skills={Skill.ELECTRICIAN: None}))
    manager = Client(deps_on(scene), scene.session(scene.manager()))
    held = manager.get("/people/li-wei/leave.json").json()["duties"]
    lacks = {duty["key"]: duty["lacks"].get("xu-tao") for duty in held}
    assert "electrician" in lacks["position:electrician"]
    assert "不具备技能" in manager.get("/people/li-wei/leave", "zh-CN").text


def test_what_does_not_exist_is_not_found(manned: Client) -> None:
    assert manned.act("/people/nobody/absences", {}).status_code == 404
    assert manned.act("/rosters/x/swaps", {"day": "2036-01-06", "shift": "早班", "person": "-"}).status_code == 404
    assert manned.act("/people/li-wei/deputies", {"deputy": "nobody"}).status_code == 404
    foreign = {"sec-fetch-site": "cross-site"}
    assert manned.post("/people/li-wei/absences", {"from": ""}, **foreign).status_code == 403


def test_deputies_and_quiet_hours_are_replaced(manned: Client) -> None:
    assert manned.act("/people/li-wei/deputies", {"deputy": ["xu-tao", "alan-wong", ""]}).status_code == 303
    assert manned.act("/people/li-wei/quiet", {"start": "22:00", "end": "07:00"}).status_code == 303
    data = manned.get("/people/li-wei.json").json()
    assert [one["login"] for one in data["deputies"]] == ["xu-tao", "alan-wong"]
    assert data["row"]["quiet"] == "22:00–07:00"
    assert 'value="22:00"' in manned.get("/people/li-wei").text
    assert manned.act("/people/li-wei/quiet", {"start": "", "end": ""}).status_code == 303
    assert manned.get("/people/li-wei.json").json()["row"]["quiet"] == ""


def test_a_shift_is_swapped_and_taken_back(manned: Client) -> None:
    form = {"day": "2036-01-08", "shift": "早班", "person": ["ma-chao", ""], "reason": "ill", "week": "2036-01-07"}
    answer = manned.act("/rosters/guards/swaps", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/rosters/guards?from=2036-01-07")
    page = manned.get("/rosters/guards?from=2036-01-07").text
    assert "马超" in page
    assert ">Undo<" in page
    back = {"day": "2036-01-08", "shift": "早班", "undo": "1", "week": "2036-01-07"}
    assert manned.act("/rosters/guards/swaps", back).status_code == 303
    assert ">Undo<" not in manned.get("/rosters/guards?from=2036-01-07").text


def test_leaving_by_the_page(manned: Client) -> None:
    keys = [duty["key"] for duty in manned.get("/people/li-wei/leave.json").json()["duties"]]
    assert keys == ["position:electrician", "roster:electricians"]
    form = dict.fromkeys(keys, "xu-tao") | {"sure": "1"}
    assert manned.act("/people/li-wei/leave", form).status_code == 303
    assert "left on" in manned.get("/people/li-wei").text
    assert "li-wei" not in {row["login"] for row in manned.get("/people.json").json()["people"]}
    assert [row["login"] for row in manned.get("/people.json?present=left").json()["people"]] == ["li-wei"]


def test_the_links_of_somebody_who_left_are_refused(manned: Client) -> None:
    with manned.deps.work.writing() as unit:
        person = unit.people.named("li-wei")
    sealed = seal(
        PersonalLink("alert", 1, person.id, datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)), SECRET
    )
    assert manned.get(f"/a/{sealed}").status_code == 404, "there is no such alert, but the link is good"
    manned.act("/people/li-wei/leave", {"position:electrician": "xu-tao", "roster:electricians": "xu-tao", "sure": "1"})
    assert manned.get(f"/a/{sealed}").status_code == 410


def test_gaps_stand_in_a_banner(manned: Client) -> None:
    assert "Gaps in the next 7 days: " not in manned.get("/people").text
    manned.act("/people/wang-qiang/deputies", {"deputy": ""})
    manned.act("/people/wang-qiang/absences", {"from": local(2), "until": local(3)})
    assert "Gaps in the next 7 days: 1." in manned.get("/people").text
    (gap,) = manned.get("/gaps.json").json()
    assert (gap["position"], gap["levels"]) == ("engineering-supervisor", [1, 2])


def test_the_same_for_programs(manned: Client) -> None:
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    made = manned.tell("POST", "/people/li-wei/absences.json", {"until": until, "reason": "leave"})
    assert made.status_code == 201
    assert made.json()["row"]["away"] is True
    number = made.json()["absences"][0]["id"]
    again = manned.tell("POST", "/people/li-wei/absences.json", {})
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    assert manned.tell("DELETE", f"/people/li-wei/absences/{number}.json").json()["row"]["away"] is False
    named = manned.tell("PUT", "/people/li-wei/deputies.json", ["xu-tao"])
    assert [one["login"] for one in named.json()["deputies"]] == ["xu-tao"]
    swap = {"day": "2036-01-08", "shift": "早班", "people": ["ma-chao"]}
    week = manned.tell("POST", "/rosters/guards/swaps.json", swap)
    assert (week.status_code, week.json()["slots"][0]["swapped"]) == (201, True)
    back = manned.tell("DELETE", "/rosters/guards/swaps/2036-01-08/早班.json")
    assert back.json()["slots"][0]["swapped"] is False
    assert manned.tell("POST", "/people/li-wei/absences.json", {"until": "x"}).status_code == 422


def test_skills_are_shown_changed_and_recorded(manned: Client) -> None:
    assert "电工证" in manned.get("/people/li-wei", "zh-CN").text
    form = {"skill": "pumps", "until.pumps": "2026-01-31", "until.electrician": "2029-01-01"}
    assert manned.act("/people/li-wei/skills", form).status_code == 303
    person = manned.get("/people/li-wei.json").json()
    assert person["skills"] == [{"skill": "pumps", "until": "2026-01-31", "expired": True}]
    assert (person["record"][0]["what"], person["record"][0]["detail"]) == ("skills", "pumps (2026-01-31)")
    assert "expired on 2026-01-31" in manned.get("/people/li-wei").text
    refused = manned.act("/people/li-wei/skills", {"skill": "pumps", "until.pumps": "soon"})
    assert (refused.status_code, "soon" in refused.text) == (409, True)
    told = manned.tell("PUT", "/people/li-wei/skills.json", {"generator": None})
    assert told.json()["skills"] == [{"skill": "generator", "until": None, "expired": False}]
    assert manned.tell("PUT", "/people/li-wei/skills.json", {"welding": None}).status_code == 422


def test_a_way_of_contact_is_verified(manned: Client) -> None:
    assert manned.act("/people/li-wei/ways/hook/verified", {}).status_code == 303
    ways = manned.get("/people/li-wei.json").json()["ways"]
    assert [way["channel"] for way in ways if way["verified_at"] is not None] == ["hook"]
    assert manned.act("/people/li-wei/ways/pager/verified", {}).status_code == 404
