"""WeCom's cards: sent when the call-back is set, the same at each attempt, and never the reason for a lost message."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from facility.domain.card import notice_of
from facility.domain.notice import Verdict
from facility.ports import Channel, Outgoing
from tests.harness.vendor import Vendor, says
from tests.scheduler.channels.stage import LINK, MESSAGE, channel

TOKEN, SEND = "/cgi-bin/gettoken", "/cgi-bin/message/send"
GOOD = says(200, {"errcode": 0, "errmsg": "ok", "access_token": "tok-1", "expires_in": 7200})
FINE = says(200, {"errcode": 0, "errmsg": "ok"})
ALERT = replace(MESSAGE, to="WangQiang", about="alert")


def app(vendor: Vendor, folder: Path) -> Channel:
    called_back = {"callback_token_file": str(folder / "token"), "callback_key_file": str(folder / "key")}
    return channel("wecom_app", vendor.base, folder, "app-secret", 2.0, corp_id="ww1", agent_id=1, **called_back)


def sent(vendor: Vendor) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in vendor.received if request.path.startswith(SEND)]


def vendor_of(*sends: str) -> Vendor:
    vendor = Vendor()
    vendor.script = {TOKEN: [GOOD], SEND: list(sends)}
    return vendor


def test_a_card_holds_the_message_the_link_and_the_button(tmp_path: Path) -> None:
    with vendor_of(FINE) as vendor:
        assert app(vendor, tmp_path).send(ALERT).verdict is Verdict.ACCEPTED
        (body,) = sent(vendor)
    card = body["template_card"]
    assert (body["msgtype"], body["touser"], card["card_type"]) == ("template_card", "WangQiang", "button_interaction")
    assert card["main_title"]["title"] == "【一级信息】市电停电"
    assert card["sub_title_text"] == "地点：1号配电房"
    assert card["card_action"] == {"type": 1, "url": LINK}
    assert [button["text"] for button in card["button_list"]] == ["确认"]
    assert notice_of(card["task_id"]) == ALERT.key
    assert len(card["task_id"]) <= 128


def test_orders_and_tests_stay_texts(tmp_path: Path) -> None:
    with vendor_of(FINE, FINE, FINE) as vendor:
        channel = app(vendor, tmp_path)
        for about in ("order", "test", "all_clear"):
            assert channel.send(replace(ALERT, about=about, key=about)).verdict is Verdict.ACCEPTED
        assert {body["msgtype"] for body in sent(vendor)} == {"text"}


def test_each_attempt_is_the_same_card_and_a_known_one_has_arrived(tmp_path: Path) -> None:
    with vendor_of("reset", says(200, {"errcode": 42014})) as vendor:
        channel = app(vendor, tmp_path)
        assert channel.send(ALERT).verdict is Verdict.UNKNOWN
        later: Outgoing = replace(ALERT, text=f"{ALERT.text}\n6 min", link=f"{LINK}2")
        assert channel.send(later).verdict is Verdict.ACCEPTED
        first, second = sent(vendor)
    assert first == second


def test_a_refused_card_goes_as_text(tmp_path: Path) -> None:
    with vendor_of(says(200, {"errcode": 40058, "errmsg": "callback url"}), FINE) as vendor:
        assert app(vendor, tmp_path).send(ALERT).verdict is Verdict.ACCEPTED
        card, text = sent(vendor)
    assert (card["msgtype"], text["msgtype"]) == ("template_card", "text")
    assert LINK in text["text"]["content"]


def test_who_is_unknown_is_unknown_by_text_too(tmp_path: Path) -> None:
    with vendor_of(says(200, {"errcode": 0, "invaliduser": "WangQiang"})) as vendor:
        assert app(vendor, tmp_path).send(ALERT).code == "invaliduser"
        assert len(sent(vendor)) == 1


def test_long_messages_are_cut_to_what_a_card_shows(tmp_path: Path) -> None:
    long = replace(ALERT, text="\n".join(["停" * 60, *("水" * 40 for _ in range(30))]))
    with vendor_of(FINE) as vendor:
        assert app(vendor, tmp_path).send(long).verdict is Verdict.ACCEPTED
        card = sent(vendor)[0]["template_card"]
    assert len(card["main_title"]["title"]) == 36
    assert card["sub_title_text"].endswith("链接")
