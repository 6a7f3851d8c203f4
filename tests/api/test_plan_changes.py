"""A plan is changed on its page: what that does is shown before, what was typed stays when it is refused; the same as JSON."""

from pathlib import Path

import pytest

from tests.api.conftest import Client, deps_on
from tests.api.scene import Scene

PLAN = "/plans/fire-pump-start"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """The demo's people and a few plans."""
    scene = Scene(tmp_path / "data")
    scene.people()
    scene.plans()
    return scene


def keys(client: Client) -> list[str]:
    return [slot["key"] for slot in client.get(f"{PLAN}.json").json()["slots"]]


def test_a_plan_is_changed_after_a_look_and_goes_back_to_the_site_file(scene: Scene) -> None:
    client = Client(deps_on(scene)).as_person("chen-jing")
    assert f'href="{PLAN}/change"' in client.get(PLAN).text
    assert "恢复为小区文件规定" not in client.get(f"{PLAN}/change", "zh-CN").text
    before = keys(client)
    form = {"when": "on_day", "day": "15", "days": "3", "by": "operating", "minutes": "45", "reason": "错开周一"}
    shown = client.act(f"{PLAN}/change", form)
    assert (shown.status_code, "slots go" in shown.text, 'value="错开周一"' in shown.text) == (200, True, True)
    assert keys(client) == before
    assert client.act(f"{PLAN}/change", {**form, "version": "0", "sure": "1"}).headers["location"] == PLAN
    assert any(key.endswith("-15") for key in keys(client))
    page = client.get(PLAN, "zh-CN").text
    assert ("已调整" in page, "每月15日；时段3天" in page, "错开周一" in page) == (True, True, True)
    assert client.get("/plans.json").json()[0].keys() >= {"changed_by", "change_reason"}
    back = client.act(f"{PLAN}/change", {"reset": "1", "reason": "完工"}, "zh-CN")
    assert 'name="version" value="1"' in back.text
    done = client.tell("POST", f"{PLAN}/change.json", {"reset": "1", "reason": "完工", "version": "1"})
    assert (done.status_code, done.json()["plan"]["changed_by"]) == (200, "")
    assert keys(client) == before


@pytest.mark.parametrize(
    ("changed", "status", "fault"),
    [
        ({"reason": ""}, 422, "Write a reason."),
        ({"day": "0"}, 422, "The day of the month is 1 to 31"),
        ({"minutes": "much"}, 422, "Write minutes from 1 to 2400."),
        ({"months": "spring"}, 422, "Write months as numbers"),
        ({"version": "7"}, 409, "meanwhile"),
        ({"version": "x"}, 409, "meanwhile"),
    ],
)
def test_what_cannot_be_done_is_said_and_what_was_typed_stays(
    scene: Scene, changed: dict[str, str], status: int, fault: str
) -> None:
    client = Client(deps_on(scene)).as_person("chen-jing")
    form = {"when": "on_day", "day": "15", "reason": "why not", "minutes": "20", "version": "0", "sure": "1", **changed}
    answer = client.act(f"{PLAN}/change", form)
    assert (answer.status_code, fault in answer.text) == (status, True)
    assert f'name="reason" value="{form["reason"]}"' in answer.text
    assert f'name="minutes" min="1" max="2400" inputmode="numeric" value="{form["minutes"]}"' in answer.text
    assert client.act("/plans/nothing/change", form).status_code == 404


def test_programs_look_and_change_by_json(scene: Scene) -> None:
    client = Client(deps_on(scene)).as_person("chen-jing")
    preview = client.get(f"{PLAN}/change.json?when=yearly&minutes=90").json()
    assert (preview["wanted"]["given"]["when"], preview["wanted"]["minutes"], preview["version"]) == ("yearly", 90, 0)
    assert preview["go"]
    wanted = {"when": "yearly", "minutes": 90, "reason": "law", "version": 0}
    assert client.tell("POST", f"{PLAN}/change.json", wanted).json()["plan"]["minutes"] == 90
    assert client.tell("POST", f"{PLAN}/change.json", wanted).status_code == 409
    worker = Client(deps_on(scene)).as_person("li-wei")
    assert f'href="{PLAN}/change"' not in worker.get(PLAN).text
    assert worker.get(f"{PLAN}/change").status_code == 403
