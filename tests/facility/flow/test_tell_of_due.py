"""Messages by person: before an order is due, when it is overdue, a day later; and each morning what waits, once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from facility.domain.asset import Site
from facility.domain.notice import Notice, NoticeState
from facility.domain.order import Order, OrderEvent, OrderState, OrderStep, WorkKind
from facility.domain.person import Person, QuietHours
from facility.domain.text import Language
from facility.flow.compose import MY_DAY, ORDER_DUE_SOON, ORDER_OVERDUE, ORDER_OVERDUE_DAY
from facility.flow.tell_of_due import tell_of_due
from facility.flow.tell_the_day import tell_the_day
from facility.site import load
from facility.store.sql import SqlWork
from tests.harness.flow_stage import START
from tests.harness.tables import lay_tables

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo" / "site.yaml"
HOUR = timedelta(hours=1)
NEW = Order(0, WorkKind.REPAIR, "pump-3", "pump_fault", OrderState.ISSUED, "plumber", None, START, START + 9 * HOUR)


@pytest.fixture(scope="module")
def site() -> Site:
    return load(DEMO)


@pytest.fixture
def work(tmp_path: Path, site: Site) -> Iterator[SqlWork]:
    work = SqlWork(lay_tables(tmp_path / "work.db"), site.id)
    with work.writing() as unit:
        for login, position in (("li", "plumber"), ("zhou", "engineering-foreman"), ("wang", "engineering-supervisor")):
            unit.people.put(Person(0, login, login, Language.EN, (position,), {"wecom": login}))
    yield work
    work.close()


def an_order(work: SqlWork, **more: object) -> Order:
    with work.writing() as unit:
        person = unit.people.named("li").id
        return unit.orders.add(replace(NEW, **{"person": person, **more}))  # type: ignore[arg-type]


def run(work: SqlWork, site: Site, at: datetime) -> int:
    with work.writing() as unit:
        return tell_of_due(site, unit, at)


def told(work: SqlWork, order: int) -> list[tuple[str, str]]:
    with work.reading() as unit:
        return [(unit.people.get(one.person).login, one.message.id) for one in unit.notices.of_order(order)]


def morning(work: SqlWork, site: Site, at: datetime) -> list[Notice]:
    with work.writing() as unit:
        tell_the_day(site, unit, at)
        return [notice for notice in unit.notices.waiting() if notice.message.id == MY_DAY]


def test_an_order_is_told_before_at_and_a_day_after_its_due_time_each_once(work: SqlWork, site: Site) -> None:
    order, due = an_order(work), NEW.due_at
    for at, expected in (
        (due - 5 * HOUR, 0), (due - 3 * HOUR, 1), (due - HOUR, 0), (due, 0), (due + HOUR, 1), (due + 23 * HOUR, 0),
        (due + 25 * HOUR, 1), (due + 90 * HOUR, 0),
    ):  # fmt: skip
        assert run(work, site, at) == expected, at - due
    expected_messages = [("li", ORDER_DUE_SOON), ("li", ORDER_OVERDUE), ("zhou", ORDER_OVERDUE_DAY)]
    assert told(work, order.id) == expected_messages
    with work.writing() as unit:
        unit.orders.change(replace(order, due_at=due + 200 * HOUR))
    assert run(work, site, due + 199 * HOUR) == 1, "another due time is told anew"


def test_what_was_given_at_short_notice_or_is_done_or_ended_is_not_told(work: SqlWork, site: Site) -> None:
    short = an_order(work, due_at=START + 3 * HOUR)
    for state in (OrderState.SELF_CHECKED, OrderState.CLOSED):
        an_order(work, state=state)
    assert run(work, site, START + 2 * HOUR) == 0
    assert run(work, site, START + 4 * HOUR) == 1
    assert told(work, short.id) == [("li", ORDER_OVERDUE)]
    assert run(work, site, START + 10 * HOUR) == 0


def test_an_order_that_nobody_has_is_told_to_the_foreman(work: SqlWork, site: Site) -> None:
    order = an_order(work, state=OrderState.UNASSIGNED, person=None)
    run(work, site, NEW.due_at + HOUR)
    assert told(work, order.id) == [("zhou", ORDER_OVERDUE)]


def test_quiet_hours_put_a_message_off_and_leave_out_what_would_come_too_late(work: SqlWork, site: Site) -> None:
    order = an_order(work)
    with work.writing() as unit:
        unit.people.put(replace(unit.people.named("li"), quiet=QuietHours(time(19, 0), time(7, 0))))
    assert run(work, site, NEW.due_at - HOUR) == 0, "it is due at 23:00, in the middle of the night's rest"
    assert run(work, site, NEW.due_at + HOUR) == 1
    with work.reading() as unit:
        (notice,) = unit.notices.of_order(order.id)
    assert notice.next_at.astimezone(site.zone).time() == time(7, 0)


def test_the_morning_tells_each_what_waits_once_and_nobody_else(work: SqlWork, site: Site) -> None:
    at = datetime.combine(START.astimezone(site.zone).date(), time(7, 30), site.zone)
    an_order(work, due_at=at + 10 * HOUR)
    late = an_order(work, due_at=at - HOUR)
    an_order(work, due_at=at + 30 * HOUR)
    done = an_order(work, state=OrderState.SELF_CHECKED)
    with work.writing() as unit:
        li = unit.people.named("li").id
        unit.orders.log(OrderEvent(done.id, "finish", at - HOUR, OrderStep.FINISH, li))
    assert morning(work, site, at - timedelta(minutes=1)) == []
    notices = {notice.person: notice.message.params for notice in morning(work, site, at)}
    with work.reading() as unit:
        logins = {unit.people.get(person).login: params for person, params in notices.items()}
    assert set(logins) == {"li", "zhou"}, "nothing waits for the supervisor"
    mine = logins["li"]
    assert (mine["today"], mine["overdue"], mine["checks"]) == (1, 1, 0)
    assert next(each["order"] for each in mine["orders"]) == late.id  # type: ignore[attr-defined]
    assert logins["zhou"]["checks"] == 1
    an_order(work, due_at=at + 11 * HOUR)
    assert len(morning(work, site, at + HOUR)) == 2, "once a day, whatever comes later"


def test_after_a_stop_a_morning_that_is_over_is_not_sent(work: SqlWork, site: Site) -> None:
    at = datetime.combine(START.astimezone(site.zone).date(), time(7, 30), site.zone)
    an_order(work, due_at=at - HOUR)
    (first,) = morning(work, site, at + 5 * HOUR)
    assert first.message.params["day"] == at.date().isoformat()
    (second,) = morning(work, site, at + 24 * HOUR)
    assert second.message.params["day"] == (at + 24 * HOUR).date().isoformat()
    with work.reading() as unit:
        assert unit.notices.get(first.id).state is NoticeState.WITHDRAWN


def test_who_sleeps_until_the_next_day_gets_no_message_of_this_one(work: SqlWork, site: Site) -> None:
    at = datetime.combine(START.astimezone(site.zone).date(), time(7, 30), site.zone)
    an_order(work, due_at=at - HOUR)
    with work.writing() as unit:
        unit.people.put(replace(unit.people.named("li"), quiet=QuietHours(time(7, 0), time(9, 0))))
    (notice,) = morning(work, site, at)
    assert notice.next_at == at.replace(hour=9, minute=0)
    with work.writing() as unit:
        unit.people.put(replace(unit.people.named("li"), quiet=QuietHours(time(7, 0), time(6, 0))))
    assert morning(work, site, at + 24 * HOUR) == []
