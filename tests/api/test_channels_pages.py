"""Channels on pages: how each does, and a test message that shows the vendor's own answer."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from facility.clock import SystemClock
from facility.domain.account import Scope
from facility.domain.notice import Answer, Verdict
from facility.flow.settle import settle
from facility.flow.try_channel import MARGIN
from tests.api.conftest import Client, deps_on
from tests.api.scene import Scene
from tests.harness.clock import SharedClock

ASKED = {"channel": "wecom", "person": "li-wei", "sure": "1"}


@pytest.fixture
def scene(scene: Scene) -> Scene:
    scene.people()
    return scene


@pytest.fixture
def manager(client: Client) -> Client:
    """Who may test, and is a person."""
    return client.as_person("chen-jing")


def answered(scene: Scene, number: int, answer: Answer) -> None:
    """What the scheduler does with the vendor's answer."""
    with scene.work.writing() as unit:
        settle(scene.site, unit, unit.notices.get(number), answer, scene.clock.now())


def test_each_channel_says_how_it_does(client: Client, scene: Scene) -> None:
    now = scene.clock.now()
    with scene.work.writing() as unit:
        health = (
            unit.channels.get("wecom")
            .accepted(now - timedelta(hours=2))
            .counted(f"{now.astimezone(scene.site.zone):%Y-%m}")
        )
        unit.channels.put(health.failed("45009", "api freq <b>out of limit</b>", now - timedelta(minutes=3)))
    page = client.get("/channels").text
    assert "45009 api freq &lt;b&gt;out of limit&lt;/b&gt;" in page
    assert "Failing since" in page
    assert "拒收中" in client.get("/channels", "zh-CN").text
    twin = {one["id"]: one for one in client.get("/channels.json", **scene.key(Scope.READ)).json()["channels"]}
    assert list(twin) == list(scene.site.channels)
    wecom = twin["wecom"]
    assert (wecom["refused_code"], wecom["used"], wecom["way"], wecom["kind"]) == (
        "45009",
        1,
        "internet",
        "wecom_robot",
    )
    assert wecom["failing_since"]
    assert {one["used"] for id, one in twin.items() if id != "wecom"} == {0}


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (Answer(Verdict.ACCEPTED, "0", "ok"), "accepted", "The vendor has accepted it"),
        (Answer(Verdict.REFUSED, "93000", "invalid webhook url"), "not_accepted", "93000 invalid webhook url"),
        (Answer(Verdict.QUEUED, "OK", "BizId 9"), "queued", "will be told by its receipt"),
    ],
)
def test_a_test_waits_and_then_shows_the_vendors_own_answer(
    manager: Client, scene: Scene, answer: Answer, outcome: str, words: str
) -> None:
    sent = manager.act("/channels/tests", ASKED)
    assert sent.status_code == 303
    where = sent.headers["location"]
    waiting = manager.get(where)
    assert "Waits for the scheduler" in waiting.text
    assert 'hx-trigger="every 2s"' in waiting.text
    number = manager.get(f"{where}.json").json()["number"]
    answered(scene, number, answer)
    page = manager.get(where).text
    assert words in page
    assert ("every 2s" in page) is (outcome == "queued")
    twin = manager.get(f"{where}.json").json()
    assert (twin["outcome"], twin["code"], twin["text"]) == (outcome, answer.code, answer.text)
    with scene.work.reading() as unit:
        (row,) = unit.audit.rows("channel:wecom")
    assert (row.action, row.actor) == ("channel.tested", f"person:{scene.person('chen-jing')}")
    assert row.detail["to"] == f"person:{scene.person('li-wei')}"
    assert str(row.detail["by"]).startswith("account:")


def test_it_says_when_no_scheduler_took_it(scene: Scene, tmp_path: Path) -> None:
    outside = SharedClock(tmp_path)
    scene.clock = SystemClock(tmp_path / "clock")
    manager = Client(deps_on(scene)).as_person("chen-jing")
    where = manager.act("/channels/tests", ASKED).headers["location"]
    assert manager.get(f"{where}.json").json()["outcome"] == "waiting"
    outside.advance((scene.site.channels["wecom"].timeout + MARGIN).total_seconds())
    assert "No scheduler has sent it" in manager.get(where).text
    assert "没有调度程序发送" in manager.get(where, "zh-CN").text


def test_two_touches_of_the_button_are_one_test(manager: Client, scene: Scene) -> None:
    first, second = (manager.act("/channels/tests", ASKED).headers["location"] for _ in range(2))
    other = manager.act("/channels/tests", ASKED | {"person": "xu-tao"}).headers["location"]
    assert first == second != other
    answered(scene, int(first.rpartition("/")[2]), Answer(Verdict.ACCEPTED, "0", "ok"))
    assert manager.act("/channels/tests", ASKED).headers["location"] not in (first, other)


def test_programs_send_tests_too(manager: Client) -> None:
    sent = manager.tell("POST", "/channels/tests.json", {**ASKED, "sure": True})
    assert (sent.status_code, sent.json()["outcome"], sent.json()["person"]) == (202, "waiting", "李伟")
    assert manager.get(f"/channels/tests/{sent.json()['number']}.json").json() == sent.json()


def test_what_is_refused_sends_nothing(manager: Client, scene: Scene) -> None:
    assert "Tick that a real person is told" in manager.act("/channels/tests", ASKED | {"sure": ""}).text
    assert manager.act("/channels/tests", ASKED | {"sure": ""}).status_code == 422
    assert manager.act("/channels/tests", ASKED | {"channel": "no-such"}).status_code == 404
    assert manager.act("/channels/tests", ASKED | {"person": "nobody"}).status_code == 404
    assert manager.tell("POST", "/channels/tests.json", {"channel": "wecom", "person": "li-wei"}).status_code == 422
    with scene.work.reading() as unit:
        assert unit.notices.waiting() == []


def test_only_tests_are_shown(manager: Client, scene: Scene) -> None:
    where = manager.act("/channels/tests", ASKED).headers["location"]
    with scene.work.writing() as unit:
        test = unit.notices.get(int(where.rpartition("/")[2]))
        unit.notices.add(replace(test, key="order:1:issued", message=replace(test.message, id="notices.order_issued")))
        other = unit.notices.by_key("order:1:issued")
    assert manager.get(f"/channels/tests/{other.id}").status_code == 404
    assert manager.get("/channels/tests/99999.json").status_code == 404


def test_who_plans_reads_and_who_answers_for_the_installation_tests(client: Client) -> None:
    foreman = client.as_person("zhou-bin")
    page = foreman.get("/channels")
    assert (page.status_code, "Send the test" in page.text) == (200, False)
    assert foreman.act("/channels/tests", ASKED).status_code == 403
    assert client.as_person("li-wei").get("/channels").status_code == 403
    assert "Send the test" in client.as_person("chen-jing").get("/channels").text
