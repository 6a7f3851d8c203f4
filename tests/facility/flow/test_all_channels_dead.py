"""G7: no channel takes anything for ten minutes; afterwards everything is delivered within 30 s."""

import pytest

from facility.domain.notice import Answer, Notice, NoticeState, Verdict
from tests.harness.flow_stage import Stage

OUTAGE = 600  # seconds
RECOVERED = 30  # seconds


@pytest.mark.two_engines
@pytest.mark.parametrize("verdict", [Verdict.TRY_LATER, Verdict.UNKNOWN])
def test_after_ten_dead_minutes_everything_is_delivered_in_time(stage: Stage, verdict: Verdict) -> None:
    stage.answers = lambda notice: Answer(verdict, "ReadTimeout", "no answer within 15 s")
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    stage.opens("panel-1", "fire_alarm")
    for _ in range(0, OUTAGE, 5):
        stage.tick(5)
    assert stage.sent == []
    late = [alert for alert in stage.alerts() if "deadline_missed" in stage.events(alert.id)]
    assert 1 in {alert.level for alert in late}, "the breach is recorded"

    stage.answers = lambda notice: Answer(Verdict.ACCEPTED, "0")
    seconds = 0
    while not stage.sent:
        stage.tick()
        seconds += 1
    stage.tick()
    with stage.work.reading() as unit:
        assert unit.notices.waiting() == [], "the first that is accepted wakes all others of its channel"
    assert seconds + 1 <= RECOVERED
    told = [(notice.alert, notice.person, notice.channel) for notice in stage.sent if notice.alert]
    assert len(told) == len(set(told)) or verdict is Verdict.UNKNOWN, "one message a person, alert and channel"
    for alert in stage.alerts():
        assert NoticeState.SENT in stage.states_of(alert.id).values()


def test_a_channel_that_works_again_gets_what_waits_at_once(stage: Stage) -> None:
    dead = True

    def answers(notice: Notice) -> Answer:
        return Answer(Verdict.TRY_LATER if dead else Verdict.ACCEPTED)

    stage.answers = answers
    for asset, rule in (("panel-1", "fire_alarm"), ("pump-1", "pressure_low"), ("pump-2", "pressure_low")):
        stage.opens(asset, rule)
    stage.run(60)
    dead = False
    stage.opens("incomer-1", "breaker_tripped")  # a new message goes at once, and shows that the channel is well
    stage.run(4)
    with stage.work.reading() as unit:
        assert [notice.key for notice in unit.notices.waiting() if notice.channel == "wecom"] == []
