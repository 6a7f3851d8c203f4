"""Drills and emergency plans on pages: the banner, the list, one drill, and the steps that are ticked off by a link."""

from datetime import timedelta

import pytest

from facility.domain.drill import Asked
from facility.domain.text import Title
from facility.flow.drill import evaluate
from facility.flow.rehearse import begin_drill, end_drill
from facility.locale import alert_kinds
from facility.ports import Scenario
from facility.site.emergency import load_plans
from tests.api.conftest import Client
from tests.api.scene import DEMO, Scene

POWER = Scenario("power-outage", Title("Power outage", "停电"), Title("", ""), Title("", ""), timedelta(minutes=3))


class Simulators:
    """Port Stage."""

    def scenarios(self) -> list[Scenario]:
        return [POWER]

    def play(self, scenario: str) -> None:
        """Nothing moves here."""

    def stop(self) -> None:
        """Nothing moved."""


@pytest.fixture
def scene(scene: Scene) -> Scene:
    """With people, and the incident within a drill."""
    scene.people()
    return scene


def begun(scene: Scene) -> int:
    return begin_drill(
        scene.work, Simulators(), Asked("power-outage", scene.person("wang-qiang"), 30, ("陈静",)), scene.clock
    ).id


def test_every_page_says_that_a_drill_runs(client: Client, scene: Scene) -> None:
    assert "banner drill" not in client.get("/overview").text
    number = begun(scene)
    for path in ("/overview", "/alerts", "/orders", "/drills"):
        assert "DRILL: Power outage" in client.get(path).text
    assert "演习：停电" in client.get("/overview", "zh-CN").text
    end_drill(scene.work, Simulators(), number, scene.clock)
    assert "banner drill" not in client.get("/overview").text


def test_strangers_are_not_told_of_a_drill(stranger: Client, scene: Scene) -> None:
    begun(scene)
    scene.incident()
    for path in ("/sign-in", "/nothing"):
        assert "Power outage" not in stranger.get(path).text
    link = f"/a/{scene.token('alert', scene.alert_of('mains_lost'), 'chen-jing')}"
    assert "DRILL: Power outage" in stranger.get(link).text


def test_the_record_of_a_drill(client: Client, scene: Scene) -> None:
    assert "There was no drill yet" in client.get("/drills").text
    number = begun(scene)
    scene.stage.now = scene.clock.now() + timedelta(seconds=1)
    scene.stage.opens("fire-panel-1", "fire_alarm")
    scene.stage.tick(1)
    twin = client.get(f"/drills/{number}.json").json()
    assert twin["drill"]["running"]
    assert twin["alerts"]
    assert {alert["drill"] for alert in twin["alerts"]} == {number}
    end_drill(scene.work, Simulators(), number, scene.clock)
    with scene.work.writing() as unit:
        evaluate(unit, number, "The key was missing.", scene.person("wang-qiang"), scene.clock.now())
    page = client.get(f"/drills/{number}").text
    assert "The key was missing." in page
    assert "陈静" in page
    assert f'href="/drills/{number}">Drill' in client.get("/alerts").text
    assert f'href="/drills/{number}">Drill' in client.get(f"/alerts/{twin['alerts'][0]['id']}").text
    assert client.get("/drills.json").json()["drills"][0]["id"] == number
    assert client.get("/drills/99").status_code == 404


def test_steps_of_the_plan_are_ticked_off_by_the_link(client: Client, scene: Scene) -> None:
    client.deps.plans = load_plans(DEMO, alert_kinds())
    scene.incident()
    alert = scene.alert_of("mains_lost")
    ours = f"/a/{scene.token('alert', alert, 'chen-jing')}"
    theirs = f"/a/{scene.token('alert', alert, 'wang-qiang')}"
    assert "0 of 11 steps done" in client.get(ours).text
    for path in (ours, ours, theirs):
        answer = client.post(f"{path}/plan", {"step": "1"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}#plan")
    assert "1 of 11 steps done" in client.get(theirs).text
    twin = client.get(f"/alerts/{alert}/plan.json").json()
    assert twin["steps"][0]["done_by"] == "陈静"
    assert twin["steps"][1]["done_at"] is None
    assert "✓ 陈静" in client.get(f"/alerts/{alert}", "zh-CN").text
    for step in ("0", "12", "x", "", "99999"):
        assert client.post(f"{ours}/plan", {"step": step}).status_code == 404
    assert client.post(f"{ours[:-3]}/plan", {"step": "1"}).status_code == 404


def test_a_drill_is_begun_ended_and_evaluated_on_pages(client: Client, scene: Scene) -> None:
    client.deps.stage = Simulators()
    manager = client.as_person("chen-jing")
    assert "Begin a drill" in manager.get("/drills").text
    asked = {"scenario": "power-outage", "minutes": "20", "participants": "赵志国，陈静", "sure": "1"}
    assert manager.act("/drills", {**asked, "sure": ""}).status_code == 422
    assert manager.act("/drills", {**asked, "minutes": "x"}).status_code == 409
    assert manager.act("/drills", {**asked, "scenario": "no-such"}).status_code == 409
    begun_at = manager.act("/drills", asked)
    assert begun_at.status_code == 303
    where = begun_at.headers["location"]
    assert manager.get(f"{where}.json").json()["drill"]["participants"] == ["赵志国", "陈静"]
    assert "a drill is running" in manager.act("/drills", asked).text
    assert manager.act(f"{where}/evaluation", {"evaluation": "too early"}).status_code == 409
    assert manager.act(f"{where}/end", {}).status_code == 303
    assert manager.act(f"{where}/evaluation", {"evaluation": " "}).status_code == 422
    assert manager.act(f"{where}/evaluation", {"evaluation": "The key was missing."}).status_code == 303
    assert "The key was missing. (陈静)" in manager.get(where).text
    assert "Begin a drill" not in client.as_person("li-wei").get("/drills").text
