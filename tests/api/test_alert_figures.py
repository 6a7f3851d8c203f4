"""The page of figures, its JSON twin, the lists behind it, and the button to tune a rule."""

from datetime import timedelta

import pytest

from facility.domain.order import WorkKind
from tests.api.conftest import Client
from tests.api.scene import Scene


@pytest.fixture
def busy(scene: Scene) -> Scene:
    """Two days: chattering pressure at pump 1, a stale tank, a gas alarm told and acknowledged by nobody."""
    scene.people()
    stage, now = scene.stage, scene.clock.now()
    stage.now = now - timedelta(hours=40)
    stage.opens("tank-1", "level_low")
    stage.run(2)
    stage.now = now - timedelta(hours=3)
    for _ in range(4):
        stage.opens("pump-1", "pump_fault")
        stage.tick(8)
        stage.ends("pump-1", "pump_fault")
        stage.tick(7)
    stage.opens("gas-1", "gas_detected")
    stage.run(2)
    stage.now = now
    return scene


def test_figures(busy: Scene, client: Client) -> None:
    view = client.get("/alerts/figures.json?period=day").json()
    assert view["total"] == 2
    assert {line["key"]: line["part"] for line in view["by_system"]} == {"water": 1, "gas": 1}
    assert {line["key"]: (line["part"], line["whole"]) for line in view["deadlines"]} == {
        "1": (1, 1),
        "2": (1, 1),
        "3": (0, 0),
    }
    assert next(line for line in view["deadlines"] if line["key"] == "3")["share"] is None, "no data is no 100 %"
    assert [(line["asset"], line["rule"], line["count"]) for line in view["chattering"]] == [
        ("pump-1", "pump_fault", 4)
    ]
    assert [alert["asset"] for alert in view["stale"]] == ["tank-1"]
    assert view["acknowledgement"] == {"count": 0, "open": 2, "median": None, "p90": None, "longest": None}
    assert sum(bar["count"] for bar in view["bars"]) == 2
    assert client.get("/alerts/figures.json?period=week").json()["total"] == 3


@pytest.mark.parametrize("name", ["level", "system", "area"])
def test_a_line_counts_what_its_list_shows(busy: Scene, client: Client, name: str) -> None:
    lines = client.get("/alerts/figures.json?period=week").json()[f"by_{name}"]
    assert lines
    for line in lines:
        found = client.get(f"/alerts/figures/list.json?period=week&{name}={line['key']}").json()
        assert found["total"] == line["part"], line


def test_filters(busy: Scene, client: Client) -> None:
    def total(query: str) -> int:
        return int(client.get(f"/alerts/figures.json?period=week&{query}").json()["total"])

    assert total("system=water") == 2
    assert total("area=area-1") == 3, "rooms of the area are in it"
    assert total("area=pump-room-1") == 2
    assert total("area=area-2") == 0
    assert client.get("/alerts/figures.json?area=nowhere").status_code == 404
    assert client.get("/alerts/figures.json?system=steam").status_code == 422
    assert client.get("/alerts/figures.json?period=century").status_code == 422


@pytest.mark.parametrize(
    ("query", "assets"),
    [
        ("period=week", {"tank-1", "pump-1", "gas-1"}),
        ("period=week&level=1", {"gas-1"}),
        ("period=day&asset=pump-1&rule=pump_fault", {"pump-1"}),
        ("which=stale", {"tank-1"}),
        ("period=week&which=acknowledged", set()),
        ("period=day&which=kept", {"pump-1", "gas-1"}),
        ("period=day&which=missed", set()),
    ],
)
def test_each_figure_leads_to_its_list(busy: Scene, client: Client, query: str, assets: set[str]) -> None:
    found = client.get(f"/alerts/figures/list.json?{query}").json()
    assert {alert["asset"] for alert in found["alerts"]} == assets
    assert found["total"] == len(found["alerts"])
    assert client.get(f"/alerts/figures/list?{query}").status_code == 200


@pytest.mark.parametrize(
    ("language", "title", "nothing"), [("en", "Chattering", "no data"), ("zh-CN", "告警抖动", "无数据")]
)
def test_pages_in_both_languages(busy: Scene, client: Client, language: str, title: str, nothing: str) -> None:
    page = client.get("/alerts/figures?period=day", language)
    assert page.status_code == 200
    assert title in page.text
    assert nothing in page.text, "level 3 had no alert"
    assert "100.0%" in page.text


def test_an_empty_estate_has_no_figures(client: Client) -> None:
    view = client.get("/alerts/figures.json").json()
    assert view["total"] == 0
    assert {line["share"] for line in view["deadlines"]} == {None}
    page = client.get("/alerts/figures")
    assert page.status_code == 200
    assert "100.0%" not in page.text
    assert "no data" in page.text


def test_tuning_a_rule_opens_one_order(busy: Scene, client: Client) -> None:
    first = client.act("/alerts/figures/tune", {"asset": "pump-1", "rule": "pump_fault"})
    again = client.act("/alerts/figures/tune", {"asset": "pump-2", "rule": "pump_fault"})
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    page = client.get(first.headers["location"])
    assert "Tune the rule: Pump fault" in page.text
    assert "facility replay --rule pump_fault --asset pump-1 --since 20" in page.text
    assert "Tuning" in client.get("/orders").text
    with busy.work.reading() as unit:
        (order,) = [order for order in unit.orders.recent(100) if order.kind is WorkKind.TUNING]
    assert order.position == "engineering-supervisor"
    assert f"Order {order.id} is open" in client.get("/alerts/figures?period=day").text
    assert client.act("/alerts/figures/tune", {"asset": "pump-1", "rule": "nothing"}).status_code == 404
    assert client.post("/alerts/figures/tune", {}, **{"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_flood_is_shown(scene: Scene, client: Client) -> None:
    scene.people()
    scene.stage.now -= timedelta(minutes=2)
    for number in range(1, 13):
        scene.stage.opens(f"building-{number}", "breaker_tripped")
    scene.stage.run(50)
    assert client.get("/alerts.json").json()["flood_since"] is not None
    assert "告警泛滥" in client.get("/alerts", "zh-CN").text
    assert "Alert flood since" in client.get("/alerts/figures").text


def test_an_alert_lists_its_consequences(scene: Scene, client: Client) -> None:
    scene.people()
    stage = scene.stage
    for incomer in ("incomer-1", "incomer-2"):
        stage.opens(incomer, "no_voltage")
    stage.run(4)
    stage.opens("building-3", "voltage_low")
    stage.run(2)
    (mains,) = stage.alerts()
    view = client.get(f"/alerts/{mains.id}.json").json()
    assert [(row["asset"], row["rule"], row["ended_at"]) for row in view["consequences"]] == [
        ("building-3", "voltage_low", None)
    ]
    page = client.get(f"/alerts/{mains.id}", "zh-CN")
    assert "衍生告警（1）" in page.text
