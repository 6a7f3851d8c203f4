"""A test message goes by its channel alone, once, and keeps the channel's own answer. A long rest hands on at once."""

from datetime import timedelta

import pytest

from facility.domain.condition import EdgeKind
from facility.domain.notice import Answer, NoticeState, Verdict
from facility.flow.try_channel import try_channel
from tests.harness.flow_stage import Stage


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.ACCEPTED, NoticeState.SENT),
        (Verdict.REFUSED, NoticeState.FAILED),
        (Verdict.TRY_LATER, NoticeState.FAILED),
        (Verdict.UNKNOWN, NoticeState.FAILED),
        (Verdict.QUEUED, NoticeState.WAITING),
    ],
)
def test_once_and_alone(stage: Stage, verdict: Verdict, state: NoticeState) -> None:
    stage.answers = lambda _notice: Answer(verdict, "93000", "invalid webhook url")
    with stage.work.writing() as unit:
        queued = try_channel(unit, "wecom", unit.people.all()[0].id, "t1", stage.now)
    stage.run(40)
    with stage.work.reading() as unit:
        found = unit.notices.get(queued.id)
        waiting = unit.notices.waiting()
    assert (found.state, found.answer_code, found.answer_text) == (state, "93000", "invalid webhook url")
    assert [notice.id for notice in waiting] == ([queued.id] if state is NoticeState.WAITING else [])
    assert found.attempts == 1 or verdict is Verdict.QUEUED


@pytest.mark.parametrize(("rest", "channels"), [(60, ["wecom", "hook"]), (10, ["wecom"])])
def test_what_rests_long_goes_by_the_next_channel_at_once(stage: Stage, rest: int, channels: list[str]) -> None:
    stage.answers = lambda notice: (
        Answer(Verdict.TRY_LATER, "45009", "limit", timedelta(seconds=rest)) if notice.channel == "wecom" else None
    )
    stage.edge(EdgeKind.OPENED, "incomer-1", "no_voltage")
    stage.edge(EdgeKind.OPENED, "incomer-2", "no_voltage")
    stage.run(8)
    alert = next(alert.id for alert in stage.alerts() if alert.level == 1)
    assert [notice.channel for notice in stage.notices(alert)] == channels
