"""Whatever a vendor answers: no reader raises, and nothing but the vendor's own "accepted" is accepted."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.notice import Answer, Verdict
from scheduler.channels import dingtalk_robot, feishu_robot, gateway, webhook, wecom_app, wecom_robot
from scheduler.channels.exchange import Reply

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.integers(), st.floats(), st.text(max_size=5))
CODES = st.one_of(SCALARS, st.sampled_from([0, "0", -1, 45009, 9499, 202, ""]), st.lists(SCALARS, max_size=2))
NAMES = ("errcode", "errmsg", "code", "msg", "StatusCode", "status", "retry", "provider_id", "invaliduser", "message")
DOCUMENTS = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), CODES, max_size=6), SCALARS, st.lists(SCALARS, max_size=3)
)
BODIES = st.one_of(DOCUMENTS.map(lambda found: json.dumps(found).encode()), st.binary(max_size=60))
STATUSES = st.one_of(
    st.sampled_from([200, 201, 202, 204, 302, 400, 401, 404, 410, 429, 500, 503]), st.integers(200, 599)
)


def zero(name: str, *, text: bool = False) -> Callable[[int, Any], bool]:
    """The vendor accepts with 0 in this field."""
    return lambda _status, found: (
        isinstance(found, dict)
        and ((type(found.get(name)) is int and found[name] == 0) or (text and found.get(name) == "0"))
    )


def queued(status: int, found: Any) -> bool:
    return status == 202 and isinstance(found, dict) and bool(str(found.get("provider_id", "")))


READERS: dict[str, tuple[Callable[[Reply], Answer], Callable[[int, Any], bool]]] = {
    "wecom_robot": (wecom_robot.read, zero("errcode")),
    "wecom_app": (lambda reply: wecom_app.read(reply, "wang"), zero("errcode")),
    "dingtalk_robot": (dingtalk_robot.read, zero("errcode", text=True)),
    "feishu_robot": (feishu_robot.read, zero("code")),
    "gateway": (lambda reply: gateway.read(reply, receipts=False), queued),
    "webhook": (webhook.read, lambda status, _found: 200 <= status < 300),
}


@pytest.mark.parametrize("kind", READERS)
@given(status=STATUSES, body=BODIES)
def test_nothing_else_is_accepted(kind: str, status: int, body: bytes) -> None:
    read, accepts = READERS[kind]
    answer = read(Reply(status, body))
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    assert answer.verdict is not Verdict.ACCEPTED or accepts(status, found)
    assert answer.verdict is not Verdict.QUEUED
    assert len(answer.text) <= 300
    assert answer.retry_after is None or 0 < answer.retry_after.total_seconds() <= 600


@given(status=STATUSES, body=BODIES)
def test_a_token_is_text_or_there_is_none(status: int, body: bytes) -> None:
    token, lives, answer = wecom_app.token_of(Reply(status, body))
    assert (token == "") == (answer is not None)
    assert answer is None or answer.verdict in (Verdict.REFUSED, Verdict.TRY_LATER)
    assert lives >= 0
