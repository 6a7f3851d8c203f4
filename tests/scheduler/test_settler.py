"""The settler: what was answered together is one transaction, what cannot be stored keeps nothing else, and nothing is stored twice."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from facility.domain.errors import LeaseLost, StoreUnavailable
from facility.domain.notice import Answer, ChannelSpec, Notice, NoticeState, Verdict
from facility.domain.text import Message
from facility.ports import Outgoing, WorkUnit
from facility.store.sql import SqlWork
from scheduler import settler
from scheduler.lease import NAME
from scheduler.sender import AT_ONCE, Sender
from scheduler.settler import Settler
from tests.harness.flow_stage import START
from tests.harness.moved_time import Time
from tests.harness.small_site import small_site, staff
from tests.harness.wait import until


class Accepts:
    """A channel that takes everything, once it is open."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.answers: dict[str, Answer] = {}

    def send(self, outgoing: Outgoing) -> Answer:
        self.opened.wait(20)
        return self.answers.get(outgoing.key, Answer(Verdict.ACCEPTED, "0"))


class Desk:
    """Outbox, sender and settler of a leader whose work database can be away."""

    def __init__(self, work: SqlWork) -> None:
        self.work, self.time, self.channel = work, Time(), Accepts()
        self.away = False
        self.transactions = 0
        self.keys: list[str] = []
        with work.writing() as unit:
            lease = unit.leases.seize(NAME, "here:1:1", None)
            assert lease is not None
            self.person = unit.people.put(staff()[0]).id
        self.epoch = lease.epoch
        specs = {id: ChannelSpec(id, "webhook") for id in ("hook", "wecom")}
        self.sender = Sender(specs, lambda _spec: self.channel, self.time, lambda: True)
        self.settler = Settler(small_site(), self.sender, self.writing, self.time)

    def writing(self) -> AbstractContextManager[WorkUnit]:
        if self.away:
            raise StoreUnavailable("work", "away", "wait")
        self.transactions += 1
        return self.work.writing(self.epoch)

    def notice(self, key: str, channel: str) -> Notice:
        return Notice(0, key, self.person, channel, Message("notices.alert"), 1, START, START)

    def answered(self, count: int, channel: str = "hook", *gone: Notice) -> None:
        """So many level-1 notices are sent and answered at one time, after those that are in no outbox."""
        keys = [f"{channel}:{number}:{channel}" for number in range(count)]
        self.keys += keys
        with self.work.writing() as unit:
            for key in keys:
                unit.notices.add(self.notice(key, channel))
        with self.work.reading() as unit:
            due = unit.notices.due(self.time.now(), self.sender.most_at_once)
        self.channel.opened.clear()
        self.sender.offer([*gone, *due], lambda notice: Outgoing(notice.key, "", "t", "t", "", notice.level))
        self.channel.opened.set()
        until(lambda: not any(each.name.startswith("send ") for each in threading.enumerate()), "all are answered")

    def outbox(self) -> list[tuple[NoticeState, int]]:
        """State and attempts of each notice."""
        with self.work.reading() as unit:
            notices = [unit.notices.by_key(key) for key in self.keys]
        return [(notice.state, notice.attempts) for notice in notices]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    work = SqlWork(f"sqlite:///{tmp_path / 'work.db'}", "small")
    work.prepare()
    yield Desk(work)
    work.close()


SENT_ONCE = (NoticeState.SENT, 1)


def test_answers_that_came_together_are_one_transaction_and_a_lone_one_waits_for_none(desk: Desk) -> None:
    desk.answered(AT_ONCE)
    assert desk.settler.settle()
    assert desk.transactions == 1
    desk.answered(1, "wecom")
    assert desk.settler.settle()
    assert desk.transactions == 2
    assert desk.outbox() == [SENT_ONCE] * (AT_ONCE + 1)
    assert desk.settler.answers == {"hook/accepted": AT_ONCE, "wecom/accepted": 1}
    assert desk.sender.on_their_way == 0
    assert not desk.settler.settle()


def test_a_transaction_holds_a_bounded_number(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settler, "TOGETHER", 3)
    desk.answered(AT_ONCE)
    desk.settler.settle()
    assert desk.transactions == 2
    assert desk.outbox() == [SENT_ONCE] * AT_ONCE


def test_an_answer_whose_row_is_gone_keeps_no_other(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.answered(AT_ONCE, "hook", replace(desk.notice("gone", "wecom"), id=99))
    desk.settler.settle()
    assert desk.outbox() == [SENT_ONCE] * AT_ONCE
    assert "notice gone: its answer cannot be stored" in caplog.text
    assert desk.sender.on_their_way == 0, "what can never be stored is not kept"


def test_an_answer_that_no_program_of_ours_can_store_keeps_no_other_and_is_not_sent_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    no_duration: timedelta = 5  # type: ignore[assignment]
    desk.channel.answers["hook:0:hook"] = Answer(Verdict.UNKNOWN, retry_after=no_duration)
    desk.answered(AT_ONCE)
    assert desk.settler.settle()
    assert desk.outbox() == [(NoticeState.WAITING, 0), *[SENT_ONCE] * (AT_ONCE - 1)]
    assert "notice hook:0:hook: its answer cannot be stored" in caplog.text
    assert desk.sender.on_their_way == 1, "it is not offered again"
    desk.answered(1, "wecom")
    desk.settler.settle()
    assert desk.outbox()[-1] == SENT_ONCE
    assert caplog.text.count("cannot be stored") == 1


def test_while_the_database_is_away_answers_are_kept_and_then_stored_once(desk: Desk) -> None:
    desk.answered(AT_ONCE)
    desk.away = True
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            desk.settler.settle()
    assert desk.sender.on_their_way == AT_ONCE, "none may be sent again before its answer is stored"
    desk.away = False
    assert desk.settler.settle()
    assert desk.outbox() == [SENT_ONCE] * AT_ONCE


def test_who_leads_no_more_stores_nothing(desk: Desk) -> None:
    desk.answered(AT_ONCE)
    with desk.work.writing() as unit:
        unit.leases.seize(NAME, "there:2:2", unit.leases.read(NAME))
    with pytest.raises(LeaseLost):
        desk.settler.settle()
    assert {state for state, _ in desk.outbox()} == {NoticeState.WAITING}
