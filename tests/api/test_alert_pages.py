"""Alerts on pages and as JSON: acts, refusals, history, export, raised by hand, announced outages."""

import io
import json
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest
from openpyxl import load_workbook

from facility.domain.alert import AlertState
from tests.api.conftest import Client
from tests.api.scene import Scene

MINUTE = timedelta(minutes=1)


@pytest.fixture
def pump(scene: Scene) -> int:
    """A level-2 alert of a pump; the manager is chen-jing."""
    scene.people()
    scene.stage.opens("pump-3", "pump_fault", value="fault", limit="fault", point="run_state")
    scene.stage.tick(60)  # its cause had time to show
    return scene.alert_of("pump_fault")


def acted(client: Client, path: str, form: Mapping[str, str]) -> httpx.Response:
    """A form, sent by whom `person` names."""
    fields = dict(form)
    return client.as_person(fields.pop("person")).act(path, fields)


def sent(client: Client, path: str, **fields: object) -> httpx.Response:
    """The same as JSON."""
    return client.as_person(str(fields.pop("person"))).tell("POST", path, fields)


def test_two_who_acknowledge_the_second_is_told_who_was_faster(client: Client, scene: Scene, pump: int) -> None:
    assert (
        acted(client, f"/alerts/{pump}/acknowledge", {"person": "chen-jing"}).headers["location"] == f"/alerts/{pump}"
    )
    again = acted(client, f"/alerts/{pump}/acknowledge", {"person": "chen-jing"})
    assert again.status_code == 303, "the same person again changes nothing"
    late = acted(client, f"/alerts/{pump}/acknowledge", {"person": scene.anybody()})
    assert late.status_code == 409
    assert "陈静 was faster" in late.text
    refused = sent(client, f"/alerts/{pump}/acknowledge.json", person=scene.anybody())
    assert refused.status_code == 409
    assert "acknowledged by 陈静" in refused.json()["detail"]


UNFIT: tuple[tuple[str, dict[str, str], int, str], ...] = (
    ("shelve", {"until": "2099-01-01T00:00", "reason": "x"}, 422, "A shelf ends between now and 7 days"),
    ("shelve", {"until": "tomorrow", "reason": "x"}, 422, "“tomorrow” is not a time"),
    ("shelve", {"until": "", "reason": "x"}, 422, "Enter the time"),
    ("comment", {"comment": " "}, 422, "Write the comment"),
    ("comment", {"comment": "x" * 2001}, 422, "longer than 2000"),
    ("told", {"told": "nobody"}, 404, ""),
    ("told", {"told": "chen-jing", "at": "2099-01-01T00:00"}, 422, "in the future"),
    ("reset", {}, 409, "is not latched"),
    ("over", {}, 409, "raised by a device"),
    ("shelve", {"version": "77", "until": "2099-01-01T00:00", "reason": "x"}, 409, "has changed since you saw it"),
    ("shelve", {"version": "x", "until": "2099-01-01T00:00", "reason": "x"}, 422, ""),
)


def test_what_cannot_be_taken_is_said_and_changes_nothing(client: Client, scene: Scene, pump: int) -> None:
    for act, fields, status, words in UNFIT:
        answer = acted(client, f"/alerts/{pump}/{act}", {"person": "chen-jing", **fields})
        assert (answer.status_code, words in answer.text) == (status, True), (act, fields)
        as_json = sent(client, f"/alerts/{pump}/{act}.json", **{"person": "chen-jing", **fields})
        assert (as_json.status_code, bool(as_json.json()["detail"])) == (status, True), (act, fields)
    with scene.work.reading() as unit:
        assert unit.alerts.get(pump).state is AlertState.ACTIVE_UNACKNOWLEDGED
        assert unit.suppressions.standing() == []


def test_shelved_told_and_commented(client: Client, scene: Scene, pump: int) -> None:
    now = scene.clock.now()
    until = (now + 90 * MINUTE).astimezone(scene.site.zone)
    version = client.get(f"/alerts/{pump}.json").json()["alert"]["version"]
    form = {"person": "chen-jing", "until": f"{until:%Y-%m-%dT%H:%M}", "reason": "new motor", "version": str(version)}
    assert acted(client, f"/alerts/{pump}/shelve", form).status_code == 303
    assert acted(client, f"/alerts/{pump}/comment", {"person": "chen-jing", "comment": "<b>ok</b>"}).status_code == 303
    told = sent(client, f"/alerts/{pump}/told.json", person="chen-jing", told=scene.anybody(), note="by radio")
    assert told.status_code == 200
    scene.stage.now = now
    scene.stage.tick(1)
    listed = client.get("/alerts.json").json()
    assert [each["id"] for each in listed["hidden"]] == [pump]
    assert listed["unclosed"] == []
    assert listed["suppressions"][0]["reason"] == "new motor"
    page = client.get(f"/alerts/{pump}").text
    assert "&lt;b&gt;ok&lt;/b&gt;" in page
    assert "Told by telephone" in page
    number = listed["suppressions"][0]["id"]
    assert acted(client, f"/suppressions/{number}/end", {"person": "chen-jing"}).status_code == 303
    assert client.get("/suppressions.json").json() == []
    assert sent(client, f"/suppressions/{number}/end.json", person="chen-jing").status_code == 409


def test_a_fire_alarm_offers_no_shelf_and_refuses_one(client: Client, scene: Scene) -> None:
    scene.people()
    scene.stage.opens("fire-panel-1", "fire_alarm")
    scene.stage.tick(1)
    number = scene.alert_of("fire_alarm")
    assert 'id="shelve"' not in client.get(f"/alerts/{number}").text
    until = (scene.clock.now() + 60 * MINUTE).isoformat()
    for act in ("shelve", "out-of-service"):
        refused = sent(client, f"/alerts/{number}/{act}.json", person="chen-jing", until=until, reason="x")
        assert refused.status_code == 409
        assert "latched" in refused.json()["detail"]
    whole = sent(client, "/suppressions.json", person="chen-jing", asset="fire-panel-1", rule="fire_alarm", reason="x")
    assert whole.status_code == 409


def test_raised_by_hand_on_a_page_and_as_json(client: Client, scene: Scene) -> None:
    scene.people()
    form = {"kind": "safety_incident", "area": "area-1", "note": "water in the hall", "person": "chen-jing"}
    assert client.get("/alerts/raise").text.count('name="kind"') == 18
    missing = acted(client, "/alerts/raise", {**form, "area": ""})
    assert missing.status_code == 422
    assert "Say where" in missing.text
    assert "water in the hall" in missing.text, "what was written is kept"
    first = acted(client, "/alerts/raise", {**form, "key": "the-same-click"})
    assert first.status_code == 303
    assert acted(client, "/alerts/raise", {**form, "key": "the-same-click"}).headers == first.headers
    received = scene.clock.now() - 2 * MINUTE
    raised = sent(client, "/alerts.json", **{**form, "received_at": received.isoformat()})
    assert raised.status_code == 201
    alert = raised.json()["alert"]
    assert alert["by_hand"]
    assert alert["raised_by"] == "陈静"
    assert alert["deadline"]["due_at"].startswith(f"{received + 5 * MINUTE:%Y-%m-%dT%H:%M:%S}")
    assert raised.json()["notices"][0]["person"] == "陈静"
    assert [each["kind"] for each in client.get("/alerts/kinds.json").json()][:1] == ["safety_incident"]


def test_history_is_filtered_sorted_and_paged(reader: Client) -> None:
    everything = reader.get("/alerts/history.json").json()
    assert everything["total"] == 4
    kinds = [each["kind"] for each in everything["alerts"]]
    assert reader.get("/alerts/history.json?sort=onset").json()["alerts"][0]["kind"] == kinds[-1]
    assert [each["kind"] for each in reader.get("/alerts/history.json?level=2").json()["alerts"]] == ["pump_fault"]
    assert reader.get("/alerts/history.json?state=closed&level=1").json()["total"] == 1
    assert reader.get("/alerts/history.json?kind=mains_lost&level=").json()["total"] == 1
    assert reader.get("/alerts/history.json?area=area-2").json()["total"] == 0
    assert reader.get("/alerts/history.json?area=area-1").json()["total"] == 4, "an area with all that lie in it"
    assert reader.get("/alerts/history.json?asset=pump-3").json()["total"] == 1
    assert reader.get("/alerts/history.json?until=2020-01-01").json()["total"] == 0
    assert reader.get("/alerts/history.json?since=2020-01-01").json()["total"] == 4
    assert reader.get("/alerts/history.json?missed=1").json()["total"] == 0
    assert reader.get("/alerts/history.json?page=2").json()["alerts"] == []
    page = reader.get("/alerts/history?level=2&sort=-level").text
    assert "Pump fault" in page
    assert "Mains lost</a>" not in page


@pytest.mark.parametrize("query", ["level=4", "state=gone", "sort=colour", "since=yesterday", "page=0"])
def test_a_filter_that_means_nothing_is_refused(reader: Client, query: str) -> None:
    answer = reader.get(f"/alerts/history.json?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_history_leaves_as_csv_and_xlsx_in_the_readers_language(reader: Client) -> None:
    csv = reader.get("/alerts/history.csv?lang=zh-CN&level=1")
    assert csv.content.startswith(b"\xef\xbb\xbf")
    lines = csv.text.splitlines()
    assert lines[0].lstrip("\ufeff").startswith("编号,级别,告警,状态")
    assert len(lines) == 3
    assert "市电停电" in csv.text
    sheet = load_workbook(io.BytesIO(reader.get("/alerts/history.xlsx?lang=en").content)).active
    assert [cell.value for cell in sheet[1]][:3] == ["Number", "Level", "What"]
    assert sheet.max_row == 5


def test_a_cell_that_looks_like_a_formula_is_text(client: Client, scene: Scene) -> None:
    scene.people()
    form = {"kind": "enquiry", "area": "area-1", "note": "=HYPERLINK(1)", "person": "chen-jing"}
    acted(client, "/alerts/raise", form)
    assert "'=HYPERLINK(1)" in client.get("/alerts/history.csv").text


def test_outages_are_announced_and_cancelled(client: Client, scene: Scene) -> None:
    scene.people()
    starts = (scene.clock.now() + 60 * MINUTE).isoformat()
    ends = (scene.clock.now() + 120 * MINUTE).isoformat()
    form = {"supply": "power", "area": "area-1", "source": "power company", "person": "chen-jing"}
    assert acted(client, "/alerts/announced", {**form, "starts_at": starts}).status_code == 422
    reversed_ = acted(client, "/alerts/announced", {**form, "starts_at": ends, "ends_at": starts})
    assert "The end comes before the start" in reversed_.text
    assert acted(client, "/alerts/announced", {**form, "starts_at": starts, "ends_at": ends}).status_code == 303
    (known,) = client.get("/alerts/announced.json").json()
    assert (known["supply"], known["person"], known["cancelled_at"]) == ("power", "陈静", None)
    assert "Power outage" in client.get("/alerts/announced").text
    cancel = f"/alerts/announced/{known['id']}/cancel"
    assert acted(client, cancel, {"person": "chen-jing"}).status_code == 303
    assert sent(client, f"{cancel}.json", person="chen-jing").status_code == 409
    assert client.get("/alerts/announced.json").json()[0]["cancelled_by"] == "陈静"


def test_an_account_that_belongs_to_nobody_cannot_act(client: Client, pump: int) -> None:
    refused = client.act(f"/alerts/{pump}/acknowledge", {})
    assert refused.status_code == 422
    assert "belongs to no person" in refused.text


def test_a_body_that_is_no_object_is_refused(client: Client, pump: int) -> None:
    person = client.as_person("chen-jing")
    headers = {"x-csrf-token": person.csrf, "sec-fetch-site": "same-origin", "content-type": "application/json"}
    for body in (b"[1]", b"{", b'{"comment": {"a": 1}}', json.dumps({"comment": "x" * 70_000}).encode()):
        assert person.raw(f"/alerts/{pump}/comment.json", body, headers).status_code == 422
