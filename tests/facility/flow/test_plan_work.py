"""The ledger of planned work through time: nothing twice, nothing lost, each slot accounted for, days levelled."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.views.orders import order_detail
from facility.domain.expand import expand
from facility.domain.occurrence import Occurrence, OccurrenceState, Reason
from facility.domain.order import Order, OrderState, OrderStep, WorkKind
from facility.domain.plan import CatchUp, CheckItem, Plan
from facility.domain.text import Title
from facility.domain.trigger import Cadence, Calendar, Shifts, Trigger
from facility.domain.workdays import Blackout, WorkingCalendar
from facility.flow.carry_out import carry_out
from facility.flow.credit import begins_at, ends_at
from facility.flow.enter_absence import enter_absence
from facility.flow.plan_work import Planned, plan_work
from tests.harness.checklists import in_order
from tests.harness.flow_stage import START, Stage
from tests.harness.lengths import length

DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Shanghai")
PLANNED, OPEN, DONE, MERGED, EXCUSED, MISSED = OccurrenceState


BUSY = WorkingCalendar(own={date(2026, 11, day): False for day in (26, 27, 30)})
"""The days of the last week of November that are worked are its first three."""


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """The stage in that week."""
    stage.site = replace(stage.site, calendar=BUSY)
    return stage


def a_plan(id: str, trigger: Trigger, assets: tuple[str, ...] = ("pump-1",), **more: object) -> Plan:
    items = (CheckItem(Title(f"look at {id}", id)), CheckItem(Title("clean", "清洁")))
    return replace(
        Plan(id, Title(id, id), WorkKind.MAINTENANCE, trigger, assets, items, "maintaining", date(2026, 1, 1)),
        **more,  # type: ignore[arg-type]
    )


def plans(stage: Stage, *wanted: Plan) -> None:
    stage.site = replace(stage.site, plans={plan.id: plan for plan in wanted})


def at(day: int, hour: int = 9, month: int = 11) -> datetime:
    """A local time of 2026, as UTC."""
    return datetime(2026, month, day, hour, 0, tzinfo=ZONE).astimezone(UTC)


def run(stage: Stage, now: datetime) -> Planned:
    stage.now = now
    with stage.work.writing() as unit:
        return plan_work(stage.site, unit, now)


def ledger(stage: Stage, plan: str) -> Mapping[str, Occurrence]:
    with stage.work.reading() as unit:
        found = unit.occurrences.between(date(2026, 1, 1), date(2031, 12, 31))
    return {each.slot.key: each for each in found if each.plan == plan}


def states(stage: Stage, plan: str) -> Mapping[str, OccurrenceState]:
    return {key: each.state for key, each in ledger(stage, plan).items()}


def order_of(stage: Stage, plan: str, slot: str) -> Order:
    with stage.work.reading() as unit:
        number = ledger(stage, plan)[slot].order
        assert number is not None
        return unit.orders.get(number)


def step(stage: Stage, order: Order, what: OrderStep, login: str, note: str = "") -> None:
    with stage.work.writing() as unit:
        version = unit.orders.get(order.id).version
        carry_out(
            stage.site, unit, order=order.id, version=version, step=what, person=stage.person(login),
            key=f"{what}-{version}", at=stage.now, note=note, given=in_order(stage.site, unit, order.id, what),
        )  # fmt: skip


def finish(stage: Stage, order: Order) -> None:
    step(stage, order, OrderStep.ACCEPT, "zhao")
    step(stage, order, OrderStep.FINISH, "zhao", "done")


WEEKLY = a_plan("weekly", Calendar(Cadence.WEEKLY))
MONTHLY = a_plan("monthly", Calendar(Cadence.MONTHLY))


def test_an_order_opens_before_its_day_and_inside_its_window(stage: Stage) -> None:
    plans(stage, MONTHLY)
    run(stage, at(26))
    november, december = (ledger(stage, "monthly")[key] for key in ("2026-11", "2026-12"))
    assert november.state is OPEN
    assert december.state is PLANNED
    assert december.day is not None
    assert december.day >= november.day + 15 * DAY, "half a window lies between two services"  # type: ignore[operator]
    assert stage.site.calendar.works(december.day)
    before = datetime.combine(december.day - 4 * DAY, time(9), ZONE).astimezone(UTC)
    assert run(stage, before).opened == 0
    assert run(stage, before + DAY).opened == 1
    assert order_of(stage, "monthly", "2026-12").due_at == at(31, 18, 12)


def test_the_smaller_service_is_done_by_the_larger_one_inside_its_window(stage: Stage) -> None:
    plans(stage, WEEKLY, MONTHLY)
    run(stage, at(23))  # both get a day of this week
    assert states(stage, "monthly")["2026-11"] is OPEN
    assert states(stage, "weekly")["2026-W48"] is MERGED
    with stage.work.reading() as unit:
        assert len(unit.orders.recent(10)) == 1, "one order for both"
    finish(stage, order_of(stage, "monthly", "2026-11"))
    step(stage, order_of(stage, "monthly", "2026-11"), OrderStep.PASS_CHECK, "li")
    run(stage, at(30))
    weekly = ledger(stage, "weekly")["2026-W48"]
    assert (weekly.state, weekly.finished_at) == (MERGED, at(23))
    assert states(stage, "monthly")["2026-11"] is DONE


def test_it_is_opened_itself_when_the_larger_one_is_not_finished_in_its_window(stage: Stage) -> None:
    plans(stage, WEEKLY, MONTHLY)
    run(stage, at(23))
    run(stage, at(28))
    assert states(stage, "weekly")["2026-W48"] is MERGED, "there is still a day"
    assert run(stage, at(29)).reopened == 1
    assert states(stage, "weekly")["2026-W48"] is OPEN
    finish(stage, order_of(stage, "monthly", "2026-11"))
    run(stage, at(30))
    weekly = ledger(stage, "weekly")["2026-W48"]
    assert (weekly.state, weekly.reason) == (MISSED, Reason.NOT_FINISHED)


@pytest.mark.parametrize("how", [OrderStep.CANCEL, OrderStep.SEND_BACK])
def test_it_comes_back_when_the_larger_one_is_cancelled_or_sent_back(stage: Stage, how: OrderStep) -> None:
    plans(stage, WEEKLY, MONTHLY)
    run(stage, at(23))
    order = order_of(stage, "monthly", "2026-11")
    if how is OrderStep.SEND_BACK:
        finish(stage, order)
        step(stage, order, how, "li", "not clean")
        run(stage, at(29))
    else:
        step(stage, order, how, "li", "pump is away")
        run(stage, at(24))
        excused = ledger(stage, "monthly")["2026-11"]
        assert (excused.state, excused.ended_by, excused.reason) == (EXCUSED, stage.person("li"), "pump is away")
    assert states(stage, "weekly")["2026-W48"] is OPEN


def test_another_kind_of_work_or_another_side_is_never_taken_in(stage: Stage) -> None:
    inspection = replace(WEEKLY, kind=WorkKind.INSPECTION)
    plans(stage, inspection, MONTHLY, replace(WEEKLY, id="operating", by="operating"))
    run(stage, at(23))
    assert states(stage, "weekly")["2026-W48"] is OPEN
    assert states(stage, "operating")["2026-W48"] is OPEN


def test_merged_checklists_repeat_nothing(stage: Stage) -> None:
    plans(stage, WEEKLY, MONTHLY)
    run(stage, at(23))
    with stage.work.reading() as unit:
        detail = order_detail(stage.site, unit, order_of(stage, "monthly", "2026-11").id, stage.now)
    assert [line.title.en for line in detail.lines] == ["look at monthly", "clean", "look at weekly"]
    assert [title.en for title in detail.also] == ["weekly"]


def test_a_round_is_one_order_for_all_its_assets_in_walking_order(stage: Stage) -> None:
    walk = ("pump-2", "incomer-1", "pump-1")
    plans(stage, a_plan("round", Calendar(Cadence.DAILY), walk, round=True))
    run(stage, at(26))
    with stage.work.reading() as unit:
        (order,) = unit.orders.recent(10)
        assert order.asset == "pump-2"
        assert {each.asset for each in unit.occurrences.of_order(order.id)} == set(walk)
        detail = order_detail(stage.site, unit, order.id, stage.now)
        assert [title.en for title in detail.walk] == ["pump 2", "incomer 1", "pump 1"]
    finish(stage, order)
    step(stage, order, OrderStep.PASS_CHECK, "li")
    with stage.work.reading() as unit:
        assert {each.state for each in unit.occurrences.of_order(order.id)} == {DONE}


def test_shifts_begin_and_end_at_their_times(stage: Stage) -> None:
    plans(stage, a_plan("shift", Shifts((time(8), time(20)))))
    run(stage, at(26, 7))
    assert states(stage, "shift")["2026-11-25T20:00"] is OPEN
    assert states(stage, "shift")["2026-11-26T08:00"] is PLANNED
    done = run(stage, at(26, 8))
    assert (done.opened, done.missed) == (1, 1)
    assert order_of(stage, "shift", "2026-11-26T08:00").due_at == at(26, 20)


def test_a_nights_shift_keeps_its_day_also_over_the_edge_of_the_week(stage: Stage) -> None:
    plans(stage, a_plan("night", Shifts((time(8), time(20)))))
    run(stage, at(23, 9))
    assert run(stage, at(23, 9)) == Planned()
    assert all(each.day == each.slot.first for each in ledger(stage, "night").values() if each.day)


@pytest.mark.parametrize(("policy", "orders"), [(CatchUp.NONE, 0), (CatchUp.LAST, 1)])
def test_three_days_down(stage: Stage, policy: CatchUp, orders: int) -> None:
    """What passed unseen is missed, with its reason; one order makes up for the last slot when the plan wants it."""
    plans(stage, a_plan("daily", Calendar(Cadence.DAILY), catch_up=policy))
    run(stage, at(23))
    back = run(stage, at(27))
    assert back.missed == 4
    found = ledger(stage, "daily")
    assert found["2026-11-23"].reason == Reason.NOT_FINISHED
    unseen = [found[f"2026-11-{day}"] for day in (24, 25, 26)]
    assert {each.reason for each in unseen} == {Reason.NOT_RUNNING}
    assert [each.order is not None for each in unseen] == [False, False, bool(orders)]
    assert back.opened == 1 + orders
    assert run(stage, at(27, 10)) == Planned(), "said once"
    if orders:
        finish(stage, order_of(stage, "daily", "2026-11-26"))
        assert states(stage, "daily")["2026-11-26"] is MISSED, "it stays counted"


@pytest.mark.parametrize("years", [1, 3])
def test_years_down_lose_no_slot(stage: Stage, years: int) -> None:
    plans(stage, WEEKLY)
    run(stage, at(23))
    run(stage, at(23) + timedelta(days=365 * years))
    weeks = sorted(each.slot.first for each in ledger(stage, "weekly").values())
    assert all(later - earlier == 7 * DAY for earlier, later in pairwise(weeks))
    assert weeks[-1] > at(23).date() + timedelta(days=365 * years)


def test_a_changed_plan_changes_only_what_is_foreseen(stage: Stage) -> None:
    plans(stage, MONTHLY)
    run(stage, at(26))
    plans(stage, replace(MONTHLY, trigger=Calendar(Cadence.QUARTERLY)))
    done = run(stage, at(26, 10))
    assert done.withdrawn > 0
    found = states(stage, "monthly")
    assert found["2026-11"] is OPEN, "its window had begun: it is a fact"
    assert "2026-12" not in found
    assert "2027-Q1" in found
    assert run(stage, at(26, 11)) == Planned()


def test_a_plan_that_leaves_takes_what_is_foreseen_along(stage: Stage) -> None:
    plans(stage, WEEKLY)
    run(stage, at(23))
    plans(stage)
    run(stage, at(23, 10))
    assert list(states(stage, "weekly")) == ["2026-W48"]


def test_days_off_and_closed_times_get_no_work(stage: Stage) -> None:
    """A national holiday week, a make-up Saturday, an exam week in one area."""
    exam = Blackout(date(2026, 12, 7), date(2026, 12, 11), Title("exam", "考试"), frozenset({"pump-room"}))
    own = {date(2026, 12, day): False for day in (1, 2, 3, 4)} | {date(2026, 12, 5): True}
    stage.site = replace(stage.site, calendar=WorkingCalendar(own=own, blackouts=(exam,)))
    weekly = replace(WEEKLY, assets=("pump-1", "incomer-1"))
    plans(stage, weekly)
    run(stage, at(24))
    with stage.work.reading() as unit:
        days = {
            (each.asset, each.slot.key): each.day
            for each in unit.occurrences.between(date(2026, 11, 30), date(2026, 12, 13))
        }
    assert days["pump-1", "2026-W49"] in (date(2026, 11, 30), date(2026, 12, 5))
    assert days["pump-1", "2026-W50"] in (date(2026, 12, 12), date(2026, 12, 13)), "open, if not worked"
    assert days["incomer-1", "2026-W50"] in [date(2026, 12, day) for day in range(7, 12)]


def test_a_calendar_that_is_published_moves_what_stands_on_a_day_off(stage: Stage) -> None:
    plans(stage, WEEKLY)
    run(stage, at(24))
    january = ledger(stage, "weekly")["2026-W53"]
    assert january.placement is not None
    assert january.day is not None
    published = {date(2027, 1, 1) - n * DAY: False for n in range(-2, 3)}
    if january.day not in published:
        published[january.day] = False
    stage.site = replace(stage.site, calendar=WorkingCalendar(published))
    assert run(stage, at(24, 10)).placed == 1
    moved = ledger(stage, "weekly")["2026-W53"]
    assert moved.day != january.day
    assert moved.slot == january.slot


def test_daily_work_of_working_days_leaves_out_days_off_also_those_that_are_published_later(stage: Stage) -> None:
    plans(stage, a_plan("daily", Calendar(Cadence.DAILY), workdays_only=True))
    run(stage, at(24))
    days = states(stage, "daily")
    assert "2026-11-25" in days
    assert "2026-11-28" not in days, "a Saturday"
    stage.site = replace(stage.site, calendar=WorkingCalendar({date(2026, 12, 3): False, date(2026, 12, 5): True}))
    assert run(stage, at(24, 10)).withdrawn > 0
    assert ("2026-12-03" in states(stage, "daily"), "2026-12-05" in states(stage, "daily")) == (False, True)
    assert run(stage, at(24, 11)) == Planned()


def test_what_stands_alone_is_not_taken_in(stage: Stage) -> None:
    plans(stage, WEEKLY, replace(MONTHLY, alone=True))
    run(stage, at(23))
    assert states(stage, "weekly")["2026-W48"] is OPEN


def test_a_day_on_which_nobody_is_there_any_more_is_given_anew(stage: Stage) -> None:
    plans(stage, WEEKLY)
    run(stage, at(23))
    before = ledger(stage, "weekly")["2026-W50"]
    assert before.day is not None
    begin = datetime.combine(before.day, time(0), ZONE)
    with stage.work.writing() as unit:
        enter_absence(unit, stage.person("zhao"), begin, begin + DAY, "training", at(23))
    assert run(stage, at(23, 10)).placed == 1
    after = ledger(stage, "weekly")["2026-W50"]
    assert after.day != before.day
    assert run(stage, at(23, 11)) == Planned()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai"])
def test_shifts_follow_each_other_also_when_clocks_are_moved(stage: Stage, zone: str) -> None:
    site = replace(stage.site, zone=ZoneInfo(zone))
    found = list(expand(Shifts((time(0), time(8), time(16))), date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31)))
    for earlier, later in pairwise(found):
        assert ends_at(site, earlier) == begins_at(site, later)
        assert begins_at(site, earlier) < ends_at(site, earlier)


def test_work_is_spread_over_the_days(stage: Stage) -> None:
    many = [a_plan(f"m{n}", Calendar(Cadence.MONTHLY), minutes=60, start=date(2026, 12, 1)) for n in range(40)]
    plans(stage, *(replace(plan, kind=WorkKind.INSPECTION) for plan in many))
    run(stage, at(24))
    with stage.work.reading() as unit:
        found = [
            each
            for each in unit.occurrences.between(date(2026, 12, 1), date(2026, 12, 31))
            if each.slot.key == "2026-12"
        ]
    load = Counter(each.day for each in found)
    assert len(found) == 40
    assert max(load.values()) <= 3
    assert all(stage.site.calendar.works(day) for day in load if day)
    again = Stage(stage.site, stage.work)
    assert run(again, at(24, 10)) == Planned(), "deterministic, and stable"


def test_racing_generators_make_one_of_each(stage: Stage) -> None:
    """Two leaders for a moment: the unique index decides."""
    plans(stage, WEEKLY, MONTHLY)
    run(stage, at(23))
    with stage.work.reading() as unit:
        before = unit.occurrences.between(date(2026, 1, 1), date(2028, 1, 1))
    with stage.work.writing() as unit:
        assert unit.occurrences.add_missing(before) == 0
        for expansion in unit.occurrences.expansions().values():
            unit.occurrences.forget(expansion.plan, expansion.asset)
    run(stage, at(23, 10))
    with stage.work.reading() as unit:
        assert unit.occurrences.between(date(2026, 1, 1), date(2028, 1, 1)) == before
        assert len(unit.orders.recent(50)) == 1


acts = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(["nothing", "finish", "close", "cancel"])), min_size=4, max_size=14
)


@settings(max_examples=length(6, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_every_slot_ends_accounted_for(staffed_work: object, days: list[tuple[int, str]]) -> None:
    """Whatever people do and however long the program is down: each slot once, none lost, none open after its window."""
    from tests.harness.small_site import small_site

    stage = Stage(small_site(), staffed_work())  # type: ignore[operator]
    plans(stage, WEEKLY, MONTHLY, a_plan("daily", Calendar(Cadence.DAILY), ("pump-2",)))
    now = START
    for gap, what in days:
        now += gap * DAY
        run(stage, now)
        assert run(stage, now) == Planned(), "twice is once"
        with stage.work.reading() as unit:
            orders = unit.orders.recent(100, unfinished_only=True)
        for order in orders[: 2 if what != "nothing" else 0]:
            if what == "cancel" and order.state is OrderState.ISSUED:
                step(stage, order, OrderStep.CANCEL, "li", "why")
            elif order.state is OrderState.ISSUED:
                finish(stage, order)
            if what == "close" and order.state in (OrderState.ISSUED, OrderState.SELF_CHECKED):
                step(stage, order, OrderStep.PASS_CHECK, "li")
    run(stage, now + DAY)
    today = (now + DAY).astimezone(ZONE).date()
    with stage.work.reading() as unit:
        found = unit.occurrences.between(date(2026, 1, 1), today)
    keys = Counter((each.plan, each.asset, each.slot.key) for each in found)
    assert set(keys.values()) == {1}
    for each in found:
        if each.slot.last < today:
            waits = each.state is OPEN and each.finished_at is not None
            credited = each.state is MERGED and each.finished_at is not None
            assert waits or credited or each.state in (DONE, EXCUSED, MISSED), each
    for plan, asset in {(each.plan, each.asset) for each in found}:
        mine = sorted(each.slot for each in found if (each.plan, each.asset) == (plan, asset))
        assert all(later.first == earlier.last + DAY for earlier, later in pairwise(mine)), "no gap"
