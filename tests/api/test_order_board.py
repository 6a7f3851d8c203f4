"""The board of orders and its queues: found, sorted, kept as files, assigned many at once, each refusal said."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest

from facility.domain.order import Order, OrderState, OrderStep, SpotCheck
from facility.domain.skill import Skill
from facility.flow.keep_skills import keep_skills
from tests.api.conftest import Client
from tests.api.scene import Scene

FOREMAN, SUPERVISOR = "zhou-bin", "wang-qiang"


@pytest.fixture
def order(scene: Scene) -> int:
    """The repair of a gas valve, of the engineering team, among others."""
    scene.people()
    scene.plans()
    scene.incident()
    return scene.order_of("gas-2")


def changed(scene: Scene, order: int, **fields: object) -> None:
    with scene.work.writing() as unit:
        unit.orders.change(replace(unit.orders.get(order), **fields))  # type: ignore[arg-type]


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr data-order="(\d+)"', page)]


def test_the_board_filters_sorts_and_counts(client: Client, scene: Scene, order: int) -> None:
    changed(scene, order, state=OrderState.CLOSED, closed_at=scene.clock.now())
    whole = client.get("/orders.json").json()
    assert order not in {each["id"] for each in whole["orders"]}
    assert whole["counts"]["closed"] == 1
    assert whole["total"] == sum(number for state, number in whole["counts"].items() if state != "closed")
    assert [each["id"] for each in client.get("/orders.json?state=final").json()["orders"]] == [order]
    gas = client.get("/orders.json?state=all&area=area-2&asset=gas-2").json()["total"]
    assert gas + client.get("/orders.json?state=all&area=area-1&asset=gas-2").json()["total"] <= 1
    pumps = client.get("/orders?q=pump&sort=-number&origin=alert", "en")
    assert numbers(pumps.text) == [scene.order_of("pump-3")]
    assert 'aria-sort="descending"' in pumps.text
    assert "sort=number" in pumps.text
    assert "sort=-number&amp;origin=alert" in pumps.text, "the page that renews itself keeps its filters"
    assert numbers(client.get("/orders?q=水泵&origin=alert", "zh-CN").text) == [scene.order_of("pump-3")]
    assert "没有符合条件的工单" in client.get("/orders?q=xyzzy", "zh-CN").text
    today = scene.clock.now().astimezone(scene.site.zone).date()
    assert client.get(f"/orders.json?due_until={today - timedelta(days=9)}&state=all").json()["total"] == 0


WORDS = "state=gone kind=x origin=x team=x position=x area=x sort=x due_from=soon"


@pytest.mark.parametrize("query", WORDS.split())
def test_a_word_that_is_unknown_is_said(client: Client, query: str) -> None:
    answer = client.get(f"/orders.json?{query}")
    assert answer.status_code == 422
    assert query.split("=")[0] in answer.json()["detail"]
    assert client.get("/orders.json?person=nobody").status_code == 404


def test_files_hold_what_was_asked_for_in_the_readers_language(client: Client, order: int) -> None:
    text = client.get("/orders.csv?asset=gas-2", "zh-CN").content.decode("utf-8-sig").splitlines()
    assert text[0].startswith("工单,类型,内容,设备")
    assert [line.split(",")[0] for line in text[1:]] == [str(order)]
    book = openpyxl.load_workbook(io.BytesIO(client.get("/orders.xlsx?asset=gas-2").content))
    assert [row[0].value for row in book.active.iter_rows()] == ["Order", str(order)]


def test_many_are_assigned_by_form_after_a_confirmation(client: Client, scene: Scene, order: int) -> None:
    foreman, guards = client.as_person(FOREMAN), scene.order_of("fire-panel-1")
    board = foreman.get("/orders?pick=1&sort=number").text
    assert f'name="pick" value="{order}:1"' in board
    assert f'name="pick" value="{order}:1" checked' in foreman.get("/orders?pick=all&sort=number").text
    assert 'name="pick"' not in client.as_person("li-wei").get("/orders?pick=1").text
    form: dict[str, str | list[str]] = {
        "pick": [f"{order}:1", f"{guards}:1", "99999:1"], "key": "morning-1", "back": "/orders?pick=1&sort=number",
    }  # fmt: skip
    asked = foreman.act("/orders/assign", form)
    assert (asked.status_code, "To whom are 3 orders assigned?" in asked.text) == (422, True)
    asked = foreman.act("/orders/assign", form | {"to": "alan-wong"})
    assert "Assign 3 orders to" in asked.text
    assert scene.login_of(order) != "alan-wong", "nothing happens before it is confirmed"
    for _ in range(2):
        done = foreman.act("/orders/assign", form | {"to": "alan-wong", "sure": "1"})
        assert "1 of 3 assigned to" in done.text
    assert "another team" in done.text
    assert "does not exist" in done.text
    assert 'href="/orders?pick=1&amp;sort=number"' in done.text
    assert scene.login_of(order) == "alan-wong"
    late = foreman.act(
        "/orders/assign", form | {"to": "li-wei", "sure": "1", "key": "morning-2", "pick": [f"{order}:1"]}
    )
    assert "changed meanwhile" in late.text
    assert 'href="//evil.test"' not in foreman.act("/orders/assign", form | {"back": "//evil.test"}).text
    none = foreman.act("/orders/assign", {"key": "morning-3", "to": "li-wei"}, "zh-CN")
    assert (none.status_code, "请勾选要派的工单" in none.text) == (422, True)


def test_what_nobody_has_is_given_with_one_click(client: Client, scene: Scene, order: int) -> None:
    others = [scene.order_of("pump-3"), order]
    for each in others:
        changed(scene, each, state=OrderState.UNASSIGNED, person=None)
    foreman = client.as_person(FOREMAN)
    rows = {row["order"]["id"]: row for row in foreman.get("/orders/unassigned.json").json()["orders"]}
    assert set(rows) >= set(others)
    row = rows[order]
    assert (row["because"], row["mine"]) == ("on_duty", True)
    with scene.work.reading() as unit:
        loads = unit.orders.loads()
        position = unit.orders.get(order).position
        holders = [person for person in unit.people.all() if position in person.positions]
    assert row["login"] in {person.login for person in holders}
    assert row["load"] <= min(loads.get(person.id, 0) for person in holders) + len(others)
    page = foreman.get("/orders/unassigned", "zh-CN").text
    assert f"派给{row['name']}" in page
    click = {"pick": f"{order}:2", "to": row["login"], "sure": "1", "key": "one-click", "back": "/orders/unassigned"}
    assert "1 of 1 assigned" in foreman.act("/orders/assign", click).text
    assert scene.login_of(order) == row["login"]
    assert order not in {each["order"]["id"] for each in foreman.get("/orders/unassigned.json").json()["orders"]}
    elsewhere = client.as_person("wang-qiang").get("/orders/unassigned.json").json()["orders"]
    assert {each["order"]["id"] for each in elsewhere} >= {others[0]}


def test_who_has_not_learnt_it_is_given_it_only_after_a_warning(client: Client, scene: Scene, order: int) -> None:
    with scene.work.writing() as unit:
        asked = next(each for each in unit.orders.recent(500) if asks_for(scene, each) is Skill.TANK_CLEANING)
        able = {person.id for person in unit.people.all() if Skill.TANK_CLEANING in person.skills}
        assert asked.person in able
        unit.orders.change(replace(asked, state=OrderState.UNASSIGNED, person=None))
        for number in able:
            keep_skills(unit, number, {Skill.PUMPS: None}, scene.clock.now())
    number = asked.id
    foreman = client.as_person(FOREMAN)
    rows = {row["order"]["id"]: row for row in foreman.get("/orders/unassigned.json").json()["orders"]}
    assert (rows[number]["login"], rows[number]["skill"]) == ("", "tank_cleaning")
    assert "值班人员都不具备技能：生活水箱清洗消毒" in foreman.get("/orders/unassigned", "zh-CN").text
    form = {"step": "assign", "version": f"{asked.version + 1}", "to": "xu-tao", "key": "lacks-it-1"}
    refused = foreman.act(f"/orders/{number}/steps", form)
    assert (refused.status_code, 'name="without_skill"' in refused.text) == (422, True)
    many = {"pick": f"{number}:{asked.version + 1}", "to": "xu-tao", "key": "lacks-it-2"}
    assert 'name="without_skill"' in foreman.act("/orders/assign", many).text
    left = foreman.act("/orders/assign", {**many, "sure": "1"}).text
    assert "it asks for a skill that this person has not" in left
    done = foreman.act("/orders/assign", {**many, "sure": "1", "key": "lacks-it-3", "without_skill": "yes"}).text
    assert "1 of 1 assigned" in done
    assert "不具备技能：生活水箱清洗消毒" in foreman.get(f"/orders/{number}", "zh-CN").text
    assert scene.login_of(number) == "xu-tao"


def asks_for(scene: Scene, order: Order) -> Skill | None:
    plan = scene.site.plans.get(order.title_id)
    return plan.skill if plan and order.occurrence else None


def test_the_queue_of_spot_checks_says_whose_they_are(client: Client, scene: Scene, order: int) -> None:
    supervisor = client.as_person(SUPERVISOR)
    assert "No orders await a spot check" in supervisor.get("/orders/spot-checks").text
    worker = scene.login_of(order)
    scene.step(order, OrderStep.ACCEPT, worker)
    scene.step(order, OrderStep.FINISH, worker, "mended")
    changed(scene, order, spot_check=SpotCheck.DRAWN)
    scene.step(order, OrderStep.PASS_CHECK, FOREMAN)
    (row,) = supervisor.get("/orders/spot-checks.json").json()["orders"]
    assert (row["order"]["id"], row["mine"]) == (order, True)
    page = supervisor.get("/orders/spot-checks", "zh-CN").text
    assert "去抽查" in page
    assert "抽中" in page
    assert client.as_person(FOREMAN).get("/orders/spot-checks").status_code == 403
