"""Personal links: GET shows, POST acts once; forged, damaged, expired and foreign ones are refused in plain words."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest

from api.forms import MOST_BYTES
from facility.domain.alert import AlertState
from facility.domain.occurrence import OccurrenceState
from facility.domain.order import OrderState, OrderStep
from tests.api.conftest import Client
from tests.api.scene import Scene


@pytest.fixture
def scene(scene: Scene) -> Scene:
    """With people, plans and the incident."""
    scene.people()
    scene.plans()
    scene.incident()
    return scene


def form_on(answer: httpx.Response, step: str) -> dict[str, str | list[str]]:
    """The hidden fields of the form that takes a step."""
    for form in re.findall(r"<form.*?</form>", answer.text, re.DOTALL):
        fields = {
            unescape(name): unescape(value)
            for name, value in re.findall(r'type="hidden" name="(\w+)" value="(.*?)"', form)
        }
        if fields.get("step") == step or f'name="step" value="{step}"' in form:
            return {**fields, "step": step}
    raise AssertionError(f"no form for {step}")


def lines_on(answer: httpx.Response) -> dict[str, str]:
    """The lines of the checklist that a page asks for: key → its words."""
    found = re.findall(r'<p id="t-([^"]+)">(.*?)[<]', answer.text)
    return {key: unescape(words).strip() for key, words in found}


def measured_line(answer: httpx.Response) -> str:
    """The field of the one value that a page asks for."""
    (field,) = re.findall(r'name="(measured\.[^"]+)"', answer.text)
    return str(field)


def test_get_shows_and_changes_nothing(client: Client, scene: Scene) -> None:
    alert = scene.alert_of("mains_lost")
    path = f"/a/{scene.token('alert', alert, 'chen-jing')}"
    for _ in range(2):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Acknowledge" in answer.text
    with scene.work.reading() as unit:
        assert unit.alerts.get(alert).state is AlertState.ACTIVE_UNACKNOWLEDGED


def test_post_acknowledges_once_and_leads_back(client: Client, scene: Scene) -> None:
    alert = scene.alert_of("mains_lost")
    path = f"/a/{scene.token('alert', alert, 'chen-jing')}"
    for _ in range(2):
        answer = client.post(path, {})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
    page = client.get(path).text
    assert "Acknowledged by 陈静" in page
    assert "<form" not in page
    with scene.work.reading() as unit:
        assert [event.what for event in unit.alerts.events(alert)].count("acknowledged") == 1


def test_who_comes_second_is_told_who_was_first(client: Client, scene: Scene) -> None:
    alert = scene.alert_of("mains_lost")
    client.post(f"/a/{scene.token('alert', alert, 'chen-jing')}", {})
    answer = client.post(f"/a/{scene.token('alert', alert, 'wang-qiang')}", {})
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    assert "Acknowledged by 陈静" in answer.text


def test_the_page_is_in_the_persons_language_unless_the_browser_says_otherwise(client: Client, scene: Scene) -> None:
    english = f"/o/{scene.token('order', scene.order_of('pump-3'), 'alan-wong')}"
    assert '<html lang="en">' in client.get(english, "fr").text
    chinese = f"/a/{scene.token('alert', scene.alert_of('mains_lost'), 'chen-jing')}"
    assert '<html lang="zh-CN">' in client.get(chinese, "").text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_links_that_cannot_be_used_say_so_in_both_languages(client: Client, scene: Scene, method: str) -> None:
    alert = scene.alert_of("mains_lost")
    good = scene.token("alert", alert, "chen-jing")
    payload, mac = good.split(".")
    cases = {
        f"/a/{scene.token('alert', alert, 'chen-jing', timedelta(seconds=-1))}": (410, "has expired", "已过期"),
        f"/a/{payload}.{mac[::-1]}": (403, "not made by this system", "不是本系统"),
        f"/a/{payload}": (404, "incomplete", "不完整"),
        f"/a/{good[5:]}": (404, "incomplete", "不完整"),
        f"/o/{good}": (404, "incomplete", "不完整"),
    }
    for path, (status, english, chinese) in cases.items():
        answer = client.get(path) if method == "GET" else client.post(path, {})
        assert answer.status_code == status, path
        assert english in answer.text
        assert chinese in answer.text
    with scene.work.reading() as unit:
        assert unit.alerts.get(alert).acknowledged_at is None


def test_a_foreign_page_cannot_post(client: Client, scene: Scene) -> None:
    path = f"/a/{scene.token('alert', scene.alert_of('mains_lost'), 'chen-jing')}"
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.test"},
        {"origin": "null"},
    ):
        assert client.send("POST", path, headers, {}).status_code == 403, headers
    assert client.send("POST", path, {"origin": "https://facility.test"}, {}).status_code == 303


def test_an_order_from_its_issue_to_its_close(client: Client, scene: Scene) -> None:
    order = scene.order_of("fire-panel-1", "fire-pump-start")
    mine = f"/o/{scene.token('order', order, scene.login_of(order))}"
    checker = f"/o/{scene.token('order', order, 'ma-chao')}"
    assert client.post(mine, form_on(client.get(mine), "accept")).status_code == 303

    page = client.get(mine)
    assert len(lines_on(page)) == 5
    form = form_on(page, "finish") | {measured_line(page): "0.65", "rest": "in_order", "note": "All in order"}
    assert client.post(mine, form).status_code == 303
    assert "A second person checks it now" in client.get(mine).text
    assert 'name="step"' not in client.get(mine).text

    back = form_on(client.get(checker), "send_back")
    assert client.post(checker, back | {"note": ""}).status_code == 422
    assert client.post(checker, back | {"note": "Lid is open"}).status_code == 303
    assert "Lid is open" in client.get(mine).text
    again = form | form_on(client.get(mine), "finish") | {"note": "Closed the lid"}
    assert client.post(mine, again).status_code == 303
    assert client.post(checker, form_on(client.get(checker), "pass_check")).status_code == 303

    with scene.work.reading() as unit:
        stored = unit.orders.get(order)
        assert stored.state is OrderState.CLOSED
        steps = [(event.step, event.measured) for event in unit.orders.events(order)]
        (occurrence,) = unit.occurrences.of_order(order)
    assert ("finish", 0.65) in steps
    assert occurrence.state is OccurrenceState.DONE
    assert "Checked and closed" in client.get(mine).text


def test_the_same_form_sent_twice_counts_once(client: Client, scene: Scene) -> None:
    order = scene.order_of("pump-3")
    path = f"/o/{scene.token('order', order, scene.login_of(order))}"
    form = form_on(client.get(path), "accept")
    assert [client.post(path, form).status_code for _ in range(3)] == [303, 303, 303]
    with scene.work.reading() as unit:
        assert [event.step for event in unit.orders.events(order)].count("accept") == 1


def test_a_form_of_an_older_state_is_answered_with_the_present_one(client: Client, scene: Scene) -> None:
    order = scene.order_of("pump-3")
    login = scene.login_of(order)
    path = f"/o/{scene.token('order', order, login)}"
    old = form_on(client.get(path), "accept")
    scene.step(order, OrderStep.ACCEPT, login)
    answer = client.post(path, old)
    assert answer.status_code == 409
    assert "has changed meanwhile" in answer.text
    assert form_on(answer, "finish")["version"] == "2"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"measured": "", "rest": ""}, "say whether it is in order"),
        ({"measured": ""}, "enter the measured value"),
        ({"measured": "1,5"}, "is not a number"),
        ({"measured": "nan"}, "is not a number"),
        ({"measured": "620"}, "outside what can be measured (0–2.5 MPa)"),
        ({"note": "n" * 2001}, "longer than 2000"),
        ({"version": "one"}, "incomplete"),
        ({"key": ""}, "incomplete"),
        ({"step": "cancel"}, "incomplete"),
        ({"step": "assign"}, "incomplete"),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_lost(
    client: Client, scene: Scene, fields: dict[str, str], words: str
) -> None:
    order = scene.order_of("fire-panel-1", "fire-pump-start")
    login = scene.login_of(order)
    scene.step(order, OrderStep.ACCEPT, login)
    path = f"/o/{scene.token('order', order, login)}"
    page = client.get(path)
    sent = {"measured": "0.6", "note": "Lid was open", "rest": "in_order", **fields}
    sent[measured_line(page)] = sent.pop("measured")
    answer = client.post(path, form_on(page, "finish") | sent)
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    assert str(sent["note"]) in answer.text
    with scene.work.reading() as unit:
        assert unit.orders.get(order).state is OrderState.ACCEPTED


def test_full_width_digits_are_digits(client: Client, scene: Scene) -> None:
    order = scene.order_of("fire-panel-1", "fire-pump-start")
    login = scene.login_of(order)
    scene.step(order, OrderStep.ACCEPT, login)
    path = f"/o/{scene.token('order', order, login)}"
    page = client.get(path)
    form = form_on(page, "finish") | {measured_line(page): "０．６", "rest": "in_order"}
    assert client.post(path, form).status_code == 303
    with scene.work.reading() as unit:
        assert unit.orders.events(order)[-1].measured == 0.6


def test_nobody_checks_their_own_work(client: Client, scene: Scene) -> None:
    order = scene.order_of("gas-2")
    login = scene.login_of(order)
    scene.step(order, OrderStep.ACCEPT, login)
    scene.step(order, OrderStep.FINISH, login, "mended")
    path = f"/o/{scene.token('order', order, login)}"
    assert 'name="step"' not in client.get(path).text
    forged = {"step": "pass_check", "version": "3", "key": "0123456789abcdef"}
    assert client.post(path, forged).status_code == 409
    with scene.work.reading() as unit:
        assert unit.orders.get(order).state is OrderState.SELF_CHECKED


def test_a_form_that_is_too_large_is_refused(client: Client, scene: Scene) -> None:
    path = f"/a/{scene.token('alert', scene.alert_of('mains_lost'), 'chen-jing')}"
    assert client.post(path, {"note": "x" * MOST_BYTES}).status_code in (409, 413)
