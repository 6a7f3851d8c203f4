"""WeCom's cards over HTTP: a pressed button acknowledges once, for who was told; what is forged or foreign does nothing."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest

from api.deps import Deps
from api.routes.cards import CallbackRefused, fields_of
from facility.callbacks import Seal, Sealed
from facility.domain.alert import AlertState
from facility.domain.card import card_task
from facility.domain.notice import ChannelSpec, Notice, NoticeState
from facility.domain.person import Person
from facility.domain.text import Message
from facility.flow.acknowledge import acknowledge
from tests.api.conftest import Client, deps_on
from tests.api.scene import Scene

TOKEN, ENCODING_KEY, COMPANY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "ww1"
SEAL = Seal.of(TOKEN, ENCODING_KEY, COMPANY)
KEY = "alert:1:0:1:app"
TASK = card_task(KEY, "0a1b2c3d")
USER = "ChenJing"


@pytest.fixture
def deps(scene: Scene, tmp_path: Path) -> Deps:
    """An alert whose card was sent; nobody knows yet whether it arrived."""
    scene.people()
    scene.plans()
    scene.incident()
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="ascii")
    (tmp_path / "key").write_text(f"{ENCODING_KEY}\n", encoding="ascii")
    settings = {
        "corp_id": COMPANY,
        "agent_id": 1,
        "callback_token_file": str(tmp_path / "token"),
        "callback_key_file": str(tmp_path / "key"),
    }
    spec = ChannelSpec("app", "wecom_app", settings=settings)
    deps = deps_on(scene)
    deps.site = replace(deps.site, channels={**deps.site.channels, "app": spec})
    now = scene.clock.now()
    with scene.work.writing() as unit:
        person = unit.people.named("chen-jing")
        unit.people.put(replace(person, contacts={**person.contacts, "app": USER}))
        alert = scene.alert_of("mains_lost")
        unit.notices.add(Notice(0, KEY, person.id, "app", Message("notices.alert"), 1, now, now, alert=alert))
    return deps


def query(sealed: Sealed, **more: str) -> str:
    return urlencode({"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce, **more})


def event(task: str = TASK, user: str = USER, kind: str = "template_card_event") -> bytes:
    return (
        f"<xml><ToUserName>{COMPANY}</ToUserName><FromUserName><![CDATA[{user}]]></FromUserName><MsgType>event</MsgType>"
        f"<Event>{kind}</Event><EventKey>acknowledge</EventKey><TaskId>{task}</TaskId></xml>"
    ).encode()


def post(deps: Deps, inside: bytes, *, channel: str = "app", seal: Seal = SEAL) -> httpx.Response:
    sealed = seal.close(inside, deps.clock.now())
    body = f"<xml><ToUserName>{COMPANY}</ToUserName><Encrypt>{sealed.ciphertext}</Encrypt></xml>".encode()
    return Client(deps).raw(f"/cards/{channel}?{query(sealed)}", body, {"content-type": "text/xml"})


def button(deps: Deps, answer: httpx.Response) -> str:
    """What the answer puts on the card's button."""
    outer = fields_of(answer.content)
    sealed = Sealed(outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    root = ElementTree.fromstring(SEAL.open(sealed, deps.clock.now()))
    assert (root.findtext("MsgType"), (root.findtext("ToUserName") or "").lower()) == ("update_button", USER.lower())
    return root.findtext("Button/ReplaceName") or ""


def state(deps: Deps) -> tuple[AlertState, NoticeState]:
    with deps.work.reading() as unit:
        notice = unit.notices.by_key(KEY)
        assert notice.alert is not None
        return unit.alerts.get(notice.alert).state, notice.state


def person(deps: Deps, login: str) -> Person:
    with deps.work.reading() as unit:
        return unit.people.named(login)


def test_the_vendor_proves_the_address(deps: Deps) -> None:
    sealed = SEAL.close(b"1616140317555161061", deps.clock.now())
    answer = Client(deps).get(f"/cards/app?{query(sealed, echostr=sealed.ciphertext)}")
    assert (answer.status_code, answer.text) == (200, "1616140317555161061")


def test_a_press_acknowledges_and_the_card_says_so(deps: Deps) -> None:
    answer = post(deps, event())
    assert answer.status_code == 200
    assert person(deps, "chen-jing").name in button(deps, answer)
    assert state(deps) == (AlertState.ACTIVE_ACKNOWLEDGED, NoticeState.SENT)


def test_pressed_twice_is_pressed_once(deps: Deps) -> None:
    assert button(deps, post(deps, event())) == button(deps, post(deps, event(user=USER.lower())))
    with deps.work.reading() as unit:
        alert = unit.notices.by_key(KEY).alert
        assert alert is not None
        assert [one.what for one in unit.alerts.events(alert)].count("acknowledged") == 1


def test_somebody_was_faster(deps: Deps) -> None:
    other = person(deps, "wang-qiang")
    with deps.work.writing() as unit:
        alert = unit.notices.by_key(KEY).alert
        assert alert is not None
        acknowledge(unit, alert, other.id, deps.clock.now())
    assert other.name in button(deps, post(deps, event()))


@pytest.mark.parametrize(
    "inside",
    [
        event(user="WangQiang"),
        event(task="alert@1@0@1@app"),
        event(task=card_task("alert:9:0:1:app", "0a1b2c3d")),
        event(task=""),
        event(kind="enter_agent"),
    ],
)
def test_what_is_not_theirs_does_nothing(deps: Deps, inside: bytes) -> None:
    answer = post(deps, inside)
    assert (answer.status_code, answer.text) == (200, "")
    assert state(deps)[0] is AlertState.ACTIVE_UNACKNOWLEDGED


def test_who_has_left_acknowledges_nothing(deps: Deps) -> None:
    with deps.work.writing() as unit:
        unit.people.put(replace(unit.people.named("chen-jing"), retired_at=deps.clock.now()))
    assert post(deps, event()).text == ""
    assert state(deps)[0] is AlertState.ACTIVE_UNACKNOWLEDGED


@pytest.mark.parametrize("channel", ["app", "wecom", "nothing"])
def test_a_forged_one_is_refused(deps: Deps, channel: str) -> None:
    forged = Seal.of("other", ENCODING_KEY, COMPANY)
    answer = post(deps, event(), channel=channel, seal=forged)
    assert (answer.status_code, answer.text) == (401, "the signature does not fit")
    assert state(deps)[0] is AlertState.ACTIVE_UNACKNOWLEDGED


def test_a_key_that_cannot_be_read(deps: Deps, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short", encoding="ascii")
    assert post(deps, event()).status_code == 401


@pytest.mark.parametrize(
    "document",
    [b"", b"no xml", b"<xml>", b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>', b"<xml><!-- --></xml>", b"\xff\xfe"],
)
def test_damaged_documents(document: bytes) -> None:
    with pytest.raises(CallbackRefused):
        fields_of(document)


def test_a_body_that_is_no_xml_is_told(deps: Deps) -> None:
    sealed = SEAL.close(b"", deps.clock.now())
    assert Client(deps).raw(f"/cards/app?{query(sealed)}", b"{}", {}).status_code == 400
