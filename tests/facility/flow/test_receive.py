"""Receipts of gateways: they prove, they hand on, they acknowledge; they repeat and may come first."""

from datetime import timedelta

import pytest

from facility.domain.alert import AlertState
from facility.domain.condition import EdgeKind
from facility.domain.errors import NotFound
from facility.domain.notice import Answer, Notice, NoticeState, Verdict
from facility.domain.receipt import ReceiptState
from facility.flow.receive import receive
from facility.flow.settle import settle
from tests.harness.flow_stage import Stage

QUEUED = Answer(Verdict.QUEUED, "202", "queued as p-1", timedelta(seconds=60))


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """An alert of level 1 whose first message is with a gateway."""
    stage.answers = lambda notice: QUEUED if notice.channel == "wecom" else Answer(Verdict.TRY_LATER, "busy")
    stage.edge(EdgeKind.OPENED, "incomer-1", "no_voltage")
    stage.edge(EdgeKind.OPENED, "incomer-2", "no_voltage")
    for _ in range(10):
        stage.tick()
    return stage


def the_alert(stage: Stage) -> int:
    return next(alert.id for alert in stage.alerts() if alert.level == 1)


def told(stage: Stage) -> Notice:
    return stage.notices(the_alert(stage))[0]


def report(stage: Stage, state: ReceiptState, key: str = "", channel: str = "wecom", notice: str = "") -> bool:
    with stage.work.writing() as unit:
        id = notice or told(stage).key
        return receive(stage.site, unit, channel, id, state, key, stage.now, stage.now)


def met(stage: Stage) -> bool:
    with stage.work.reading() as unit:
        return unit.alerts.deadline(the_alert(stage)).met_at is not None


def test_queued_is_no_proof(stage: Stage) -> None:
    assert (told(stage).state, told(stage).attempts, met(stage)) == (NoticeState.WAITING, 1, False)


def test_what_is_queued_goes_by_the_next_channel_after_half_a_minute(stage: Stage) -> None:
    assert len(stage.notices(the_alert(stage))) == 1
    stage.run(31)
    assert [notice.channel for notice in stage.notices(the_alert(stage))][:2] == ["wecom", "hook"]


@pytest.mark.parametrize("state", [ReceiptState.DELIVERED, ReceiptState.ANSWERED])
def test_the_receipt_is_the_proof_and_counts_once(stage: Stage, state: ReceiptState) -> None:
    assert report(stage, state)
    assert not report(stage, state)
    assert (told(stage).state, told(stage).answer_code, met(stage)) == (NoticeState.SENT, state.value, True)
    assert stage.events(the_alert(stage)).count("told") == 1
    with stage.work.reading() as unit:
        assert [receipt.state for receipt in unit.receipts.of_notice(told(stage).id)] == [state]


def test_a_receipt_that_comes_before_the_answer(stage: Stage) -> None:
    waiting = told(stage)
    assert report(stage, ReceiptState.DELIVERED)
    with stage.work.writing() as unit:
        settle(stage.site, unit, waiting, QUEUED, stage.now)
    assert told(stage).state is NoticeState.SENT


@pytest.mark.parametrize("state", [ReceiptState.FAILED, ReceiptState.UNANSWERED])
def test_an_undelivered_message_goes_by_the_next_channel(stage: Stage, state: ReceiptState) -> None:
    assert report(stage, state)
    first, second = stage.notices(the_alert(stage))[:2]
    assert (first.state, second.channel, met(stage)) == (NoticeState.FAILED, "hook", False)


def test_what_was_accepted_and_then_failed_is_handed_on(stage: Stage) -> None:
    with stage.work.writing() as unit:
        settle(stage.site, unit, told(stage), Answer(Verdict.ACCEPTED, "202"), stage.now)
    assert report(stage, ReceiptState.FAILED)
    assert [notice.channel for notice in stage.notices(the_alert(stage))] == ["wecom", "hook"]
    assert "refused" in stage.events(the_alert(stage))


def test_failed_after_delivered_changes_nothing(stage: Stage) -> None:
    report(stage, ReceiptState.DELIVERED)
    report(stage, ReceiptState.FAILED)
    assert [notice.channel for notice in stage.notices(the_alert(stage))] == ["wecom"]


def test_delivered_after_failed_is_proof(stage: Stage) -> None:
    report(stage, ReceiptState.FAILED)
    report(stage, ReceiptState.DELIVERED)
    assert met(stage)


def test_a_key_acknowledges(stage: Stage) -> None:
    report(stage, ReceiptState.ANSWERED, "1")
    (alert,) = [alert for alert in stage.alerts() if alert.level == 1]
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACTIVE_ACKNOWLEDGED, told(stage).person)
    assert report(stage, ReceiptState.ANSWERED, "2")
    assert not report(stage, ReceiptState.ANSWERED, "1")


def test_a_key_without_an_answered_call_acknowledges_nothing(stage: Stage) -> None:
    report(stage, ReceiptState.UNANSWERED, "1")
    assert [alert.state for alert in stage.alerts() if alert.level == 1] == [AlertState.ACTIVE_UNACKNOWLEDGED]


@pytest.mark.parametrize(("channel", "notice"), [("hook", ""), ("wecom", "alert:999:0:1:wecom")])
def test_foreign_ids_are_not_found(stage: Stage, channel: str, notice: str) -> None:
    with pytest.raises(NotFound):
        report(stage, ReceiptState.DELIVERED, channel=channel, notice=notice)
