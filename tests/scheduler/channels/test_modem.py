"""The GSM modem over a pseudo-terminal pair: every error, a full SIM, no network, late prompts, garbage, a SIM that starts."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.notice import ChannelSpec, Verdict
from facility.ports import Channel, Outgoing
from scheduler.channels import modem as adapter
from scheduler.channels import open_channel
from scheduler.channels.exchange import NOT_REACHED
from scheduler.channels.modem import short
from scheduler.channels.pdu import submits, units
from tests.harness.modem import Modem, Script
from tests.scheduler.channels.stage import LINK, MESSAGE, NOW

SHORT = replace(MESSAGE, to="+86 138-0013-8000", text="停水", link="")


def modem(device: str, kind: str = "modem_sms", timeout: float = 5.0, **settings: object) -> Channel:
    wanted = {"device": device, **settings}
    return open_channel(ChannelSpec("m", kind, timeout=timedelta(seconds=timeout), settings=wanted), lambda: NOW)


def test_one_part_by_the_vector() -> None:
    with Modem() as one:
        answer = modem(one.device).send(SHORT)
    assert (answer.verdict, answer.code, answer.text) == (Verdict.ACCEPTED, "OK", "+CMGS: 12")
    assert one.messages == ["0011000D91683108108300F00008A704505C6C34"]
    assert one.commands[-2:] == ["AT+CMGF=0", "AT+CMGS=19"]


def test_parts() -> None:
    with Modem() as one:
        answer = modem(one.device).send(replace(SHORT, text="水" * 100, link=LINK))
    assert answer.verdict is Verdict.ACCEPTED
    assert len(one.messages) == 2


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        *((code, Verdict.TRY_LATER) for code in (38, 41, 42, 47, 314, 331, 332, 500, 512)),
        *((code, Verdict.REFUSED) for code in (304, 305, 310, 311, 313, 315, 330, 1, 21, 28)),
    ],
)
def test_errors_of_messages(error: int, verdict: Verdict) -> None:
    with Modem(Script(sent=[f"+CMS ERROR: {error}"])) as one:
        answer = modem(one.device).send(SHORT)
    assert (answer.verdict, answer.code) == (verdict, str(error))


def test_a_plain_error_is_tried_again() -> None:
    with Modem(Script(sent=["ERROR"])) as one:
        assert modem(one.device).send(SHORT).verdict is Verdict.TRY_LATER


def test_a_full_sim_is_emptied_and_the_message_goes() -> None:
    with Modem(Script(sent=["+CMS ERROR: 322", "+CMGS: 13\r\nOK"])) as one:
        assert modem(one.device).send(SHORT).verdict is Verdict.ACCEPTED
    assert "AT+CMGD=1,4" in one.commands
    assert len(one.messages) == 2
    with Modem(Script(sent=["+CMS ERROR: 322"])) as one:
        assert modem(one.device).send(SHORT).code == "322"


@pytest.mark.parametrize(
    ("creg", "cereg", "verdict", "code"),
    [
        ("+CREG: 0,2", "+CEREG: 0,2", Verdict.TRY_LATER, "no_network"),
        ("+CREG: 0,0", "ERROR", Verdict.TRY_LATER, "no_network"),
        ("+CREG: 0,3", "+CEREG: 0,3", Verdict.REFUSED, "denied"),
        ("+CREG: 0,5", "ERROR", Verdict.ACCEPTED, "OK"),
        ('+CREG: 2,1,"1A2B","01C3",7', "ERROR", Verdict.ACCEPTED, "OK"),
        ("+CREG: 0,0", "+CEREG: 0,1", Verdict.ACCEPTED, "OK"),
        ("+CREG: 0,6", "+CEREG: 0,0", Verdict.ACCEPTED, "OK"),
    ],
)
def test_networks(creg: str, cereg: str, verdict: Verdict, code: str) -> None:
    script = Script(creg=[f"{creg}\r\nOK"], cereg=["ERROR" if cereg == "ERROR" else f"{cereg}\r\nOK"])
    with Modem(script) as one:
        answer = modem(one.device).send(SHORT)
    assert (answer.verdict, answer.code) == (verdict, code)
    assert bool(one.messages) == (verdict is Verdict.ACCEPTED)


def test_a_sim_that_is_starting_is_waited_for() -> None:
    with Modem(Script(pin=["+CME ERROR: 14", "+CME ERROR: 14", "+CPIN: READY\r\nOK"])) as one:
        assert modem(one.device).send(SHORT).verdict is Verdict.ACCEPTED
    with Modem(Script(pin=["+CME ERROR: 14"])) as one:
        answer = modem(one.device, timeout=1.5).send(SHORT)
    assert (answer.verdict, answer.code) == (Verdict.TRY_LATER, "14")


@pytest.mark.parametrize("pin", ["+CME ERROR: 10", "+CME ERROR: 13", "+CPIN: SIM PIN\r\nOK"])
def test_without_a_usable_sim(pin: str) -> None:
    with Modem(Script(pin=[pin])) as one:
        assert modem(one.device).send(SHORT).verdict is Verdict.REFUSED
    assert one.messages == []


def test_a_late_prompt_garbage_and_a_modem_that_wakes_slowly() -> None:
    script = Script(prompt=["0.6 > "], garbage='\r\n+CMTI: "SM",3\r\nRING\x00\xff\r\n^RSSI:19', deaf=1)
    with Modem(script) as one:
        assert modem(one.device).send(SHORT).verdict is Verdict.ACCEPTED
    assert len(one.messages) == 1


def test_without_a_prompt_nothing_was_sent() -> None:
    with Modem(Script(prompt=[""])) as one:
        answer = modem(one.device, timeout=1.0).send(SHORT)
    assert (answer.verdict, answer.code, one.messages) == (Verdict.TRY_LATER, "silent", [])


def test_an_error_instead_of_the_prompt() -> None:
    with Modem(Script(prompt=["+CMS ERROR: 330"])) as one:
        answer = modem(one.device).send(SHORT)
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, "330")


@pytest.mark.parametrize("sent", ["", "OK"])
def test_a_message_without_a_result_is_unknown(sent: str) -> None:
    with Modem(Script(sent=[sent])) as one:
        answer = modem(one.device, timeout=1.5).send(SHORT)
    assert (answer.verdict, len(one.messages)) == (Verdict.UNKNOWN, 1)


def test_a_prompt_left_open_by_a_broken_attempt_is_left() -> None:
    with Modem() as one:
        one._waiting = "AT+CMGS=19"
        assert modem(one.device).send(SHORT).verdict is Verdict.ACCEPTED
    assert one.messages == ["0011000D91683108108300F00008A704505C6C34"]


def test_a_late_answer_is_not_taken_for_that_of_the_next_command() -> None:
    with Modem(Script(pin=["OK", "+CPIN: READY\r\nOK"])) as one:
        assert modem(one.device).send(SHORT).verdict is Verdict.ACCEPTED
    assert len(one.messages) == 1


def test_parts_that_have_gone_are_not_sent_again() -> None:
    two = replace(SHORT, text="水" * 100)
    with Modem(Script(sent=["+CMGS: 1\r\nOK", "+CMS ERROR: 331", "+CMGS: 2\r\nOK"])) as one:
        subject = modem(one.device)
        assert subject.send(two).verdict is Verdict.TRY_LATER
        assert subject.send(replace(two, text="other words by now" * 5)).verdict is Verdict.ACCEPTED
    first, failed, second = one.messages
    assert (failed, first != second) == (second, True)


def test_a_modem_that_is_silent_or_away(tmp_path: Path) -> None:
    with Modem(Script(deaf=10**6)) as one:
        answer = modem(one.device, timeout=0.6).send(SHORT)
    assert (answer.verdict, answer.code) == (Verdict.TRY_LATER, "silent")
    answer = modem(str(tmp_path / "ttyNONE")).send(SHORT)
    assert (answer.verdict, answer.text) == (Verdict.TRY_LATER, NOT_REACHED)


@pytest.mark.parametrize("kind", ["modem_sms", "modem_call"])
@pytest.mark.parametrize("to", ["", "WangQiang", "1380013;ATH"])
def test_numbers_that_are_none(kind: str, to: str) -> None:
    with Modem() as one:
        assert modem(one.device, kind).send(replace(SHORT, to=to)).code == "no_address"
    assert one.commands == []


def test_one_conversation_at_a_time() -> None:
    with Modem() as one:
        subject = modem(one.device, timeout=0.3)
        with adapter._LOCKS[one.device]:
            assert subject.send(SHORT).code == "in_use"
        assert modem(one.device).send(SHORT).verdict is Verdict.ACCEPTED


DIALLING, RINGING, ACTIVE = (f'+CLCC: 1,0,{state},0,0,"13800138000",129\r\n\r\nOK' for state in (2, 3, 0))


@pytest.mark.parametrize(
    ("calls", "verdict", "code", "words"),
    [
        ([DIALLING, RINGING, ACTIVE], Verdict.ACCEPTED, "answered", "answered"),
        ([DIALLING, RINGING, "OK"], Verdict.TRY_LATER, "ended", "it rang"),
        ([DIALLING, "NO CARRIER"], Verdict.TRY_LATER, "NO CARRIER", "did not come through"),
        ([DIALLING, RINGING, "BUSY"], Verdict.TRY_LATER, "BUSY", "it rang"),
        ([RINGING, "NO ANSWER"], Verdict.TRY_LATER, "NO ANSWER", "it rang"),
        ([RINGING], Verdict.TRY_LATER, "NO ANSWER", "it rang"),
        (["+CME ERROR: 30"], Verdict.REFUSED, "30", "CME"),
    ],
)
def test_calls(calls: list[str], verdict: Verdict, code: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(adapter, "HELD", 0.1)
    with Modem(Script(calls=calls)) as one:
        answer = modem(one.device, "modem_call", 1.2).send(SHORT)
    assert (answer.verdict, answer.code) == (verdict, code)
    assert words in answer.text
    assert "ATD+8613800138000;" in one.commands
    assert one.commands[-1] == "AT+CHUP"


@pytest.mark.parametrize(("dial", "code"), [("BUSY", "BUSY"), ("NO DIALTONE", "NO DIALTONE"), ("ERROR", "ERROR")])
def test_a_call_that_does_not_begin(dial: str, code: str) -> None:
    with Modem(Script(dial=[dial])) as one:
        answer = modem(one.device, "modem_call").send(SHORT)
    assert (answer.verdict, answer.code) == (Verdict.TRY_LATER, code)


@given(st.text(max_size=400), st.integers(1, 4))
def test_a_message_never_takes_more_parts(text: str, parts: int) -> None:
    link = LINK if parts > 1 else ""
    said = short(Outgoing("k", "10086", "t", text, link, 1), parts)
    assert len(submits("10086", said, 0)) <= parts
    assert said.endswith(link)
    assert units(said) <= 67 * parts + 3
