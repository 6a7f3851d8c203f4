"""The audit on pages: found, exported, and verified; the first wrong row is named."""

import csv
import io
import sqlite3
from datetime import timedelta

import pytest

from facility.domain.account import Scope
from facility.domain.role import Role
from tests.api.conftest import Client, deps_on
from tests.api.scene import PASSWORD, Scene


@pytest.fixture
def scene(scene: Scene) -> Scene:
    """An incident, and somebody at the machine, who signs in and guesses."""
    scene.people()
    scene.incident()
    scene.acts()
    return scene


@pytest.fixture
def signed(client: Client, scene: Scene) -> Client:
    """After a sign-in and a refusal of a person's account."""
    scene.account("zhou", person="zhou-bin")
    for password in ("wrong", PASSWORD):
        client.another().post("/sign-in", {"login": "zhou", "password": password})
    return client


def test_newest_first_with_names_and_in_both_languages(signed: Client, scene: Scene) -> None:
    twin = signed.get("/audit.json").json()
    assert [row["action"] for row in twin["rows"][:2]] == ["account.signed_in", "account.failed"]
    numbers = [row["number"] for row in twin["rows"]]
    assert numbers == list(range(twin["total"], twin["total"] - len(numbers), -1))
    newest = twin["rows"][0]
    assert (newest["who"], newest["named"][newest["subject"]]) == ("周斌", "zhou")
    assert "10.0.0.7" not in signed.get("/audit.json").text
    english, chinese = signed.get("/audit").text, signed.get("/audit", "zh-CN").text
    assert "Signed in" in english
    assert "Told by telephone" in english
    assert "登录被拒" in chinese
    alert = scene.alert_of("safety_incident")
    assert f'<a href="/alerts/{alert}">Alert {alert}</a>' in english
    assert 'href="/accounts/' not in english  # a manager sees no accounts
    boss = signed.another(scene.session(scene.account("boss", Role.SYSTEM_ADMINISTRATOR)))
    assert ">Account zhou</a>" in boss.get("/audit").text


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("what=account", {"account.signed_in", "account.failed"}),
        ("what=account.failed", {"account.failed"}),
        ("thing=account&who=zhou-bin", {"account.signed_in"}),
        ("thing=account&who=program", {"account.failed"}),
        ("what=outage", {"outage.announced"}),
        ("what=nothing", set()),
    ],
)
def test_filters(signed: Client, query: str, actions: set[str]) -> None:
    twin = signed.get(f"/audit.json?{query}").json()
    assert {row["action"] for row in twin["rows"]} == actions
    assert (signed.get(f"/audit?{query}").text.count("data-row=")) == len(twin["rows"])


def test_filters_by_time_are_days_of_the_estate(signed: Client, scene: Scene) -> None:
    today = scene.clock.now().astimezone(scene.site.zone).date()

    def total(query: str) -> int:
        found: int = signed.get(f"/audit.json?{query}").json()["total"]
        return found

    assert total(f"from={today}&to={today}&what=account") == 2
    assert total(f"to={today - timedelta(days=30)}") == 0
    assert total(f"from={today + timedelta(days=1)}") == 0
    assert total("") == total("from=&to=&who=&what=&thing=") > 2


def test_what_is_asked_wrongly_is_said(signed: Client) -> None:
    assert "nobody&#39;s login" in signed.get("/audit?who=nobody").text
    assert signed.get("/audit.json?from=yesterday").status_code == 422
    assert signed.get("/audit.json?page=0").status_code == 422
    assert "a number, a colon and a hash" in signed.get("/audit/verify?head=7").text
    assert "Nothing was found" in signed.get("/audit?page=99").text


def test_pages(client: Client, scene: Scene) -> None:
    with scene.work.writing() as unit:
        for number in range(60):
            unit.audit.note(scene.clock.now(), None, "test.row", f"test:{number}")
    assert "Page 1 of 2" in client.get("/audit?what=test").text
    second = client.get("/audit.json?what=test&page=2").json()
    assert ([row["subject"] for row in second["rows"]], second["total"], second["pages"]) == (
        [f"test:{number}" for number in range(9, -1, -1)],
        60,
        2,
    )
    assert "what=test&amp;page=1" in client.get("/audit?what=test&page=2").text


def test_the_export_can_be_held_against_the_chain(signed: Client, scene: Scene) -> None:
    with scene.work.writing() as unit:
        last = unit.audit.note(scene.clock.now(), None, "=1+1", "alert:1", {"note": "换阀, “急”"})
    answer = signed.get("/audit.csv?from=2026-01-01", "zh-CN")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["序号", "时间", "人员", "操作者编号", "操作", "操作代码", "对象", "详情", "哈希"]
    assert len(rows) == last.number + 1
    assert rows[1][5:] == ["'=1+1", "alert:1", '{"note": "换阀, “急”"}', last.hash]
    assert rows[2][2:6] == ["周斌", f"person:{scene.person('zhou-bin')}", "登录", "account.signed_in"]
    assert rows[1][1].endswith("+08:00")


def test_the_chain_is_verified_and_the_first_wrong_row_is_named(signed: Client, scene: Scene) -> None:
    right = signed.get("/audit/verify.json").json()
    assert (right["broken"], right["row"], right["fault"]) == (False, None, None)
    assert f"{right['rows']} rows, all as they were written" in signed.get("/audit/verify").text
    assert right["head"] in signed.get("/audit/verify").text
    assert not signed.get(f"/audit/verify.json?head={right['head']}").json()["broken"]
    scene.work.close()
    with sqlite3.connect(scene.folder / "work.db") as raw:
        raw.execute("DROP TRIGGER audit_is_append_only_update")
        raw.execute("DROP TRIGGER audit_is_append_only_delete")
        raw.execute("DELETE FROM audit WHERE number = ?", (right["rows"],))
    cut = signed.get(f"/audit/verify.json?head={right['head']}").json()
    assert (cut["fault"], cut["row"], cut["shown"]) == ("cut_off", right["rows"], None)
    assert not signed.get("/audit/verify.json").json()["broken"]
    with sqlite3.connect(scene.folder / "work.db") as raw:
        raw.execute("UPDATE audit SET actor = 'person:1' WHERE number = 3")
    wrong = signed.get("/audit/verify.json").json()
    assert (wrong["fault"], wrong["row"], wrong["shown"]["number"]) == ("changed", 3, 3)
    assert wrong["what"] == "row 3 was changed after it was written"
    assert "row 3 was changed after it was written" in signed.get("/audit/verify").text
    assert "第3条写入后被改动" in signed.get("/audit/verify", "zh-CN").text


def test_no_key_of_a_machine_and_no_foreman_reads_the_audit(client: Client, scene: Scene) -> None:
    machine = client.another()
    for scope in Scope:
        assert machine.get("/audit.json", **scene.key(scope)).status_code == 403
    assert client.as_person("zhou-bin").get("/audit").status_code == 403
    assert 'href="/audit"' not in client.as_person("zhou-bin").get("/overview").text
    assert 'href="/audit"' in client.get("/overview").text


def test_every_action_of_a_whole_scene_has_words(scene: Scene) -> None:
    client = Client(deps_on(scene), scene.session(scene.manager()))
    with scene.work.reading() as unit:
        actions = {row.action for row in unit.audit.rows()}
    page = client.get("/audit.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(page)))[1:]
    assert {row[5] for row in rows} == actions
    assert {row[5] for row in rows if row[4] == row[5]} == set()
