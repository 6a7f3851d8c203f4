"""The contracts of the ports Folds and AlertRecords, and of orders that tune a rule, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from facility.domain.alert import Alert, AlertState
from facility.domain.alert_figures import Flood, Onset
from facility.domain.condition import Condition
from facility.domain.errors import NotFound
from facility.domain.fold import Fold
from facility.domain.order import Order, OrderState, WorkKind
from facility.ports import Work

T = datetime(2026, 11, 23, 6, 5, 12, 123456, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def raised(work: Work, asset: str = "incomer-1", at: datetime = T, **changes: object) -> Alert:
    fresh = Alert(0, asset, "mains_lost", "mains_lost", 1, AlertState.ACTIVE_UNACKNOWLEDGED, at, at)
    with work.writing() as unit:
        alert = unit.alerts.add(replace(fresh, **changes), at + 300 * SECOND)  # type: ignore[arg-type]
    assert alert is not None
    return alert


def fold(cause: Alert, **changes: object) -> Fold:
    row = Fold(0, "pump-1", "pressure_low", T, cause.id, "incomer-1", "mains_lost", T + SECOND)
    return replace(row, **changes)  # type: ignore[arg-type]


def test_a_fold_is_stored_as_it_is_and_changed(work: Work, other_site: Work) -> None:
    cause = raised(work)
    with work.writing() as unit:
        assert unit.folds.add(fold(cause, own=cause.id, doubted_at=T, explained_at=T + SECOND))
        assert not unit.folds.add(fold(cause)), "one that has not ended a rule of an asset"
        (stored,) = unit.folds.unended()
        assert stored == fold(cause, own=cause.id, doubted_at=T, explained_at=T + SECOND, id=stored.id)
        assert unit.folds.of_alerts([cause.id, 77]) == {cause.id: 1}
        assert unit.folds.told("pump-1", "pressure_low", T)
        unit.folds.change(replace(stored, released_at=T))
        assert unit.folds.of_alerts([cause.id]) == {}
        assert not unit.folds.told("pump-1", "pressure_low", T), "released: it has an alert of its own"
        assert len(unit.folds.unended()) == 1
        unit.folds.change(replace(stored, released_at=None, ended_at=T))
        assert unit.folds.unended() == []
        assert unit.folds.told("pump-1", "pressure_low", T)
        assert not unit.folds.told("pump-1", "pressure_low", T + SECOND)
        assert unit.folds.add(fold(cause, onset=T + HOUR, since=T + HOUR)), "its next time"
        assert [row.onset for row in unit.folds.of_cause(cause.id, 10)] == [T + HOUR, T]
        assert len(unit.folds.of_cause(cause.id, 1)) == 1
    with other_site.writing() as unit:
        assert unit.folds.unended() == unit.folds.of_cause(cause.id, 10) == []
        assert not unit.folds.told("pump-1", "pressure_low", T)
        with pytest.raises(NotFound):
            unit.folds.change(stored)


def test_alerts_of_a_period_come_with_their_deadlines(work: Work, other_site: Work) -> None:
    first, second = raised(work), raised(work, "incomer-2", T + HOUR)
    with work.reading() as unit:
        records = unit.alert_records
        assert [one.alert for one in records.raised(T, T + HOUR)] == [first], "the end is not included"
        (told,) = records.raised(T + HOUR, T + 2 * HOUR)
        assert (told.alert, told.due_at, told.met_at, told.missed_at) == (second, T + HOUR + 300 * SECOND, None, None)
        assert [records.count_raised(at) for at in (T - SECOND, T, T + HOUR)] == [2, 1, 0]
        assert [one.alert for one in records.active_since(T)] == [first]
    with work.writing() as unit:
        unit.alerts.change(replace(first, state=AlertState.RETURNED_UNACKNOWLEDGED, returned_at=T))
        assert unit.alert_records.active_since(T) == []
    with other_site.reading() as unit:
        assert unit.alert_records.raised(T, T + 2 * HOUR) == []
        assert unit.alert_records.count_raised(T - SECOND) == 0


def test_onsets_of_a_period(work: Work) -> None:
    with work.writing() as unit:
        for number, asset in enumerate(("pump-2", "pump-1", "pump-1")):
            at = T + number * SECOND
            unit.conditions.put_site(Condition(asset, "low", at, at, "", at + SECOND))
        found = unit.alert_records.onsets(T, T + 2 * SECOND)
    assert found == [Onset("pump-1", "low", T + SECOND), Onset("pump-2", "low", T)]


def test_floods(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        records = unit.alert_records
        assert records.flood() is None
        begun = records.begin_flood(T, 11)
        assert records.begin_flood(T + SECOND, 12) == begun == records.flood()
        records.change_flood(replace(begun, peak=30))
        assert records.floods(T - HOUR, T) == [], "it began at the end"
        assert records.floods(T + HOUR, T + 2 * HOUR) == [Flood(begun.id, T, None, 30)], "it still stands"
        records.change_flood(replace(begun, ended_at=T + HOUR))
        assert records.flood() is None
        assert records.floods(T + HOUR, T + 2 * HOUR) == []
        assert len(records.floods(T, T + HOUR)) == 1
        assert records.begin_flood(T + 2 * HOUR, 11).id != begun.id
    with other_site.writing() as unit:
        assert unit.alert_records.flood() is None
        with pytest.raises(NotFound):
            unit.alert_records.change_flood(begun)


def test_a_rule_has_one_open_order_to_tune_it(work: Work, other_site: Work) -> None:
    order = Order(0, WorkKind.TUNING, "pump-1", "pressure_low", OrderState.UNASSIGNED, "supervisor", None, T, T + HOUR)
    with work.writing() as unit:
        first = unit.orders.add(order)
        assert unit.orders.add(replace(order, asset="pump-2")).id == first.id
        assert unit.orders.add(replace(order, title_id="level_low")).id != first.id
        unit.orders.change(replace(first, state=OrderState.CLOSED))
        again = unit.orders.add(order)
        assert again.id != first.id
        assert unit.orders.add(order).id == again.id, "not the closed one"
    with other_site.writing() as unit:
        assert unit.orders.add(order).id not in (first.id, again.id)
