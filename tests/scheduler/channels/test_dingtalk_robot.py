"""DingTalk's robot: its signature, each of its refusals, and messages that cannot grow too long."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.notice import Verdict
from facility.ports import Outgoing
from scheduler.channels.dingtalk_robot import message, signature
from tests.harness.vendor import Vendor, says
from tests.scheduler.channels.stage import BROKEN, LINK, MESSAGE, channel

SECRET = "this is secret"
SIGN = "hXZTWifRGHclNuZSKxoXc%2F%2Fsh51SWfVfRIhcdeKs63I%3D"
TEN_MINUTES, FIVE_MINUTES = timedelta(minutes=10), timedelta(minutes=5)


def test_signature_vector() -> None:
    assert signature(SECRET, 1599360473000) == f"timestamp=1599360473000&sign={SIGN}"


def answer(code: object, words: str = "words") -> str:
    return says(200, {"errcode": code, "errmsg": words})


@pytest.mark.parametrize(
    ("behaviour", "verdict", "code", "rest"),
    [
        (answer(0, "ok"), Verdict.ACCEPTED, "0", None),
        (answer("0", "ok"), Verdict.ACCEPTED, "0", None),
        (answer(-1), Verdict.TRY_LATER, "-1", None),
        (answer(130101), Verdict.TRY_LATER, "130101", TEN_MINUTES),
        (answer(410100), Verdict.TRY_LATER, "410100", TEN_MINUTES),
        (says(200, {"status": 1111, "punish": "deny"}), Verdict.TRY_LATER, "1111", FIVE_MINUTES),
        *(
            (answer(code), Verdict.REFUSED, str(code), None)
            for code in (90030, 310000, 300005, 400101, 400013, 400102, 400106, 40035, 43004, 400105, 430101, 460101)
        ),
        (answer(None), Verdict.UNKNOWN, "no_errcode", None),
        (answer(True), Verdict.UNKNOWN, "no_errcode", None),
        (answer("fine"), Verdict.UNKNOWN, "no_errcode", None),
    ],
)
def test_verdicts(behaviour: str, verdict: Verdict, code: str, rest: timedelta | None, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        given_answer = channel(
            "dingtalk_robot", f"{vendor.base}/robot/send?access_token=tok123", tmp_path, SECRET
        ).send(MESSAGE)
    assert (given_answer.verdict, given_answer.code, given_answer.retry_after) == (verdict, code, rest)


@pytest.mark.parametrize(("behaviour", "verdict"), BROKEN)
def test_broken_answers(behaviour: str, verdict: Verdict, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        subject = channel("dingtalk_robot", f"{vendor.base}/robot/send?access_token=tok123", tmp_path, timeout=0.4)
        assert subject.send(MESSAGE).verdict is verdict


def test_request_is_signed_and_keeps_its_id(tmp_path: Path) -> None:
    with Vendor() as vendor:
        subject = channel("dingtalk_robot", f"{vendor.base}/robot/send?access_token=tok123", tmp_path, SECRET)
        subject.send(MESSAGE)
        subject.send(MESSAGE)
        first, second = vendor.received
    assert parse_qs(urlsplit(first.path).query) == {
        "access_token": ["tok123"],
        "timestamp": ["1599360473000"],
        "sign": ["hXZTWifRGHclNuZSKxoXc//sh51SWfVfRIhcdeKs63I="],
    }
    assert first.json["msgUuid"] == second.json["msgUuid"] != ""
    assert first.json["at"] == {"atMobiles": ["13800138000"], "isAtAll": False}
    assert first.json["markdown"]["text"].split("  \n") == [
        "#### 【一级信息】市电停电",
        "地点：1号配电房",
        f"[▶ 打开 / Open]({LINK})",
        "@13800138000",
    ]


def test_the_token_is_not_kept(tmp_path: Path) -> None:
    with Vendor(answer(310000, f"sign not match, token tok123, secret {SECRET}")) as vendor:
        said = channel("dingtalk_robot", f"{vendor.base}/s?access_token=tok123", tmp_path, SECRET).send(MESSAGE).text
    assert "tok123" not in said
    assert SECRET not in said


@given(st.text(max_size=9000), st.sampled_from(["", "Facility"]))
def test_a_body_is_never_too_long(text: str, keyword: str) -> None:
    body = message(Outgoing("k", "uid", text[:30], text, LINK, 1), keyword)
    assert len(json.dumps(body, ensure_ascii=False).encode()) <= 20_000
    content = body["markdown"]["text"]
    assert f"({LINK})" in content
    assert content.count("@uid") >= 1
    assert keyword in content
