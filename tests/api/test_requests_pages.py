"""Requests and complaints on pages and as JSON: taken in seconds, acted on, called back; the public form takes and shows nothing."""

import io
import re
from datetime import UTC, timedelta
from html import unescape

import httpx
import openpyxl
import pytest

from api.buckets import Buckets
from facility.domain.home import Address, Home, Resident, Standing
from facility.domain.order import OrderStep
from facility.domain.report import ReportKind
from facility.flow.list_unresolved import list_unresolved
from facility.flow.make_reports import make_reports
from facility.ports import AuditFilter
from tests.api.conftest import Client, deps_on
from tests.api.scene import Scene

DESK, FOREMAN, MANAGER = "sun-li", "zhou-bin", "chen-jing"


@pytest.fixture
def home(scene: Scene) -> int:
    """A home of building 3 with an owner."""
    scene.people()
    with scene.work.writing() as unit:
        made = unit.homes.add(Home(0, Address("3", "2", "1501")))
        unit.homes.add(Home(0, Address("3", "2", "1502")))
        unit.homes.add_resident(Resident(0, made.id, "p-1", "李小梅", Standing.OWNER, "13812345678"))
    return made.id


@pytest.fixture
def desk(scene: Scene, home: int) -> Client:
    return Client(deps_on(scene)).as_person(DESK)


def call(**more: str) -> dict[str, str]:
    return {
        "kind": "repair", "category": "water", "words": "厨房水管漏水", "home": "3-2-1501", "name": "李女士",
        "phone": "138 1234 5678", "key": "a-call-of-eight", **more,
    }  # fmt: skip


def taken(client: Client, **more: str) -> int:
    answer = client.act("/requests", call(**more))
    assert answer.status_code == 303, unescape(answer.text)
    return int(re.findall(r"/requests/(\d+)", answer.headers["location"])[0])


def do(client: Client, number: int, act: str, **more: str) -> httpx.Response:
    version = client.get(f"/requests/{number}.json").json()["request"]["version"]
    return client.act(
        f"/requests/{number}/acts", {"act": act, "version": str(version), "key": f"{act}-key-{version}", **more}
    )


def test_a_call_becomes_an_order_in_one_form(desk: Client, scene: Scene) -> None:
    page = desk.get("/requests/new").text
    assert 'hx-get="/requests/new/homes"' in page
    assert "3-2-1501" in desk.get("/requests/new/homes?home=1501").text
    number = taken(desk)
    assert taken(desk) == number, "sent twice"
    view = desk.get(f"/requests/{number}.json").json()["request"]
    assert (view["area"], view["phone"], view["reporter"]) == ("area-1", "13****678", "李女士")
    order = desk.get(f"/orders/{view['order']}").text
    assert "3-2-1501" in order
    assert "厨房水管漏水" in order
    assert "13812345678" not in desk.get(f"/requests/{number}").text
    assert "13812345678" in desk.post(f"/requests/{number}/phone", {"csrf": desk.csrf}).text
    with scene.work.reading() as unit:
        noted, _ = unit.audit.find(AuditFilter(subject=f"request:{number}"))
    assert [entry.action for entry in noted] == ["request.phone_shown"]
    assert "1381234" not in str(noted)
    assert f"/requests/{number}" in desk.get("/requests?q=水管").text
    assert "No requests fit" in desk.get("/requests?q=nothing").text
    assert f"/requests/{number}" not in desk.get("/requests?kind=complaint").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"home": "3-2-9999"}, "No home fits"),
        ({"home": "3-2"}, "Several homes fit"),
        ({"home": ""}, "Say where"),
        ({"phone": "12"}, "Write one phone number"),
        ({"words": " "}, "Write what it is about"),
        ({"category": ""}, "Choose a category"),
        ({"received_at": "2099-01-01T08:00"}, "lies in the future"),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_lost(desk: Client, fields: dict[str, str], words: str) -> None:
    answer = desk.act("/requests", call(**fields))
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    assert "李女士" in answer.text
    assert desk.get("/requests.json").json()["total"] == 0


def test_the_same_again_is_proposed_and_goes_to_the_administrator(desk: Client) -> None:
    first, second = taken(desk), taken(desk, key="another-call-of-it")
    assert "Is it the same repair again?" in desk.get(f"/requests/{second}").text
    assert do(desk, second, "repeats", of=str(first)).status_code == 303
    view = desk.get(f"/requests/{second}.json").json()["request"]
    assert view["repeats"] == first
    assert "Repeat" in desk.get(f"/alerts/{view['alert']}").text or view["alert"]


def test_a_complaint_to_its_end(desk: Client) -> None:
    number = taken(desk, kind="complaint", category="service", words="电梯口垃圾未清")
    assert do(desk, number, "answer").status_code == 422
    assert do(desk, number, "feedback", note="已转保洁").status_code == 303
    assert do(desk, number, "escalate", reason="第二次").status_code == 303
    assert do(desk, number, "answer", note="已清理并道歉").status_code == 303
    manager = desk.as_person(MANAGER)
    assert f"/requests/{number}" in manager.get("/call-backs").text
    assert f"/requests/{number}" not in desk.get("/call-backs").text
    assert do(desk, number, "call_back", satisfied="satisfied").status_code == 409
    assert do(manager, number, "call_back", satisfied="not_reached").status_code == 422
    assert do(manager, number, "call_back", satisfied="satisfied", first_visit="no").status_code == 303
    page = manager.get(f"/requests/{number}").text
    assert "Satisfied" in page
    assert desk.get(f"/requests/{number}.json").json()["request"]["state"] == "closed"


def test_json_says_what_is_wrong(desk: Client) -> None:
    made = desk.tell("POST", "/requests.json", call(key="json-call-of-it")).json()["request"]
    path = f"/requests/{made['id']}/acts.json"
    body = {
        "act": "hand_on",
        "duty": "warranty",
        "reason": "保修期内",
        "version": made["version"],
        "key": "json-key-eight",
    }
    handed = desk.tell("POST", path, body).json()
    assert (handed["request"]["duty"], handed["request"]["order"]) == ("warranty", None)
    assert desk.tell("POST", path, {**body, "key": "json-key-nine"}).status_code == 409
    assert desk.tell("POST", path, {**body, "act": "none"}).status_code == 422
    steps = {
        "act": "promise",
        "step": "plan",
        "due_on": "2020-01-01",
        "version": handed["request"]["version"],
        "key": "json-key-ten",
    }
    assert desk.tell("POST", path, steps).json()["steps"][0]["late"] is True


def test_the_public_form_takes_and_shows_nothing(desk: Client, scene: Scene, stranger: Client) -> None:
    made = desk.act("/report-places", {"area": "area-1", "place": "3号楼大堂"})
    path = re.findall(r"(/report/[\w-]+)", made.text)[0]
    assert "<svg" in made.text
    assert "3号楼大堂" in stranger.get(path).text
    form = {
        "kind": "repair",
        "category": "door_window",
        "words": "门禁不亮",
        "key": "form-key-of-eight",
        "phone": "13812345678",
    }
    thanks = stranger.post(path, form)
    number = desk.get("/requests.json?state=to_confirm").json()["requests"][0]["id"]
    assert f"number {number}" in thanks.text
    assert stranger.post(path, {**form, "website": "http://spam"}).status_code == 200
    assert desk.get("/requests.json").json()["total"] == 1
    assert stranger.post(path, {**form, "category": ""}).status_code == 422
    stranger.deps.reports = Buckets(room=0)
    assert stranger.post(path, {**form, "key": "form-key-of-nine"}).status_code == 429
    assert do(desk, number, "confirm", category="door_window").status_code == 303
    assert desk.get(f"/requests/{number}.json").json()["request"]["order"]
    place = desk.get("/report-places.json").json()[0]["id"]
    assert desk.act(f"/report-places/{place}/revoke", {}).status_code == 303
    assert stranger.get(path).status_code == 404


def test_the_daily_list_is_shown_as_it_stood_and_as_it_stands(desk: Client, scene: Scene) -> None:
    assert "There is no list" in desk.get("/unresolved").text
    number = taken(desk)
    evening = scene.clock.now().astimezone(scene.site.zone).replace(hour=18, minute=30)
    with scene.work.writing() as unit:
        list_unresolved(scene.site, unit, evening.astimezone(UTC))
    order = desk.get(f"/requests/{number}.json").json()["request"]["order"]
    rows = desk.get("/unresolved.json").json()["rows"]
    assert [(row["order"], row["state"]) for row in rows] == [(order, "issued")]
    scene.step(order, OrderStep.ACCEPT, scene.login_of(order))
    assert desk.get("/unresolved.json").json()["rows"][0]["now"] == "accepted"
    assert "厨房水管漏水" in desk.get("/unresolved").text
    assert desk.get("/unresolved?day=x").status_code == 422


def test_buckets_fill_by_address_and_for_all() -> None:
    buckets = Buckets(room=2, refill=10, room_of_all=3, refill_of_all=10)
    assert [buckets.take("a", 0), buckets.take("a", 0), buckets.take("a", 0)] == [True, True, False]
    assert [buckets.take("b", 0), buckets.take("c", 0)] == [True, False]
    assert buckets.take("a", 10)


def test_who_was_not_satisfied_stands_in_the_weekly_report_with_the_reason(desk: Client, scene: Scene) -> None:
    number = taken(desk, kind="complaint", category="service", words="电梯口垃圾未清")
    assert do(desk, number, "answer", note="已清理").status_code == 303
    supervisor = desk.as_person("wang-qiang")
    assert do(supervisor, number, "call_back", satisfied="not", first_visit="no", remark="还是很脏").status_code == 303
    with scene.work.writing() as unit:
        make_reports(scene.site, unit, scene.clock.now() + timedelta(days=7), lambda _month: None)
        weekly = unit.reports.find(ReportKind.WEEKLY, 9, 0)[0][0].id
    assert f"/reports/{weekly}#h-calls" in supervisor.get("/call-backs").text
    for language, words in (("en", "Not satisfied, and why"), ("zh-CN", "不满意及原因")):
        page = supervisor.get(f"/reports/{weekly}", language).text
        assert [word for word in (words, "还是很脏", f'href="/requests/{number}"') if word not in page] == []
    assert "还是很脏" not in desk.as_person("li-wei").get(f"/reports/{weekly}").text, (
        "what residents say is not for all"
    )
    calls = supervisor.get(f"/reports/{weekly}.json").json()["calls"]
    assert (calls["all"]["not_satisfied"], calls["all"]["first_visit_of"]) == (1, 1)
    assert [one["request"] for one in calls["dissatisfied"]] == [number]
    assert "还是很脏" not in supervisor.get(f"/reports/{weekly}.json").text
    book = openpyxl.load_workbook(io.BytesIO(supervisor.get(f"/reports/{weekly}.xlsx").content))
    assert "Call backs" in book.sheetnames
