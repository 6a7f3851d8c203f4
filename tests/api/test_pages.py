"""Pages and their JSON twins on real stores: what they show, in both languages, and what they never show."""

import re
from datetime import timedelta

import pytest

from api.routes.pages import overview_now
from facility.domain.alert import Alert, AlertState
from facility.domain.reading import BadReason, Quality
from facility.domain.state import LEVEL_1_WAITS, PointState, ProgramState
from tests.api.conftest import Client
from tests.api.scene import Scene

PAGES = (
    "/overview",
    "/assets/incomer-1",
    "/assets/incomer-1/points/voltage_l1",
    "/alerts",
    "/alerts/1",
    "/orders",
    "/orders/1",
)


def shown(html: str, point: str) -> tuple[str, str, str]:
    """Quality, text and note of a point on a page."""
    found = re.search(rf'data-point="{point}" data-q="(\w+)".*?<b>(.*?)</b> <i>(.*?)</i>', html)
    assert found, point
    return found[1], found[2], found[3]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "tag"), [("en-GB", "en"), ("zh", "zh-CN")])
def test_each_page_is_there_in_both_languages(reader: Client, path: str, language: str, tag: str) -> None:
    answer = reader.get(path, language)
    assert answer.status_code == 200
    assert f'<html lang="{tag}">' in answer.text
    assert "pages." not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_a_json_twin(reader: Client, path: str) -> None:
    answer = reader.get(f"{path}.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert f'href="{path}.json' in reader.get(path).text


def test_overview_shows_values_with_unit(reader: Client) -> None:
    assert shown(reader.get("/overview").text, "building-1/voltage_l1") == ("good", "231.4 V", "")
    assert shown(reader.get("/overview", "zh-CN").text, "building-1/breaker_state")[1] == "合闸"


def test_bad_says_why_and_shows_no_value(reader: Client) -> None:
    html = reader.get("/assets/building-3").text
    assert shown(html, "building-3/voltage_l1") == ("bad", "—", "Bad: no answer")
    assert "last good value 228.4 V" in html
    assert shown(reader.get("/overview", "zh").text, "building-4/current_l1") == ("bad", "—", "无效：超量程")


def test_unknown_is_neither_normal_nor_nought(reader: Client) -> None:
    assert shown(reader.get("/overview").text, "building-4/energy") == ("unknown", "—", "Unknown")
    points = {point["name"]: point for point in reader.get("/assets/building-4.json").json()["asset"]["points"]}
    assert points["energy"]["quality"] == "unknown"
    assert points["energy"]["value"] is None


def test_stale_shows_the_last_value_its_word_and_its_age(reader: Client) -> None:
    html = reader.get("/overview").text
    assert shown(html, "building-5/voltage_l1") == ("stale", "230.2 V", "Stale")
    assert re.search(r'data-of="building-5/voltage_l1"[^>]*>3 min \d+ s ago', html)


def test_a_row_that_nobody_writes_any_more_is_stale(reader: Client) -> None:
    """The collectors died: their last row says good, its age says otherwise."""
    asset = reader.get("/assets/building-6.json").json()["asset"]
    assert asset["online"] is False
    assert {point["quality"] for point in asset["points"]} == {"stale"}
    assert {point["value"] for point in asset["points"]} == {None}
    assert all(point["last_value"] is not None for point in asset["points"])


def test_open_alerts_come_most_severe_first_with_their_deadline(reader: Client) -> None:
    alerts = reader.get("/overview.json").json()["alerts"]
    assert [alert["kind"] for alert in alerts] == ["mains_lost", "pump_fault", "barrier_fault"]
    assert [alert["deadline"]["state"] for alert in alerts] == ["kept", "running", "kept"]
    html = reader.get("/overview").text
    assert re.search(r'class="due"[^>]*>\d+ min \d* ?s? ?left', html)


def test_an_alert_shows_its_history_and_the_channels_own_answer(reader: Client, full: Scene) -> None:
    html = reader.get(f"/alerts/{full.alert_of('pump_fault')}").text
    assert "45009 api freq out of limit" in html
    assert "Supervisor" in html or "supervisor" in html
    events = [event["what"] for event in reader.get("/alerts/1.json").json()["events"]]
    assert events == ["raised", "order_opened", "told", "acknowledged", "returned", "closed"]


def test_orders_due_first_come_first(reader: Client) -> None:
    due = [order["due_at"] for order in reader.get("/orders.json").json()["orders"]]
    assert due == sorted(due)
    assert len(due) > 3


def test_the_fire_pages_say_what_they_are_not(reader: Client) -> None:
    for path in ("/overview", "/assets/fire-panel-1", "/assets/fire-panel-1/points/hydrant_pressure"):
        assert "never the life-safety path" in reader.get(path).text
    assert "不是消防安全通道" in reader.get("/assets/fire-panel-1", "zh").text


def test_chart_keeps_gaps_as_gaps(reader: Client) -> None:
    data = reader.get("/assets/incomer-1/points/voltage_l1.json?span=hour").json()
    assert len(data["at"]) == len(data["mean"]) == len(data["low"]) == len(data["high"])
    assert data["mean"].count(None) == 1
    assert data["zone"] == "Asia/Shanghai"
    assert all(value is None or 220 < value < 240 for value in data["mean"])
    day = reader.get("/assets/incomer-1/points/voltage_l1.json?span=day").json()
    assert 200 < len(day["at"]) <= 290
    assert None in day["mean"]


def test_a_year_is_drawn_in_days_of_the_estates_zone(reader: Client) -> None:
    data = reader.get("/assets/incomer-1/points/energy.json?span=year").json()
    assert (data["every_seconds"], len(data["at"])) == (86_400, 365)
    assert data["since"].endswith("T16:00:00Z")  # midnight in Shanghai


@pytest.mark.parametrize(("span", "bars"), [("day", 25), ("month", 32), ("year", 13)])
def test_a_counter_is_shown_as_bars_of_hours_days_and_months(reader: Client, span: str, bars: int) -> None:
    data = reader.get(f"/assets/incomer-1/points/energy/growth.json?span={span}").json()
    assert abs(len(data["increase"]) - bars) <= 1
    assert all(data["whole"][:-1])
    assert all(data["increase"][n] >= 0 for n in range(len(data["increase"]) - 1))
    hours = [(end - start) / 3600 for start, end in zip(data["since"], data["until"], strict=True)]
    for n in range(1, len(hours) - 1):
        assert data["per_hour"][n] == pytest.approx(data["increase"][n] / hours[n])
    if span == "month":
        assert sorted(data["increase"][1:-1])[15] == pytest.approx(15 * 24 * 1.6 + 9 * 24 * 0.4)
    page = reader.get(f"/assets/incomer-1/points/energy?span={span}", "zh-CN").text
    assert f"每{ {'day': '小时', 'month': '日', 'year': '月'}[span] }增量" in page


def test_what_is_no_counter_has_no_bars(reader: Client) -> None:
    assert reader.get("/assets/incomer-1/points/voltage_l1/growth.json").status_code == 404
    assert 'id="growth"' not in reader.get("/assets/incomer-1/points/voltage_l1?span=year").text


def test_chart_of_the_past_and_of_nothing(reader: Client) -> None:
    now, before = (
        reader.get(f"/assets/incomer-1/points/voltage_l1.json?span=hour&back={back}").json() for back in (0, 1)
    )
    assert before["until"] == now["since"]
    assert reader.get("/assets/incomer-2/points/voltage_l1.json?span=month").json()["at"] == []


def test_a_state_is_not_drawn_but_says_so(reader: Client) -> None:
    assert "History keeps it as text" in reader.get("/assets/incomer-1/points/breaker_state").text


def test_empty_states_are_said(client: Client) -> None:
    html = client.get("/overview").text
    for words in (
        "No readings yet",
        "No open alerts",
        "No orders in work",
        "Collectors are not running",
        "Nobody is being told",
    ):
        assert words in html
    assert "暂无未关闭的告警" in client.get("/alerts", "zh").text
    assert client.get("/overview.json").json()["qualities"]["good"] == 0


def test_a_bit_in_an_alert_is_a_word_not_a_number(client: Client, scene: Scene) -> None:
    now = scene.clock.now()
    state = AlertState.ACTIVE_UNACKNOWLEDGED
    with scene.work.writing() as unit:
        alert = Alert(0, "fire-panel-1", "panel_fault", "panel_fault", 2, state, now, now, point="fault", value=1.0)
        unit.alerts.add(alert, now)
    words = " ".join(re.sub(r"<[^>]*>", " ", client.get("/alerts?lang=en").text).split())
    assert "Fault Yes" in words


def test_running_programs_make_no_banner(client: Client, scene: Scene) -> None:
    scene.programs()
    assert "not running" not in client.get("/overview").text


def test_text_from_a_device_is_escaped(client: Client, scene: Scene) -> None:
    scene.put("gate-north-in", last_card="<script>alert(1)</script>")
    html = client.get("/assets/gate-north-in").text
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


def test_language_by_choice_then_cookie_then_browser_then_site(client: Client) -> None:
    assert '<html lang="zh-CN">' in client.get("/alerts", "fr").text
    assert '<html lang="en">' in client.get("/alerts", "fr;q=1, en;q=0.5, zh;q=0.1").text
    assert '<html lang="zh-CN">' in client.get("/alerts?lang=zh-CN", "en").text
    assert '<html lang="zh-CN">' in client.get("/orders", "en").text
    assert 'href="/orders?x=1&amp;lang=en"' in client.get("/orders?x=1", "en").text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing", 404, "Nothing here"),
        ("/assets/nobody", 404, "Nothing here"),
        ("/assets/incomer-1/points/nothing", 404, "Nothing here"),
        ("/alerts/999", 404, "Nothing here"),
        ("/orders/first", 422, "This address is not complete"),
        ("/assets/incomer-1/points/voltage_l1?span=week", 422, "This address is not complete"),
        ("/assets/incomer-1/points/voltage_l1?back=-1", 422, "This address is not complete"),
    ],
)
def test_errors_are_pages_in_plain_words(reader: Client, path: str, status: int, words: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == status
    assert words in answer.text
    twin = reader.get(path.replace("?", ".json?") if "?" in path else f"{path}.json")
    assert twin.status_code == status
    assert twin.json()["detail"]


def test_a_store_that_is_away_is_a_page_too(client: Client, scene: Scene) -> None:
    (scene.folder / "work.db").unlink()
    answer = client.get("/alerts")
    assert answer.status_code == 503
    assert "A store is not reachable" in answer.text


def test_the_openapi_names_every_twin(reader: Client) -> None:
    paths = reader.get("/openapi.json").json()["paths"]
    twins = {re.sub(r"/(incomer-1|1|voltage_l1)(?=/|$)", "/{}", path) + ".json" for path in PAGES}
    assert twins <= {re.sub(r"\{\w+\}", "{}", path) for path in paths}


def test_a_stale_point_keeps_its_age_when_its_asset_is_alive(client: Client, scene: Scene) -> None:
    ago = scene.clock.now() - timedelta(hours=2)
    scene.put("tank-1", water_level=PointState(2.0, Quality.STALE, BadReason.NONE, ago))
    view = overview_now(client.deps)
    assert view.qualities["stale"] == 1
    assert "2 h ago" in client.get("/assets/tank-1").text


def test_every_page_says_that_level_1_messages_wait(client: Client, scene: Scene) -> None:
    scene.people()
    scene.programs()
    now = scene.clock.now()
    for waits, said in ((0.0, False), (29.0, False), (95.0, True)):
        scene.live.put_program(ProgramState("scheduler", now, {LEVEL_1_WAITS: waits}))
        assert ("No channel takes the messages of level 1" in client.get("/alerts").text) is said
    assert "最早的已等待1分35秒" in client.get("/overview", "zh-CN").text
