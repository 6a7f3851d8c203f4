"""Feishu's robot: its signature, `code` against `StatusCode`, the keyword that makes messages vanish."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.notice import Verdict
from facility.ports import Outgoing
from scheduler.channels.feishu_robot import signature, text
from tests.harness.vendor import Vendor, says
from tests.scheduler.channels.stage import BROKEN, LINK, MESSAGE, channel

SIGN = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
REST = timedelta(seconds=15)


def test_signature_vector() -> None:
    assert signature("demo", 1599360473) == {"timestamp": "1599360473", "sign": SIGN}


@pytest.mark.parametrize(
    ("behaviour", "verdict", "code", "rest"),
    [
        (says(200, {"code": 0, "msg": "success", "StatusCode": 0}), Verdict.ACCEPTED, "0", None),
        (says(200, {"code": 19024, "msg": "Key Words Not Found", "StatusCode": 0}), Verdict.REFUSED, "19024", None),
        (says(200, {"StatusCode": 0, "StatusMessage": "success"}), Verdict.UNKNOWN, "no_code", None),
        (says(200, {"code": "0"}), Verdict.UNKNOWN, "no_code", None),
        (says(200, {"code": 11232, "msg": "frequency limited"}), Verdict.TRY_LATER, "11232", REST),
        (says(400, {"code": 9499, "msg": "too many request"}), Verdict.TRY_LATER, "9499", REST),
        (says(400, {"code": 9499, "msg": "Bad Request"}), Verdict.REFUSED, "9499", None),
        *(
            (says(status, {"code": code, "msg": "words"}), Verdict.REFUSED, str(code), None)
            for status in (200, 400)
            for code in (19001, 19007, 19021, 19022)
        ),
        (says(500, {"code": 19002}), Verdict.TRY_LATER, "500", None),
    ],
)
def test_verdicts(behaviour: str, verdict: Verdict, code: str, rest: timedelta | None, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        answer = channel("feishu_robot", f"{vendor.base}/open-apis/bot/v2/hook/abcd-1234", tmp_path, "demo").send(
            MESSAGE
        )
    assert (answer.verdict, answer.code, answer.retry_after) == (verdict, code, rest)


@pytest.mark.parametrize(("behaviour", "verdict"), BROKEN)
def test_broken_answers(behaviour: str, verdict: Verdict, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        assert channel("feishu_robot", f"{vendor.base}/h/abcd", tmp_path, timeout=0.4).send(MESSAGE).verdict is verdict


def test_request(tmp_path: Path) -> None:
    with Vendor() as vendor:
        channel("feishu_robot", f"{vendor.base}/h/abcd", tmp_path, "demo", keyword="物业").send(MESSAGE)
        (request,) = vendor.received
    assert request.json == {
        "timestamp": "1599360473",
        "sign": SIGN,
        "msg_type": "text",
        "content": {
            "text": f'【一级信息】市电停电\n地点：1号配电房\n{LINK}\n<at user_id="13800138000"></at>\n物业',
        },
    }


def test_the_hook_is_not_kept(tmp_path: Path) -> None:
    with Vendor(says(200, {"code": 19001, "msg": "hook abcd-1234 invalid"})) as vendor:
        assert "abcd" not in channel("feishu_robot", f"{vendor.base}/hook/abcd-1234", tmp_path).send(MESSAGE).text


def test_an_alert_mentions_nobody_by_itself() -> None:
    said = text(Outgoing("k", "", "t", 't\n<AT user_id="all">everybody</at> <attic>', LINK, 1), "")
    assert said == f't\n＜AT user_id="all">everybody＜/at> <attic>\n{LINK}'


@given(st.text(max_size=9000), st.sampled_from(["", "物业"]))
def test_a_body_is_never_too_long(words: str, keyword: str) -> None:
    said = text(Outgoing("k", "ou_1", "t", words, LINK, 1), keyword)
    assert len(json.dumps({"content": {"text": said}}, ensure_ascii=False).encode()) <= 20 * 1024
    assert LINK in said
    assert keyword in said
