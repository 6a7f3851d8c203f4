"""What answers say of a channel, and the month that vendors count."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from facility.domain.channel import ChannelHealth
from facility.domain.notice import Answer, ChannelSpec, Verdict
from scheduler.channels.exchange import NOT_REACHED
from scheduler.health import figures, learned, month_of, used_in

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
FRESH = ChannelHealth("wecom")


@pytest.mark.parametrize(
    ("answer", "works", "counts"),
    [
        (Answer(Verdict.ACCEPTED, "0"), True, True),
        (Answer(Verdict.QUEUED, "202"), True, True),
        (Answer(Verdict.REFUSED, "93000", "bad key"), False, True),
        (Answer(Verdict.UNKNOWN, "ReadTimeout"), False, True),
        (Answer(Verdict.TRY_LATER, "ConnectError", NOT_REACHED), False, False),
        (Answer(Verdict.REFUSED, "secret_file"), False, False),
        (Answer(Verdict.REFUSED, "no_address", personal=True), None, False),
        (Answer(Verdict.REFUSED, "invaliduser", personal=True), None, True),
        (Answer(Verdict.TRY_LATER, "month_limit", personal=True), None, False),
    ],
)
def test_an_answer_teaches(answer: Answer, works: bool | None, counts: bool) -> None:
    after = learned(FRESH, answer, NOW, "2026-11")
    assert after.accepted_at == (NOW if works else None)
    assert after.failing_since == (NOW if works is False else None)
    assert after.refused_code == (answer.code if works is False else "")
    assert after.used_in("2026-11") == int(counts)


def test_failing_since_the_first_and_until_the_next_accepted() -> None:
    refused, accepted = Answer(Verdict.REFUSED, "93000"), Answer(Verdict.ACCEPTED, "0")
    health = learned(FRESH, refused, NOW, "2026-11")
    health = learned(health, Answer(Verdict.TRY_LATER, "45009"), NOW + timedelta(minutes=5), "2026-11")
    assert (health.failing_since, health.refused_code) == (NOW, "45009")
    health = learned(health, accepted, NOW + timedelta(minutes=9), "2026-11")
    assert (health.failing_since, health.refused_code) == (None, "45009")


def test_a_month_begins_where_the_site_is() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert month_of(datetime(2026, 11, 30, 15, 59, tzinfo=UTC), zone) == "2026-11"
    assert month_of(datetime(2026, 11, 30, 16, 0, tzinfo=UTC), zone) == "2026-12"
    health = learned(FRESH, Answer(Verdict.ACCEPTED), NOW, "2026-11")
    assert used_in([health], "2026-12") == {"wecom": 0}
    assert learned(health, Answer(Verdict.ACCEPTED), NOW, "2026-12").used == 1


def test_figures() -> None:
    specs = {"ding": ChannelSpec("ding", "dingtalk_robot"), "hook": ChannelSpec("hook", "webhook")}
    health = learned(ChannelHealth("ding"), Answer(Verdict.REFUSED, "310000"), NOW, "2026-11")
    assert figures(specs, [health], NOW + timedelta(seconds=90), "2026-11") == {
        'facility_channel_failing_seconds{channel="ding"}': 90.0,
        'facility_channel_used_this_month{channel="ding"}': 1,
        'facility_channel_month_limit{channel="ding"}': 3000,
        'facility_channel_failing_seconds{channel="hook"}': 0.0,
        'facility_channel_used_this_month{channel="hook"}': 0,
    }
