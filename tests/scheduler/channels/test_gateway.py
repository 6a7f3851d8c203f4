"""SMS and voice by our own contract: queued is no proof, an error says whether to try again."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facility.domain.notice import Verdict
from facility.domain.signature import is_genuine, secret_key
from tests.harness.vendor import Vendor, says
from tests.scheduler.channels.stage import BROKEN, LINK, MESSAGE, NOW, channel

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize(
    ("behaviour", "receipts", "verdict", "code", "rest"),
    [
        (says(202, {"provider_id": "p-1"}), True, Verdict.QUEUED, "202", timedelta(seconds=60)),
        (says(202, {"provider_id": "p-1"}), False, Verdict.ACCEPTED, "202", None),
        (says(202, {}), True, Verdict.UNKNOWN, "no_provider_id", None),
        (says(202, {"provider_id": ""}), True, Verdict.UNKNOWN, "no_provider_id", None),
        (says(200, {"provider_id": "p-1"}), True, Verdict.UNKNOWN, "200", None),
        (says(400, {"code": "template", "retry": False}), True, Verdict.REFUSED, "template", None),
        (says(400, {"code": "balance"}), True, Verdict.REFUSED, "balance", None),
        (says(503, {"code": "system", "retry": True}), True, Verdict.TRY_LATER, "system", None),
        (says(429, {"code": "limit", "retry": 30}), True, Verdict.TRY_LATER, "limit", timedelta(seconds=30)),
        (says(429, {"code": "limit", "retry": 1e9}), True, Verdict.TRY_LATER, "limit", timedelta(seconds=600)),
        (says(401, {"code": "signature", "message": SECRET}), True, Verdict.REFUSED, "signature", None),
    ],
)
def test_verdicts(
    behaviour: str, receipts: bool, verdict: Verdict, code: str, rest: timedelta | None, tmp_path: Path
) -> None:
    with Vendor(behaviour) as vendor:
        answer = channel("sms_gateway", vendor.base, tmp_path, SECRET, receipts=receipts).send(MESSAGE)
    assert (answer.verdict, answer.code, answer.retry_after) == (verdict, code, rest)
    assert SECRET not in answer.text


@pytest.mark.parametrize(("behaviour", "verdict"), BROKEN)
def test_broken_answers(behaviour: str, verdict: Verdict, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        subject = channel("voice_gateway", vendor.base, tmp_path, SECRET, 0.4)
        assert subject.send(MESSAGE).verdict is verdict


@pytest.mark.parametrize(("kind", "word"), [("sms_gateway", "sms"), ("voice_gateway", "voice")])
def test_request(kind: str, word: str, tmp_path: Path) -> None:
    with Vendor(says(202, {"provider_id": 7})) as vendor:
        channel(kind, vendor.base, tmp_path, SECRET).send(replace(MESSAGE, about="alert", title="长" * 60))
        (request,) = vendor.received
    assert request.json == {
        "id": MESSAGE.key,
        "kind": word,
        "to": "13800138000",
        "template": "alert",
        "params": {"level": 1, "language": "zh-CN", "title": "长" * 35, "text": MESSAGE.text, "link": LINK},
    }
    assert is_genuine(secret_key(SECRET), request.headers, request.body, NOW)


@pytest.mark.parametrize("secret", ["", "whsec_%%"])
def test_a_secret_that_cannot_be_used(secret: str, tmp_path: Path) -> None:
    with Vendor() as vendor:
        answer = channel("sms_gateway", vendor.base, tmp_path, secret or "x", receipts=True).send(MESSAGE)
        assert (answer.verdict, answer.code, vendor.received) == (Verdict.REFUSED, "secret_file", [])


def test_without_a_number(tmp_path: Path) -> None:
    assert (
        channel("sms_gateway", "http://127.0.0.1:9", tmp_path, SECRET).send(replace(MESSAGE, to="")).code
        == "no_address"
    )


KEY, BODY = secret_key(SECRET), json.dumps({"test": 2432232314}).encode()
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
THEN = datetime.fromtimestamp(1614265330, UTC)


def test_the_standards_own_vector_is_genuine() -> None:
    assert is_genuine(KEY, HEADERS, BODY, THEN)
    assert is_genuine(KEY, {**HEADERS, "webhook-signature": "v1,AAAA " + HEADERS["webhook-signature"]}, BODY, THEN)


@pytest.mark.parametrize(
    ("changed", "body", "late"),
    [
        ({}, BODY + b" ", 0),
        ({"webhook-id": "other"}, BODY, 0),
        ({"webhook-id": ""}, BODY, 0),
        ({"webhook-timestamp": "1614265331"}, BODY, 0),
        ({"webhook-timestamp": "now"}, BODY, 0),
        ({"webhook-timestamp": "٣"}, BODY, 0),
        ({"webhook-timestamp": "9" * 400}, BODY, 0),
        ({"webhook-signature": ""}, BODY, 0),
        ({"webhook-signature": "v1,"}, BODY, 0),
        ({"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, BODY, 0),
        ({"webhook-signature": "v1,été"}, BODY, 0),
        ({}, BODY, 301),
        ({}, BODY, -301),
    ],
)
def test_forged_and_old_ones_are_not(changed: dict[str, str], body: bytes, late: int) -> None:
    assert not is_genuine(KEY, {**HEADERS, **changed}, body, THEN + timedelta(seconds=late))
