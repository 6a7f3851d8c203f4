"""Receipts of gateways over HTTP: signed ones are taken once, forged and unreadable ones are refused with words that help."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.deps import Deps
from api.forms import MOST_BYTES
from facility.domain.alert import AlertState
from facility.domain.notice import ChannelSpec, Notice, NoticeState
from facility.domain.signature import headers_of, secret_key
from facility.domain.text import Message
from tests.api.conftest import Client, deps_on
from tests.api.scene import Scene

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = "alert:1:0:1:sms"
AT = "2026-11-23T14:00:00+08:00"


@pytest.fixture
def deps(scene: Scene, tmp_path: Path) -> Deps:
    """An alert whose message is with the SMS gateway."""
    scene.people()
    scene.plans()
    scene.incident()
    (tmp_path / "sms.secret").write_text(SECRET, encoding="ascii")
    spec = ChannelSpec("sms", "sms_gateway", "http://127.0.0.1:9", secret_file=tmp_path / "sms.secret")
    deps = deps_on(scene)
    deps.site = replace(deps.site, channels={**deps.site.channels, "sms": spec})
    now = scene.clock.now()
    with scene.work.writing() as unit:
        person = next(person.id for person in unit.people.all() if person.login == "chen-jing")
        alert = scene.alert_of("mains_lost")
        unit.notices.add(Notice(0, KEY, person, "sms", Message("notices.alert"), 1, now, now, alert=alert))
    return deps


def post(
    deps: Deps, body: object, channel: str = "sms", secret: str = SECRET, raw: bytes | None = None
) -> httpx.Response:
    content = json.dumps(body).encode() if raw is None else raw
    headers = headers_of(secret_key(secret), "r-1", int(deps.clock.now().timestamp()), content)
    return Client(deps).raw(f"/receipts/{channel}", content, headers)


def notice(deps: Deps) -> Notice:
    with deps.work.reading() as unit:
        return unit.notices.by_key(KEY)


def test_delivered(deps: Deps) -> None:
    report = {"id": KEY, "state": "delivered", "at": AT}
    assert post(deps, report).json() == {"taken": 1, "known": 0}
    assert post(deps, [report, report]).json() == {"taken": 0, "known": 2}
    assert (notice(deps).state, notice(deps).answer_code) == (NoticeState.SENT, "delivered")


def test_a_key_acknowledges(deps: Deps, scene: Scene) -> None:
    assert post(deps, {"id": KEY, "state": "answered", "key": 1, "at": AT}).status_code == 200
    with deps.work.reading() as unit:
        assert unit.alerts.get(scene.alert_of("mains_lost")).state is AlertState.ACTIVE_ACKNOWLEDGED


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": ""}, "id is missing"),
        ({"state": "ok"}, "state is 'ok'; send one of delivered"),
        ({"state": ["delivered"]}, "state is"),
        ({"key": {}}, "key is {}"),
        ({"at": "noon"}, "at is 'noon'; send ISO 8601"),
        ({"at": "2026-11-23T14:00:00"}, "with its zone"),
    ],
)
def test_what_cannot_be_used(deps: Deps, changed: dict[str, object], words: str) -> None:
    good = {"id": KEY, "state": "delivered", "at": AT}
    answer = post(deps, [good, {**good, **changed}])
    assert answer.status_code == 400
    assert "[1]." in answer.json()["error"]
    assert words in answer.json()["error"]
    assert notice(deps).state is NoticeState.WAITING, "all or nothing"


@pytest.mark.parametrize("raw", [b"", b"<html>", b"1", b'"x"', b"\xff"])
def test_bodies_that_are_none(deps: Deps, raw: bytes) -> None:
    assert post(deps, None, raw=raw).status_code == 400


def test_unknown_ids(deps: Deps) -> None:
    answer = post(deps, {"id": "alert:9", "state": "failed", "at": AT})
    assert (answer.status_code, "alert:9" in answer.json()["error"]) == (404, True)


@pytest.mark.parametrize("channel", ["sms", "wecom", "hook", "nothing"])
def test_forged_and_foreign(deps: Deps, channel: str) -> None:
    secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert post(deps, {"id": KEY, "state": "delivered", "at": AT}, channel, secret).status_code == 401
    assert notice(deps).state is NoticeState.WAITING


def test_a_lost_secret_refuses(deps: Deps, tmp_path: Path) -> None:
    (tmp_path / "sms.secret").unlink()
    assert post(deps, {"id": KEY, "state": "delivered", "at": AT}).status_code == 401


def test_too_large(deps: Deps) -> None:
    assert post(deps, None, raw=b" " * (MOST_BYTES + 1)).status_code == 413
