"""A plan is switched off on its page: what that does is shown before, and again with what was typed when it is refused."""

from datetime import timedelta
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


def day(scene: Scene, days: int) -> str:
    return str(scene.clock.now().astimezone(scene.site.zone).date() + timedelta(days=days))


def planned(client: Client) -> int:
    return client.get(f"{PLAN}.json").json()["states"].get("planned", 0)


def test_a_plan_is_switched_off_after_a_look_and_on_again(scene: Scene) -> None:
    client = Client(deps_on(scene)).as_person("chen-jing")
    assert "停用计划" in client.get(PLAN, "zh-CN").text
    before, form = planned(client), {"off_from": day(scene, 10), "reason": "泵房改造"}
    shown = client.act(f"{PLAN}/switch", form)
    assert shown.status_code == 200
    assert "slots go" in shown.text
    assert 'value="泵房改造"' in shown.text
    assert planned(client) == before
    preview = client.get(f"{PLAN}/switch.json?off_from={form['off_from']}").json()
    assert preview["go"]
    done = client.act(f"{PLAN}/switch", {**form, "version": "0", "sure": "1"})
    assert (done.status_code, done.headers["location"]) == (303, PLAN)
    assert planned(client) == before - len(preview["go"])
    page = client.get(PLAN, "zh-CN").text
    assert "起停用" in page
    assert "泵房改造" in page
    assert client.act(f"{PLAN}/switch", {"on": "1", "reason": "完工", "version": "1", "sure": "1"}).status_code == 303
    assert planned(client) == before
    assert "起停用" not in client.get(PLAN, "zh-CN").text


@pytest.mark.parametrize(
    ("changed", "status", "fault"),
    [
        ({"reason": ""}, 422, "Write the reason."),
        ({"off_from": "2020-01-01"}, 422, "Choose today or a later day."),
        ({"off_from": "soon"}, 422, "Choose today or a later day."),
        ({"off_from": ""}, 422, "Choose today or a later day."),
        ({"version": "7"}, 409, "meanwhile"),
        ({"version": "x"}, 409, "meanwhile"),
    ],
)
def test_what_cannot_be_done_is_said_and_what_was_typed_stays(
    scene: Scene, changed: dict[str, str], status: int, fault: str
) -> None:
    client = Client(deps_on(scene)).as_person("chen-jing")
    form = {"off_from": day(scene, 3), "reason": "why not", "version": "0", "sure": "1", **changed}
    answer = client.act(f"{PLAN}/switch", form)
    assert answer.status_code == status
    assert fault in answer.text
    assert f'name="reason" value="{form["reason"]}"' in answer.text
    assert client.act("/plans/nothing/switch", form).status_code == 404


def test_who_only_works_sees_that_it_is_off_and_no_switch(scene: Scene) -> None:
    worker = Client(deps_on(scene)).as_person("li-wei")
    assert f'action="{PLAN}/switch"' not in worker.get(PLAN).text
    assert worker.act(f"{PLAN}/switch", {"on": "1"}).status_code == 403


def test_programs_look_and_switch_by_json(scene: Scene) -> None:
    client = Client(deps_on(scene)).as_person("chen-jing")
    before, off_from = planned(client), day(scene, 10)
    preview = client.get(f"{PLAN}/switch.json?off_from={off_from}").json()
    wanted = {"off_from": off_from, "reason": "rebuilt", "version": preview["version"]}
    off = client.tell("POST", f"{PLAN}/switch.json", wanted)
    assert (off.status_code, off.json()["plan"]["off_from"]) == (200, off_from)
    assert planned(client) == before - len(preview["go"])
    assert client.tell("POST", f"{PLAN}/switch.json", {"on": 1, "reason": "done", "version": 0}).status_code == 409
    for lacking in ({"reason": "no day", "version": 1}, {"on": 1, "version": 1}, {"off_from": "soon", "version": 1}):
        assert client.tell("POST", f"{PLAN}/switch.json", lacking).status_code == 422
    on = client.tell("POST", f"{PLAN}/switch.json", {"on": 1, "reason": "done", "version": 1})
    assert (on.status_code, on.json()["plan"]["off_from"], planned(client)) == (200, None, before)
    assert client.tell("POST", "/plans/nothing/switch.json", wanted).status_code == 404
