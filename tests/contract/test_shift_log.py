"""Handovers, calendar feeds and the days of morning messages: the same on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from facility.domain.errors import NotFound
from facility.domain.handover import Addition, Handover, Happening
from facility.domain.order import Order, OrderEvent, OrderState, WorkKind
from facility.domain.person import Person
from facility.domain.text import Language, Title
from facility.ports import CalendarFeed, HandoverFilter, Work

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)


@pytest.fixture
def people(work: Work) -> tuple[int, int]:
    with work.writing() as unit:
        li, wang = (unit.people.put(Person(0, name, name, Language.EN, (), {})).id for name in ("li", "wang"))
    return li, wang


def test_a_shift_has_one_record_that_is_signed_twice_and_kept(
    work: Work, other_site: Work, people: tuple[int, int]
) -> None:
    li, wang = people
    facts = {"open": (Happening(7, "pump_fault", "pump-1", "issued", AT, subject=Title("Seal", "密封")),), "alerts": ()}
    new = Handover(0, "plumber", DAY, "早班", AT, AT + timedelta(hours=8), li, AT, "钥匙", facts)
    with work.writing() as unit:
        first = unit.handovers.add(new)
        assert first is not None
        assert unit.handovers.add(replace(new, giver=wang)) is None
        second = unit.handovers.add(replace(new, shift="夜班", begins_at=AT + timedelta(hours=8)))
        assert second is not None
        assert unit.handovers.get(first.id) == first == unit.handovers.of_shift("plumber", DAY, "早班")
        assert unit.handovers.take(first.id, wang, "ok", AT)
        assert not unit.handovers.take(first.id, li, "again", AT)
        assert [unit.handovers.append(Addition(first.id, "key", AT, li, "more")) for _ in range(2)] == [True, False]
        assert [each.words for each in unit.handovers.additions(first.id)] == ["more"]
    signed = replace(first, taker=wang, taken_at=AT, taken_words="ok")
    with work.reading() as unit:
        assert unit.handovers.get(first.id) == signed
        assert unit.handovers.find(HandoverFilter()) == ([second, signed], 2)
        assert unit.handovers.find(HandoverFilter(person=wang)) == ([signed], 1)
        assert unit.handovers.find(HandoverFilter(untaken=True, limit=1)) == ([second], 1)
        assert unit.handovers.find(HandoverFilter(positions=["guard"])) == ([], 0)
        assert unit.handovers.find(HandoverFilter(first=DAY + timedelta(days=1)))[1] == 0
    with other_site.reading() as unit:
        assert unit.handovers.find(HandoverFilter()) == ([], 0)
        with pytest.raises(NotFound):
            unit.handovers.get(first.id)


def test_a_feed_works_until_its_person_revokes_it(work: Work, other_site: Work, people: tuple[int, int]) -> None:
    li, wang = people
    with work.writing() as unit:
        feed = unit.calendars.add(CalendarFeed(0, "hash", li, "", AT))
        assert unit.calendars.at("hash") == feed
        with pytest.raises(NotFound):
            unit.calendars.revoke(feed.id, wang, AT)
        assert (unit.calendars.of(li), unit.calendars.of(wang)) == ([feed], [])
    with other_site.reading() as unit:
        assert unit.calendars.at("hash") is None
    with work.writing() as unit:
        unit.calendars.revoke(feed.id, li, AT)
        assert (unit.calendars.at("hash"), unit.calendars.of(li)) == (None, [])


def test_a_morning_is_begun_once_and_orders_tell_when_they_changed(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        assert [unit.notices.begin_day(DAY, AT) for _ in range(2)] == [True, False]
        assert unit.notices.begin_day(DAY + timedelta(days=1), AT)
        order = unit.orders.add(Order(0, WorkKind.REPAIR, "pump-1", "x", OrderState.ISSUED, "plumber", None, AT, AT))
        for hours in (2, 1):
            unit.orders.log(OrderEvent(order.id, f"{hours}", AT + timedelta(hours=hours), "assign", None))
        assert unit.orders.changed_at([order.id, 99]) == {order.id: AT + timedelta(hours=2)}
    with other_site.writing() as unit:
        assert unit.notices.begin_day(DAY, AT)
        assert unit.orders.changed_at([order.id]) == {}
