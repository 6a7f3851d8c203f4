"""Homes on pages: found, opened, phones shown for a purpose alone; people move in and out and are forgotten; all of it noted."""

import pytest

from facility.domain.home import Address, Listed, Standing
from facility.domain.role import Role
from facility.flow.enter_homes import enter_homes
from tests.api.conftest import Client
from tests.api.scene import Scene

ROWS = [
    Listed(Address("3", "2", "1501"), "李小梅", Standing.OWNER, "13812345678", ("粤B12345",)),
    Listed(Address("3", "2", "1502"), vacant=True),
    *(Listed(Address("10", "", str(number))) for number in range(60)),
]


@pytest.fixture
def desk(client: Client, scene: Scene) -> Client:
    """The front desk's browser, with a register of homes."""
    scene.people()
    with scene.work.writing() as unit:
        enter_homes(scene.site, unit, ROWS, scene.clock.now())
    return client.as_person("sun-li")


def actions(scene: Scene) -> list[str]:
    with scene.work.reading() as unit:
        return [row.action for row in unit.audit.rows() if row.action.startswith(("home.", "resident."))]


def test_a_home_is_found_in_both_languages_and_the_search_is_noted(desk: Client, scene: Scene) -> None:
    english, chinese = desk.get("/homes?q=小梅"), desk.get("/homes?q=5678", "zh-CN")
    assert english.status_code == chinese.status_code == 200
    assert "1 home<" in english.text
    assert "1户" in chinese.text
    for page in (english.text, chinese.text):
        assert 'href="/homes/1">3-2-1501</a>' in page
        assert "13****678" in page
        assert "13812345678" not in page
    assert "No home fits" in desk.get("/homes?q=nobody").text
    assert actions(scene) == ["home.imported", "home.searched", "home.searched", "home.searched"]


def test_the_twin_filters_and_pages(desk: Client) -> None:
    twin = desk.get("/homes.json?vacant=yes").json()
    assert [(home["address"], home["residents"]) for home in twin["homes"]] == [("3-2-1502", [])]
    twin = desk.get("/homes.json?building=10&page=2").json()
    assert (twin["total"], twin["pages"], len(twin["homes"])) == (60, 2, 10)
    assert "building=10&amp;vacant=&amp;page=2" in desk.get("/homes?building=10").text
    assert desk.get("/homes/1.json").json()["residents"][0]["phone"] == "13****678"
    assert desk.get("/homes/99.json").status_code == 404


def test_phones_are_shown_for_a_purpose_alone(desk: Client, scene: Scene) -> None:
    assert "13812345678" not in desk.get("/homes/1").text
    refused = desk.act("/homes/1/phones", {"why": ""})
    assert refused.status_code == 422
    assert "Choose what the phones are needed for." in refused.text
    assert "home.phones_shown" not in actions(scene)
    shown = desk.act("/homes/1/phones", {"why": "repair"})
    assert 'href="tel:13812345678"' in shown.text
    assert actions(scene)[-1] == "home.phones_shown"


def test_who_belongs_to_nobody_sees_no_home(desk: Client, scene: Scene) -> None:
    account = scene.account("robot", Role.FRONT_DESK)
    assert desk.another(scene.session(account)).get("/homes").status_code == 422
    assert desk.as_person("li-wei").get("/homes").status_code == 403
    assert 'href="/homes"' in desk.get("/overview").text
    assert 'href="/homes"' not in desk.as_person("li-wei").get("/overview").text
    assert actions(scene) == ["home.imported"]


def test_moving_in_and_out_and_being_forgotten(desk: Client, scene: Scene) -> None:
    given = {"name": "王强", "standing": "tenant", "phone": "138 0000 1111", "plates": ""}
    refused = desk.act("/homes/2/residents", {**given, "phone": "1"})
    assert (refused.status_code, "Write one phone number" in refused.text) == (422, True)
    assert f'value="{given["name"]}" required' in refused.text
    assert desk.act("/homes/2/residents", given).headers["location"] == "/homes/2"
    home = desk.get("/homes/2.json").json()
    assert home["vacant_since"] is None
    number = home["residents"][0]["number"]
    assert desk.act("/homes/2/vacant", {"vacant": "1"}).status_code == 409
    assert desk.act(f"/homes/1/residents/{number}/leave", {}).status_code == 404
    assert desk.act(f"/homes/2/residents/{number}/leave", {}).status_code == 303
    assert "Nobody is entered" in desk.get("/homes/2").text
    assert desk.act("/homes/2/vacant", {"vacant": "1"}).status_code == 303
    assert "Vacant since" in desk.get("/homes/2").text
    assert desk.act(f"/homes/2/residents/{number}/erase", {}).status_code == 422
    assert desk.act(f"/homes/2/residents/{number}/erase", {"sure": "1"}).status_code == 303
    assert desk.act(f"/homes/2/residents/{number}/erase", {"sure": "1"}).status_code == 404
    done = [action for action in actions(scene) if action not in ("home.opened", "home.imported")]
    assert done == ["resident.moved_in", "resident.moved_out", "home.vacant", "resident.erased"]


def test_a_person_is_corrected_by_form_and_the_phone_that_is_not_shown_stays(desk: Client, scene: Scene) -> None:
    version = desk.get("/homes/1.json").json()["residents"][0]["version"]
    assert f'value="{version}"' in desk.get("/homes/1").text
    given = {"name": "李晓梅", "standing": "resident", "phone": "", "plates": "粤B12345, 粤B99999", "version": version}
    refused = desk.act("/homes/1/residents/1", {**given, "plates": "<b>"}, "zh-CN")
    assert refused.status_code == 422
    assert "请填写车牌，多个车牌用逗号分开。" in refused.text
    assert 'value="李晓梅"' in refused.text
    assert desk.act("/homes/1/residents/1", {**given, "standing": "king"}).status_code == 422
    assert desk.act("/homes/1/residents/1", given).headers["location"] == "/homes/1"
    seen = desk.get("/homes/1.json").json()["residents"][0]
    assert (seen["name"], seen["standing"], seen["phone"]) == ("李晓梅", "resident", "13****678")
    assert seen["plates"] == ["粤B12345", "粤B99999"]
    late = desk.act("/homes/1/residents/1", {**given, "name": "李小"})
    assert late.status_code == 409
    assert "Somebody else corrected this person" in late.text
    assert 'value="李小"' in late.text
    with scene.work.reading() as unit:
        noted = [row for row in unit.audit.rows() if row.action == "resident.corrected"]
        assert unit.homes.resident(1).phone == "13812345678"
    assert [(row.subject, row.detail) for row in noted] == [
        (f"resident:{_pseudonym(scene)}", {"fields": ["name", "standing", "plates"]})
    ]


def test_a_person_is_corrected_field_by_field_and_a_phone_is_removed(desk: Client, scene: Scene) -> None:
    assert (
        desk.tell("POST", "/homes/1/residents/1.json", {"phone": "139 1111 2222"})
        .json()["residents"][0]["phone"]
        .endswith("222")
    )
    with scene.work.reading() as unit:
        known = unit.homes.resident(1)
    assert (known.name, known.phone, known.plates) == ("李小梅", "13911112222", ("粤B12345",))
    assert desk.tell("POST", "/homes/1/residents/1.json", {"phone": "1"}).status_code == 422
    assert desk.tell("POST", "/homes/1/residents/1.json", {"phone": "", "version": "old"}).status_code == 409
    assert desk.tell("POST", "/homes/2/residents/1.json", {"phone": ""}).status_code == 404
    form = {"name": "李小梅", "standing": "owner", "phone": "", "plates": "粤B12345", "no_phone": "1"}
    assert desk.act("/homes/1/residents/1", form).status_code == 303
    assert desk.get("/homes/1.json").json()["residents"][0]["phone"] == ""


def _pseudonym(scene: Scene) -> str:
    with scene.work.reading() as unit:
        return unit.homes.resident(1).pseudonym
