"""What signed-in people do with orders: by the page's forms and as JSON; each person's own day."""

import httpx
import pytest

from facility.domain.order import OrderState, OrderStep
from tests.api.conftest import Client
from tests.api.scene import Scene
from tests.api.test_links import form_on

FOREMAN, SUPERVISOR = "zhou-bin", "wang-qiang"


@pytest.fixture
def order(scene: Scene) -> int:
    """The repair of a gas valve, of the engineering team."""
    scene.people()
    scene.plans()
    scene.incident()
    return scene.order_of("gas-2")


def sent(client: Client, order: int, step: str, key: str = "", **fields: object) -> httpx.Response:
    """A step as JSON, on the version that stands now; `client`: of a person who is signed in."""
    path = f"/orders/{order}/steps.json"
    version = client.get(path).json()["version"]
    body = {"step": step, "version": version, "key": key or f"{step}-{version}-key", **fields}
    return client.tell("POST", path, body)


def test_from_assignment_to_the_end_as_json(client: Client, scene: Scene, order: int) -> None:
    foreman, worker = client.as_person(FOREMAN), client.as_person("li-wei")
    assert sent(foreman, order, "assign", to="li-wei").json()["order"]["state"] == "issued"
    for step, state in (("accept", "accepted"), ("start", "in_progress")):
        assert sent(worker, order, step).json()["order"]["state"] == state
    held = sent(worker, order, "hold", reason="No valve in stock", until="2099-01-01T08:00").json()["order"]
    assert (held["state"], held["held_until"]) == ("on_hold", "2099-01-01T00:00:00Z")
    sent(worker, order, "resume")
    (measured,) = (
        line["key"] for line in client.get(f"/orders/{order}.json").json()["lines"] if line["kind"] == "measurement"
    )
    found = {f"measured.{measured}": "0", "rest": "in_order"}
    assert sent(worker, order, "finish", note="Valve changed", **found).status_code == 200
    assert sent(foreman, order, "pass_check", key="no-answers").status_code == 422
    done = sent(foreman, order, "pass_check", **found).json()["order"]
    if done["state"] == "awaiting_spot_check":
        done = sent(client.as_person(SUPERVISOR), order, "pass_spot_check", **found).json()["order"]
    assert done["state"] == "closed"
    assert done["checked_by"] == "周斌"


def test_the_same_key_counts_once_and_an_old_version_is_told_how_it_stands(
    client: Client, scene: Scene, order: int
) -> None:
    worker = client.as_person(scene.login_of(order))
    body = {"step": "accept", "version": 1, "key": "phone-0001"}
    answers = [worker.tell("POST", f"/orders/{order}/steps.json", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    late = worker.tell("POST", f"/orders/{order}/steps.json", {**body, "key": "phone-0002"})
    assert late.status_code == 409
    assert (late.json()["state"], late.json()["version"]) == ("accepted", 2)
    with scene.work.reading() as unit:
        assert [event.step for event in unit.orders.events(order)].count("accept") == 1


@pytest.mark.parametrize(
    ("fields", "status", "detail"),
    [
        ({"step": "fly"}, 422, "form_damaged"),
        ({"step": "accept", "key": "short"}, 422, "form_damaged"),
        ({"step": "cancel"}, 422, "reason_missing"),
        ({"step": "cancel", "reason": "x"}, 409, "not for this person"),
        ({"step": "pass_check"}, 409, "not possible now"),
        ({"step": "hold", "reason": "x", "until": "soon"}, 422, "no time"),
        ({"step": "assign", "to": "nobody"}, 404, "nobody"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    client: Client, scene: Scene, order: int, fields: dict[str, str], status: int, detail: str
) -> None:
    worker = client.as_person(scene.login_of(order))
    answer = worker.tell("POST", f"/orders/{order}/steps.json", {"version": 1, "key": "phone-0001", **fields})
    assert answer.status_code == status
    assert detail in answer.json()["detail"]
    with scene.work.reading() as unit:
        assert (unit.orders.get(order).state, unit.orders.get(order).version) == (OrderState.ISSUED, 1)


def test_the_page_offers_each_what_is_theirs(client: Client, scene: Scene, order: int) -> None:
    worker, foreman = client.as_person(scene.login_of(order)), client.as_person(FOREMAN)
    path = f"/orders/{order}"
    assert 'value="accept"' in worker.get(path).text
    assert 'value="cancel"' not in worker.get(path).text
    assert 'value="accept"' not in foreman.get(path).text
    form = form_on(foreman.get(path), "cancel")
    refused = foreman.act(f"{path}/steps", form)
    assert refused.status_code == 422
    assert "Write the reason" in refused.text
    assert foreman.act(f"{path}/steps", form | {"reason": "Twice on the list"}).headers["location"] == path
    assert foreman.act(f"{path}/steps", form | {"key": "another-key", "reason": "again"}).status_code == 409
    assert "Twice on the list" in foreman.get(path, "zh-CN").text
    stranger = client.as_person("guo-fang").get(path).text
    assert 'name="step"' not in stranger


def test_a_day_holds_what_waits_for_the_person(client: Client, scene: Scene, order: int) -> None:
    login = scene.login_of(order)
    worker, foreman = client.as_person(login), client.as_person(FOREMAN)
    assert order in {each["id"] for each in worker.get("/my-day.json").json()["mine"]}
    scene.step(order, OrderStep.ACCEPT, login)
    scene.step(order, OrderStep.FINISH, login, "mended")
    assert order not in {each["id"] for each in worker.get("/my-day.json").json()["mine"]}
    assert [each["id"] for each in foreman.get("/my-day.json").json()["checks"]] == [order]
    assert foreman.get("/my-day.json").json()["spot_checks"] == []
    page = foreman.get("/my-day").text
    assert "To be checked by you" in page
    assert f'data-order="{order}"' in page
    assert "暂无工单" in client.as_person("sun-li").get("/my-day", "zh-CN").text


def test_many_are_assigned_at_once_and_each_refusal_is_said(client: Client, scene: Scene, order: int) -> None:
    foreman, other, guards = client.as_person(FOREMAN), scene.order_of("pump-3"), scene.order_of("fire-panel-1")
    body = {"to": "alan-wong", "orders": f"{order}:1,{other}:7,{guards}:1", "key": "morning-1"}
    for _ in range(2):
        done = foreman.tell("POST", "/orders/assign.json", body).json()
        assert [(each["order"], each["version"]) for each in done] == [(order, 2), (other, 1), (guards, 1)]
        assert done[0]["refused"] == ""
        assert "changed meanwhile" in done[1]["refused"]
        assert "not for this person" in done[2]["refused"]
    assert scene.login_of(order) == "alan-wong"


@pytest.mark.parametrize("fields", [{"orders": "12"}, {"orders": ""}, {"orders": "1:x"}, {"key": "short"}])
def test_a_damaged_list_assigns_nothing(client: Client, scene: Scene, order: int, fields: dict[str, str]) -> None:
    body = {"to": "alan-wong", "orders": f"{order}:1", "key": "morning-1", **fields}
    assert client.as_person(FOREMAN).tell("POST", "/orders/assign.json", body).status_code == 422
    with scene.work.reading() as unit:
        assert unit.orders.get(order).version == 1
