"""WeCom's app message: the token's life, who is reached, and what the vendor would drop without a word."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.notice import Verdict
from facility.ports import Channel, Outgoing
from scheduler.channels.layout import fitted
from tests.harness.vendor import Vendor, says
from tests.scheduler.channels.stage import BROKEN, LINK, MESSAGE, channel

TOKEN, SEND = "/cgi-bin/gettoken", "/cgi-bin/message/send"
GOOD = says(200, {"errcode": 0, "errmsg": "ok", "access_token": "tok-1", "expires_in": 7200})
OTHER = says(200, {"errcode": 0, "errmsg": "ok", "access_token": "tok-2", "expires_in": 7200})
TO_WANG = replace(MESSAGE, to="WangQiang")


def app(vendor: Vendor, folder: Path, timeout: float = 2.0) -> Channel:
    return channel("wecom_app", vendor.base, folder, "app-secret", timeout, corp_id="ww1", agent_id=1000002)


def vendor_of(*sends: str, tokens: tuple[str, ...] = (GOOD,)) -> Vendor:
    vendor = Vendor()
    vendor.script = {TOKEN: list(tokens), SEND: list(sends)}
    return vendor


def paths(vendor: Vendor) -> list[str]:
    return [request.path.partition("?")[0] for request in vendor.received]


@pytest.mark.parametrize(
    ("answer", "verdict", "code", "rest"),
    [
        ({"errcode": 0, "errmsg": "ok"}, Verdict.ACCEPTED, "0", None),
        ({"errcode": 0, "invaliduser": "LiWei|Other"}, Verdict.ACCEPTED, "0", None),
        ({"errcode": 0, "invaliduser": "LiWei|wangqiang"}, Verdict.REFUSED, "invaliduser", None),
        ({"errcode": 0, "unlicenseduser": "WangQiang"}, Verdict.REFUSED, "unlicenseduser", None),
        *(
            ({"errcode": code}, Verdict.REFUSED, str(code), None)
            for code in (81013, 60020, 40056, 301002, 40001, 40058)
        ),
        *(({"errcode": code}, Verdict.TRY_LATER, str(code), timedelta(minutes=1)) for code in (-1, 45009, 45033)),
        ({"errmsg": "ok"}, Verdict.UNKNOWN, "no_errcode", None),
        ({"errcode": "0"}, Verdict.UNKNOWN, "no_errcode", None),
    ],
)
def test_verdicts(answer: object, verdict: Verdict, code: str, rest: timedelta | None, tmp_path: Path) -> None:
    with vendor_of(says(200, answer)) as vendor:
        given_answer = app(vendor, tmp_path).send(TO_WANG)
    assert (given_answer.verdict, given_answer.code, given_answer.retry_after) == (verdict, code, rest)


@pytest.mark.parametrize(("behaviour", "verdict"), BROKEN)
def test_broken_answers(behaviour: str, verdict: Verdict, tmp_path: Path) -> None:
    with vendor_of(behaviour) as vendor:
        assert app(vendor, tmp_path, 0.4).send(TO_WANG).verdict is verdict


@pytest.mark.parametrize("behaviour", [name for name, _ in BROKEN if name not in ("not_found", "redirect")])
def test_without_a_token_nothing_was_sent(behaviour: str, tmp_path: Path) -> None:
    with vendor_of(tokens=(behaviour,)) as vendor:
        assert app(vendor, tmp_path, 0.4).send(TO_WANG).verdict is Verdict.TRY_LATER
        assert paths(vendor) == [TOKEN]


@pytest.mark.parametrize("code", [40001, 40013, 40091])
def test_a_refused_secret(code: int, tmp_path: Path) -> None:
    with vendor_of(tokens=(says(200, {"errcode": code, "errmsg": "invalid app-secret"}),)) as vendor:
        answer = app(vendor, tmp_path).send(TO_WANG)
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, str(code))
    assert "app-secret" not in answer.text


def test_one_token_for_many_messages(tmp_path: Path) -> None:
    with vendor_of() as vendor:
        subject = app(vendor, tmp_path)
        for number in range(3):
            assert subject.send(replace(TO_WANG, key=str(number))).verdict is Verdict.ACCEPTED
        assert paths(vendor) == [TOKEN, SEND, SEND, SEND]
        assert vendor.received[0].path == f"{TOKEN}?corpid=ww1&corpsecret=app-secret"
        assert vendor.received[1].path == f"{SEND}?access_token=tok-1"


@pytest.mark.parametrize("code", [40014, 42001, 42007, 42009])
def test_a_spent_token_is_renewed_once(code: int, tmp_path: Path) -> None:
    spent = says(200, {"errcode": code, "errmsg": "access_token expired"})
    with vendor_of(spent, tokens=(GOOD, OTHER)) as vendor:
        assert app(vendor, tmp_path).send(TO_WANG).verdict is Verdict.ACCEPTED
        assert vendor.received[-1].path == f"{SEND}?access_token=tok-2"
    with vendor_of(spent, spent, tokens=(GOOD, OTHER)) as vendor:
        assert app(vendor, tmp_path).send(TO_WANG).verdict is Verdict.TRY_LATER
        assert paths(vendor) == [TOKEN, SEND, TOKEN, SEND]


def test_a_repetition_is_equal_so_that_it_shows_once(tmp_path: Path) -> None:
    with vendor_of("reset") as vendor:
        subject = app(vendor, tmp_path)
        subject.send(TO_WANG)
        subject.send(replace(TO_WANG, text="另一个时间", link="http://f.test/a/later"))
        first, second = vendor.received[1:]
    assert first.body == second.body
    assert first.json["enable_duplicate_check"] == 1
    assert first.json["touser"] == "WangQiang"
    assert first.json["agentid"] == 1000002


def test_a_persons_surplus_waits(tmp_path: Path) -> None:
    with vendor_of() as vendor:
        subject = app(vendor, tmp_path)
        answers = [subject.send(replace(TO_WANG, key=str(number))) for number in range(31)]
        other = subject.send(replace(TO_WANG, to="LiWei"))
    assert [answer.verdict for answer in answers[:30]] == [Verdict.ACCEPTED] * 30
    assert (answers[30].verdict, answers[30].code, answers[30].personal) == (Verdict.TRY_LATER, "person_limit", True)
    assert other.verdict is Verdict.ACCEPTED


def test_without_an_address(tmp_path: Path) -> None:
    with vendor_of() as vendor:
        assert app(vendor, tmp_path).send(replace(MESSAGE, to="")).code == "no_address"
        assert vendor.received == []


@given(st.text(max_size=3000))
def test_a_text_is_never_too_long(text: str) -> None:
    said = fitted(Outgoing("k", "u", "t", text, LINK, 1), 2048, tail=[LINK])
    assert len(said.encode()) <= 2048
    assert said.endswith(LINK)
