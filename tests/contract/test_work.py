"""The contract of the port Work, on SQLite and on PostgreSQL."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from facility.domain.alert import Alert, AlertEvent, AlertState, Deadline
from facility.domain.channel import ChannelHealth
from facility.domain.condition import Condition
from facility.domain.errors import Conflict, LeaseLost, NotFound
from facility.domain.notice import Notice, NoticeState
from facility.domain.occurrence import Occurrence
from facility.domain.order import Order, OrderEvent, OrderState, Origin, SpotCheck, WorkKind
from facility.domain.person import Person
from facility.domain.receipt import Receipt, ReceiptState
from facility.domain.slot import Slot
from facility.domain.text import Language, Message, Title
from facility.ports import Lease, Revision, Work

T = datetime(2026, 11, 23, 6, 5, 12, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def alert(asset: str = "incomer-1", **changes: object) -> Alert:
    fresh = Alert(0, asset, "no_voltage", "mains_lost", 1, AlertState.ACTIVE_UNACKNOWLEDGED, T, T + SECOND)
    return replace(fresh, **changes)  # type: ignore[arg-type]


def order(**changes: object) -> Order:
    fresh = Order(0, WorkKind.REPAIR, "pump-1", "pump_fault", OrderState.ISSUED, "electrician", None, T, T + 8 * SECOND)
    return replace(fresh, **changes)  # type: ignore[arg-type]


def notice(person: int, key: str = "alert:1:0:wecom", **changes: object) -> Notice:
    fresh = Notice(0, key, person, "wecom", Message("notices.alert"), 1, T, T)
    return replace(fresh, **changes)  # type: ignore[arg-type]


def person(login: str = "li", *positions: str) -> Person:
    return Person(0, login, "李工", Language.ZH_CN, positions, {"wecom": "li.gong"})


def occurrence(slot: str = "2026-W48", asset: str = "pump-1", **changes: object) -> Occurrence:
    fresh = Occurrence(0, "pump-weekly", asset, Slot(date(2026, 11, 23), date(2026, 11, 29), slot))
    return replace(fresh, **changes)  # type: ignore[arg-type]


def test_an_error_rolls_everything_back(work: Work) -> None:
    with pytest.raises(NotFound), work.writing() as unit:  # noqa: PT012 - what came before must go with it
        unit.alerts.add(alert(), T)
        unit.people.put(person())
        unit.orders.get(7)
    with work.reading() as unit:
        assert unit.alerts.recent(10) == []
        assert unit.people.all() == []


def test_an_alert_comes_back_as_it_was(work: Work) -> None:
    with work.writing() as unit:
        who = unit.people.put(person()).id
        stored = unit.alerts.add(alert(value="tripped", limit=0.0, point="breaker_state", late=True), T)
        assert stored is not None
        changed = replace(
            stored, state=AlertState.CLOSED, acknowledged_at=T, acknowledged_by=who, closed_at=T, value=1.5
        )
        changed = unit.alerts.change(changed)
        assert changed.version == stored.version + 1
    with work.reading() as unit:
        assert unit.alerts.get(stored.id) == changed
        assert unit.alerts.recent(1) == [changed]
        assert unit.alerts.unclosed() == []


def test_numbers_and_texts_stay_apart(work: Work) -> None:
    with work.writing() as unit:
        stored = unit.alerts.add(alert(value="1.0", limit=1), T)
        assert stored is not None
        found = unit.alerts.get(stored.id)
    assert (found.value, type(found.value), found.limit, type(found.limit)) == ("1.0", str, 1.0, float)


def test_one_alert_that_is_not_closed_per_asset_and_rule(work: Work) -> None:
    with work.writing() as unit:
        first = unit.alerts.add(alert(), T)
        assert first is not None
        assert unit.alerts.add(alert(), T) is None
        assert unit.alerts.add(alert("incomer-2"), T) is not None
        unit.alerts.change(replace(first, state=AlertState.RETURNED_UNACKNOWLEDGED))
        assert unit.alerts.add(alert(), T) is None
        unit.alerts.change(replace(first, state=AlertState.CLOSED))
        second = unit.alerts.add(alert(), T)
    assert second is not None
    assert second.id > first.id


def test_unclosed_alerts_come_most_severe_and_oldest_first(work: Work) -> None:
    with work.writing() as unit:
        for asset, level, seconds in (("a", 2, 0), ("b", 1, 5), ("c", 1, 3), ("d", 3, 0)):
            unit.alerts.add(alert(asset, level=level, onset=T + seconds * SECOND), T)
        assert [each.asset for each in unit.alerts.unclosed()] == ["c", "b", "a", "d"]


def test_what_does_not_exist_is_not_found(work: Work) -> None:
    with work.writing() as unit:
        for call in (
            lambda: unit.alerts.get(7),
            lambda: unit.alerts.change(alert(id=7)),
            lambda: unit.alerts.deadline(7),
            lambda: unit.alerts.change_deadline(Deadline(7, T)),
            lambda: unit.orders.get(7),
            lambda: unit.orders.change(order(id=7)),
            lambda: unit.people.get(7),
            lambda: unit.occurrences.change(occurrence(id=7)),
            lambda: unit.notices.change(notice(1, id=7)),
        ):
            with pytest.raises(NotFound):
                call()


def test_deadlines_are_open_until_met_or_missed(work: Work) -> None:
    with work.writing() as unit:
        ids = []
        for seconds, asset in ((3, "a"), (1, "b"), (2, "c")):
            stored = unit.alerts.add(alert(asset), T + seconds * SECOND)
            assert stored is not None
            ids.append(stored.id)
        who = unit.people.put(person()).id
        unit.notices.add(notice(who, alert=ids[0]))
        proof = unit.notices.of_alert(ids[0])[0].id
        assert [each.alert for each in unit.alerts.open_deadlines()] == [ids[1], ids[2], ids[0]]
        unit.alerts.change_deadline(Deadline(ids[0], T + 3 * SECOND, met_at=T, notice=proof))
        unit.alerts.change_deadline(Deadline(ids[1], T + SECOND, missed_at=T + 2 * SECOND))
        assert [each.alert for each in unit.alerts.open_deadlines()] == [ids[2]]
        assert unit.alerts.deadline(ids[0]) == Deadline(ids[0], T + 3 * SECOND, T, proof)


def test_an_alert_keeps_its_history(work: Work) -> None:
    with work.writing() as unit:
        stored = unit.alerts.add(alert(), T)
        assert stored is not None
        raised, told = AlertEvent(stored.id, T, "raised"), AlertEvent(stored.id, T, "told", None, "wecom \x00 ok")
        unit.alerts.log(raised)
        unit.alerts.log(told)
        assert unit.alerts.events(stored.id) == [raised, replace(told, detail="wecom \ufffd ok")]


def test_the_outbox_takes_a_key_once(work: Work) -> None:
    with work.writing() as unit:
        who = unit.people.put(person()).id
        assert unit.notices.add(notice(who))
        assert not unit.notices.add(notice(who, next_at=T + SECOND))
        assert unit.notices.add(notice(who, key="alert:1:1:wecom"))
        assert len(unit.notices.waiting()) == 2


def test_due_notices_come_most_severe_and_oldest_first(work: Work) -> None:
    with work.writing() as unit:
        who = unit.people.put(person()).id
        for key, level, created, ready in (("a", 2, 0, 0), ("b", 1, 2, 1), ("c", 1, 1, 1), ("d", 1, 0, 60)):
            moments = {"created_at": T + created * SECOND, "next_at": T + ready * SECOND}
            unit.notices.add(notice(who, key, level=level, **moments))
        assert [each.key for each in unit.notices.due(T + SECOND, 10)] == ["c", "b", "a"]
        assert [each.key for each in unit.notices.due(T + SECOND, 1)] == ["c"]
        assert [each.key for each in unit.notices.waiting()] == ["d", "c", "b", "a"]


def test_of_each_channel_the_most_urgent_are_read_by_the_deadlines_that_they_keep(work: Work) -> None:
    with work.writing() as unit:
        who = unit.people.put(person()).id
        first = [unit.alerts.add(alert(f"incomer-{n}"), T + (60 - n) * SECOND) for n in range(3)]
        told = unit.alerts.add(alert("panel-1"), T)
        for number, raised in enumerate([*first, told]):
            assert raised is not None
            unit.notices.add(notice(who, f"alert:{number}", alert=raised.id))
        assert told is not None
        unit.alerts.change_deadline(replace(unit.alerts.deadline(told.id), met_at=T))
        unit.notices.add(notice(who, "hook", channel="hook", level=2))
        unit.notices.add(notice(who, "without", created_at=T - SECOND))

        assert [each.key for each in unit.notices.due(T, 2)] == ["alert:2", "alert:1", "hook"]
        everything = ["alert:2", "alert:1", "alert:0", "without", "alert:3", "hook"]
        assert [each.key for each in unit.notices.due(T, 9)] == everything


def test_only_what_was_tried_is_woken_by_its_channel(work: Work) -> None:
    with work.writing() as unit:
        who = unit.people.put(person()).id
        for key, changes in {
            "tried": {"attempts": 1},
            "asleep": {},  # until the end of quiet hours
            "elsewhere": {"attempts": 1, "channel": "hook"},
            "later": {"attempts": 1, "next_at": T + 60 * SECOND},
        }.items():
            unit.notices.add(notice(who, key, **{"next_at": T + 5 * SECOND, **changes}))
        unit.notices.wake("wecom", T, T + 10 * SECOND)
        assert [each.key for each in unit.notices.due(T, 9)] == ["tried"]


def test_a_notice_comes_back_as_it_was(work: Work) -> None:
    params = {
        "asset": Title(en="Incomer 1", zh="1号进线"),
        "onset": T,
        "since": timedelta(seconds=40),
        "value": 0.5,
        "n": 3,
    }
    with work.writing() as unit:
        who = unit.people.put(person()).id
        raised = unit.alerts.add(alert(), T)
        assert raised is not None
        opened = unit.orders.add(order(alert=raised.id))
        unit.notices.add(
            notice(who, message=Message("notices.alert", params), alert=raised.id, order=opened.id, rung=2)
        )
        (stored,) = unit.notices.of_alert(raised.id)
        sent = replace(stored, state=NoticeState.SENT, attempts=1, answer_code="0", answer_text="ok \ud800", done_at=T)
        unit.notices.change(sent)
        assert unit.notices.of_order(opened.id) == [replace(sent, answer_text="ok \ufffd")]
        assert stored.message == Message("notices.alert", params)
        assert unit.notices.waiting() == unit.notices.due(T, 9) == []


def test_a_notice_is_found_by_its_number_and_its_key(work: Work) -> None:
    with work.writing() as unit:
        unit.notices.add(notice(unit.people.put(person()).id, "test:1:wecom"))
        found = unit.notices.by_key("test:1:wecom")
        assert unit.notices.get(found.id) == found
        with pytest.raises(NotFound):
            unit.notices.by_key("test:2:wecom")
        with pytest.raises(NotFound):
            unit.notices.get(found.id + 1)


def test_the_health_of_a_channel_is_replaced(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        assert unit.channels.get("wecom") == ChannelHealth("wecom")
        unit.channels.put(ChannelHealth("wecom").failed("93000", "bad\x00 key", T).counted("2026-11"))
        fresh = ChannelHealth("wecom").failed("45009", "limit", T).accepted(T + SECOND).counted("2026-11")
        unit.channels.put(fresh)
        unit.channels.put(ChannelHealth("hook"))
    with work.reading() as unit:
        assert unit.channels.all() == [ChannelHealth("hook"), fresh]
        assert unit.channels.get("wecom") == fresh
    with other_site.reading() as unit:
        assert unit.channels.all() == []


def test_a_receipt_counts_once(work: Work) -> None:
    with work.writing() as unit:
        unit.notices.add(notice(unit.people.put(person()).id))
        told = unit.notices.by_key("alert:1:0:wecom").id
        first = Receipt(told, ReceiptState.ANSWERED, "", T, T + SECOND)
        pressed = replace(first, key="1")
        assert [unit.receipts.add(receipt) for receipt in (first, first, pressed)] == [True, False, True]
        assert unit.receipts.of_notice(told) == [first, pressed]


def test_an_order_is_opened_once_per_alert_and_occurrence(work: Work) -> None:
    with work.writing() as unit:
        raised = unit.alerts.add(alert(), T)
        assert raised is not None
        unit.occurrences.add_missing([occurrence()])
        planned = unit.occurrences.between(date(2026, 11, 29), date(2026, 12, 5))[0]
        repair, service = unit.orders.add(order(alert=raised.id)), unit.orders.add(order(occurrence=planned.id))
        assert unit.orders.add(order(alert=raised.id, asset="other")) == repair
        assert unit.orders.add(order(occurrence=planned.id)) == service
        assert unit.orders.of_alert(raised.id) == repair
        assert unit.orders.of_alert(raised.id + 1) is None
        assert unit.orders.get(service.id).occurrence == planned.id
        assert unit.orders.add(order()) != unit.orders.add(order())


def test_an_order_changes_only_as_it_was_seen(work: Work) -> None:
    with work.writing() as unit:
        seen = unit.orders.add(order())
        accepted = unit.orders.change(replace(seen, state=OrderState.ACCEPTED))
        assert accepted.version == seen.version + 1
        assert unit.orders.get(seen.id) == accepted
        with pytest.raises(Conflict):
            unit.orders.change(replace(seen, state=OrderState.CANCELLED))
        assert unit.orders.get(seen.id) == accepted


def test_an_order_keeps_its_origin_its_parent_and_its_checks(work: Work) -> None:
    with work.writing() as unit:
        ann, bob = (unit.people.put(person(login)).id for login in ("ann", "bob"))
        first = unit.orders.add(order(origin=Origin.INSPECTION))
        job = order(parent=first.id, origin=Origin.INSPECTION, spot_check=SpotCheck.DRAWN, held_until=T)
        stored = unit.orders.add(replace(job, finished_by=ann, spot_checked_by=bob))
        assert unit.orders.get(stored.id) == replace(job, id=stored.id, finished_by=ann, spot_checked_by=bob)


def test_what_was_checked_since_a_failed_spot_check_is_counted_for_person_and_team(work: Work) -> None:
    with work.writing() as unit:
        ann, bob = (unit.people.put(person(login)).id for login in ("ann", "bob"))

        def checked(finisher: int, position: str, *steps: str) -> None:
            done = unit.orders.add(order(finished_by=finisher, position=position))
            for number, step in enumerate(steps):
                unit.orders.log(OrderEvent(done.id, f"{number}", T, step, bob))

        checked(ann, "crew", "pass_check")
        assert unit.orders.checked_since_failure(ann, ["crew"]) is None
        checked(ann, "crew", "pass_check", "fail_spot_check", "pass_check")
        assert unit.orders.checked_since_failure(ann, ["crew"]) == 1
        checked(bob, "crew", "pass_check")
        assert unit.orders.checked_since_failure(ann, ["guards"]) == 1
        assert unit.orders.checked_since_failure(bob, ["crew", "other"]) == 2
        assert unit.orders.checked_since_failure(bob, ["guards"]) is None
        assert unit.orders.checked_since_failure(None, []) is None


def test_orders_come_newest_first(work: Work) -> None:
    with work.writing() as unit:
        old, new = unit.orders.add(order()), unit.orders.add(order(opened_at=T + SECOND))
        closed = unit.orders.add(order(opened_at=T + 2 * SECOND, state=OrderState.CLOSED, closed_at=T))
        assert unit.orders.recent(9) == [closed, new, old]
        assert unit.orders.recent(1, unfinished_only=True) == [new]


def test_a_step_of_an_order_counts_once(work: Work) -> None:
    with work.writing() as unit:
        first, second = unit.orders.add(order()), unit.orders.add(order())
        done = OrderEvent(first.id, "phone-1", T, "finish", None, "换了轴承", 0.32, "outlet_pressure")
        assert unit.orders.log(done)
        assert not unit.orders.log(replace(done, note="again"))
        assert unit.orders.log(replace(done, order=second.id))
        assert unit.orders.events(first.id) == [done]


def test_people_are_read_once_a_transaction_until_one_of_them_changes(work: Work) -> None:
    with work.writing() as unit:
        li = unit.people.put(person("li", "electrician"))
        assert unit.people.all()[0] is unit.people.all()[0]
        moved = unit.people.put(replace(li, positions=("manager",)))
        assert unit.people.all() == [moved]
    with work.writing() as unit:
        assert unit.people.all() == [moved]


def test_people_fill_positions(work: Work) -> None:
    with work.writing() as unit:
        li = unit.people.put(person("li", "electrician", "pump-hand"))
        wang = unit.people.put(person("wang", "electrician"))
        assert unit.people.holders("electrician") == [li, wang]
        assert unit.people.holders("manager") == []
        moved = unit.people.put(replace(li, id=0, positions=("manager",), name="李师", contacts={}))
        assert moved.id == li.id
        assert unit.people.holders("electrician") == [wang]
        assert unit.people.get(li.id) == moved
        assert unit.people.all() == [moved, wang]


def test_revisions_are_numbered(work: Work) -> None:
    with work.writing() as unit:
        assert unit.revisions.latest() is None
        unit.revisions.add(Revision(0, "aa", T, {"site.yaml": "site: a"}, ()))
        second = unit.revisions.add(Revision(0, "bb", T, {"site.yaml": "site: b"}, ("pump-2 was added",)))
    with work.reading() as unit:
        assert unit.revisions.latest() == second
        assert second.number == 2


def test_a_lease_is_seized_only_as_it_was_seen(work: Work) -> None:
    with work.writing() as unit:
        assert unit.leases.read("scheduler") is None
        first = unit.leases.seize("scheduler", "a", None)
        assert first == Lease("a", 1, first.beat if first else 0)
        assert unit.leases.seize("scheduler", "b", None) is None
        assert unit.leases.beat("scheduler", 1)
        assert unit.leases.seize("scheduler", "b", first) is None
        taken = unit.leases.seize("scheduler", "b", unit.leases.read("scheduler"))
        assert taken is not None
        assert taken.epoch == 2
        assert not unit.leases.beat("scheduler", 1)
        assert unit.leases.read("scheduler") == taken


def test_a_leader_that_was_replaced_writes_nothing(work: Work) -> None:
    with pytest.raises(LeaseLost), work.writing(epoch=1):
        pass
    with work.writing() as unit:
        first = unit.leases.seize("scheduler", "a", None)
    with work.writing(epoch=1) as unit:
        unit.people.put(person())
        unit.leases.seize("scheduler", "b", first)
    with pytest.raises(LeaseLost, match="b leads"), work.writing(epoch=1) as unit:
        unit.people.put(person("wang"))
    with work.reading() as unit:
        assert [each.login for each in unit.people.all()] == ["li"]


def test_sites_do_not_see_each_other(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        raised = unit.alerts.add(alert(), T)
        assert raised is not None
        mine = unit.people.put(person())
        job = unit.orders.add(order())
        unit.conditions.put_site(Condition("incomer-1", "mains_lost", T, T))
    with other_site.writing() as unit:
        assert unit.alerts.add(alert(), T) is not None
        assert unit.people.put(person()).id != mine.id
        assert unit.orders.recent(9) == unit.conditions.open() == []
        for call in (
            lambda: unit.alerts.get(raised.id),
            lambda: unit.orders.get(job.id),
            lambda: unit.people.get(mine.id),
        ):
            with pytest.raises(NotFound):
                call()


def test_a_reader_sees_one_moment(work: Work) -> None:
    with work.reading() as before:
        assert before.people.all() == []
        with work.writing() as unit:
            unit.people.put(person())
        assert before.people.all() == []
    with work.reading() as after:
        assert len(after.people.all()) == 1


def test_writers_follow_one_another(work: Work) -> None:
    """Read, think, write: what a writer has read stays true until it commits."""
    with work.writing() as unit:
        job = unit.orders.add(order(title_id="0"))

    def count_up() -> None:
        for _ in range(10):
            with work.writing() as unit:
                seen = unit.orders.get(job.id)
                unit.orders.change(replace(seen, title_id=f"{int(seen.title_id) + 1}"))

    writers = [threading.Thread(target=count_up) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with work.reading() as unit:
        assert unit.orders.get(job.id).title_id == "40"


def test_a_time_without_zone_is_refused(work: Work) -> None:
    with pytest.raises(Exception, match="without zone"), work.writing() as unit:
        unit.alerts.add(alert(onset=datetime(2026, 1, 1)), T)  # noqa: DTZ001
