"""The sender: a hanging channel blocks nobody else, limits are kept, a lane stays open for level 1."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from facility.domain.notice import Answer, ChannelSpec, Notice, Verdict
from facility.domain.text import Message
from facility.ports import Outgoing
from scheduler.channels.exchange import NOT_REACHED
from scheduler.sender import AT_ONCE, Outcome, Pace, Sender
from tests.harness.flow_stage import START
from tests.harness.moved_time import Time
from tests.harness.wait import until


class Vendor:
    """A channel that answers as told; while `closed`, it hangs."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.opened.set()
        self.answer = Answer(Verdict.ACCEPTED)
        self.sent: list[str] = []

    def send(self, outgoing: Outgoing) -> Answer:
        self.sent.append(outgoing.key)
        self.opened.wait(20)
        return self.answer


@pytest.fixture
def vendors() -> Iterator[dict[str, Vendor]]:
    made = {"wecom": Vendor(), "hook": Vendor()}
    yield made
    for vendor in made.values():
        vendor.opened.set()


def make(vendors: dict[str, Vendor], time: Time, *, leading: bool = True) -> Sender:
    specs = {"wecom": ChannelSpec("wecom", "wecom_robot"), "hook": ChannelSpec("hook", "webhook")}
    return Sender(specs, lambda spec: vendors[spec.id], time, lambda: leading)


def notices(count: int, channel: str = "wecom", level: int = 2, first: int = 1) -> list[Notice]:
    one = Notice(0, "", 1, channel, Message("notices.alert"), level, START, START)
    return [replace(one, id=first + n, key=f"{channel}-{first + n}") for n in range(count)]


def outgoing(notice: Notice) -> Outgoing:
    return Outgoing(notice.key, "", "t", "t", "", notice.level)


def drain(sender: Sender, count: int) -> list[tuple[str, Verdict | None]]:
    ended = []

    def more() -> bool:
        for outcome in sender.outcomes():
            ended.append((outcome.notice.key, outcome.answer.verdict if outcome.answer else None))
            sender.release(outcome)
        return len(ended) >= count

    until(more, f"{count} outcomes")
    return ended


def send_all(sender: Sender, wanted: list[Notice]) -> list[str]:
    """Offer until nothing more goes; returns the keys that went."""
    went: list[str] = []
    left = list(wanted)
    while True:
        sender.offer(left, outgoing)
        if not sender.on_their_way:
            return went
        done = [key for key, _ in drain(sender, sender.on_their_way)]
        went += done
        left = [notice for notice in left if notice.key not in done]


def test_a_hanging_channel_blocks_no_other(vendors: dict[str, Vendor]) -> None:
    sender = make(vendors, Time())
    vendors["wecom"].opened.clear()
    sender.offer([*notices(10), *notices(1, "hook", first=100)], outgoing)
    assert drain(sender, 1) == [("hook-100", Verdict.ACCEPTED)]
    until(lambda: len(vendors["wecom"].sent) == AT_ONCE - 1, "the lane is full but for level 1")
    sender.offer(notices(1, level=1, first=50), outgoing)
    until(lambda: "wecom-50" in vendors["wecom"].sent, "level 1 has its own place")


def test_a_notice_on_its_way_is_not_sent_again(vendors: dict[str, Vendor]) -> None:
    sender = make(vendors, Time())
    vendors["wecom"].opened.clear()
    for _ in range(3):
        sender.offer(notices(1), outgoing)
    vendors["wecom"].opened.set()
    until(lambda: vendors["wecom"].sent, "it was sent")
    (outcome,) = until(sender.outcomes, "it was answered")
    sender.offer(notices(1), outgoing)
    assert vendors["wecom"].sent == ["wecom-1"], "claimed until its outcome is stored"
    sender.release(outcome)
    assert sender.on_their_way == 0


def test_the_vendors_limit_is_never_passed_and_level_1_has_its_share(vendors: dict[str, Vendor]) -> None:
    time = Time()
    sender = make(vendors, time)
    assert len(send_all(sender, notices(40))) == 15
    assert len(send_all(sender, notices(40, level=1, first=100))) == 5
    time.at += 59
    assert send_all(sender, notices(1, level=1, first=200)) == []
    time.at += 2
    assert len(send_all(sender, notices(40, first=300))) == 15


def test_a_mornings_orders_leave_alerts_their_channel(vendors: dict[str, Vendor]) -> None:
    time = Time()
    sender = make(vendors, time)
    assert len(send_all(sender, notices(27, level=3))) == 10
    alerts = [replace(notice, alert=7) for notice in notices(3, level=3, first=50)]
    assert len(send_all(sender, alerts)) == 3, "an alert of level 3 is no order"
    assert len(send_all(sender, notices(9, level=2, first=100))) == 2
    assert len(send_all(sender, notices(9, level=1, first=200))) == 5
    time.at += 61
    assert len(send_all(sender, notices(27, level=3, first=300))) == 10


def test_after_a_rate_limit_the_channel_rests(vendors: dict[str, Vendor]) -> None:
    time = Time()
    sender = make(vendors, time)
    vendors["wecom"].answer = Answer(Verdict.TRY_LATER, "45009", retry_after=timedelta(seconds=60))
    assert len(send_all(sender, notices(1))) == 1
    assert send_all(sender, notices(1, level=1, first=2)) == []
    assert send_all(sender, notices(1, "hook", first=3)) == ["hook-3"]
    time.at += 61
    assert send_all(sender, notices(1, level=1, first=2)) == ["wecom-2"]


def test_who_may_lead_no_more_sends_nothing(vendors: dict[str, Vendor]) -> None:
    sender = make(vendors, Time(), leading=False)
    sender.offer(notices(1), outgoing)
    assert drain(sender, 1) == [("wecom-1", None)]
    assert vendors["wecom"].sent == []


def test_a_channel_that_is_gone_and_a_person_who_is_gone_are_refused(vendors: dict[str, Vendor]) -> None:
    sender = make(vendors, Time())
    sender.offer(notices(1, "pager"), outgoing)
    assert drain(sender, 1) == [("pager-1", Verdict.REFUSED)]
    sender.offer(notices(1), lambda _notice: None)
    assert drain(sender, 1) == [("wecom-1", Verdict.REFUSED)]


def test_a_channel_with_a_fault_may_have_sent(vendors: dict[str, Vendor], caplog: pytest.LogCaptureFixture) -> None:
    def fails(_outgoing: Outgoing) -> Answer:
        raise ZeroDivisionError

    vendors["wecom"].send = fails  # type: ignore[method-assign]
    sender = make(vendors, Time())
    sender.offer(notices(1), outgoing)
    assert drain(sender, 1) == [("wecom-1", Verdict.UNKNOWN)]
    assert "channel wecom failed" in caplog.text


def test_no_limit_is_no_limit() -> None:
    pace = Pace(0)
    for _ in range(100):
        assert pace.allows(notices(1, level=3)[0], 1.0)
        pace.count(1.0)


def test_what_never_reached_the_vendor_uses_up_no_limit(vendors: dict[str, Vendor]) -> None:
    sender = make(vendors, Time())
    vendors["wecom"].answer = Answer(Verdict.TRY_LATER, "ConnectError", NOT_REACHED)
    assert len(send_all(sender, notices(40))) == 40
    vendors["wecom"].answer = Answer(Verdict.ACCEPTED)
    assert len(send_all(sender, notices(40))) == 15


def test_what_is_left_of_the_month_is_for_level_1(vendors: dict[str, Vendor]) -> None:
    spec = ChannelSpec("ding", "dingtalk_robot", settings={"per_month": 100})
    sender = Sender({"ding": spec}, lambda _spec: vendors["wecom"], Time(), lambda: True)
    for used, level, sent in [(89, 2, True), (90, 2, False), (90, 1, True), (500, 1, True), (500, 3, False)]:
        sender.count_month({"ding": used})
        sender.offer(notices(1, "ding", level), outgoing)
        (outcome,) = ended(sender)
        assert (outcome.answer.verdict is Verdict.ACCEPTED) == sent, (used, level)
        assert sent or (outcome.answer.code, outcome.answer.personal) == ("month_limit", True)
        sender.release(outcome)
    assert len(vendors["wecom"].sent) == 3


def test_a_person_who_is_put_off_does_not_stop_the_lane(vendors: dict[str, Vendor]) -> None:
    sender = make(vendors, Time())
    vendors["hook"].answer = Answer(Verdict.TRY_LATER, "NO ANSWER", "", timedelta(minutes=1), personal=True)
    sender.offer(notices(1, "hook"), outgoing)
    sender.release(*ended(sender))
    sender.offer(notices(1, "hook", first=2), outgoing)
    assert len(ended(sender)) == 1


def test_a_modem_has_one_place_for_level_1(vendors: dict[str, Vendor]) -> None:
    vendors["wecom"].opened.clear()
    spec = ChannelSpec("sms", "modem_sms")
    sender = Sender({"sms": spec}, lambda _spec: vendors["wecom"], Time(), lambda: True)
    sender.offer([*notices(3, "sms", 2), *notices(3, "sms", 1, first=4)], outgoing)
    assert sender.on_their_way == 2


def ended(sender: Sender) -> list[Outcome]:
    found: list[Outcome] = []

    def more() -> bool:
        found.extend(sender.outcomes())
        return bool(found)

    until(more, "an outcome")
    return found
