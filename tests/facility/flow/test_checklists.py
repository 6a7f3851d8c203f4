"""Checklists on a real database: three checks by the same lines, findings that open repairs, photos, what was used."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from facility.domain.checklist import ChecklistLacks, Finding, Given, Lack, Line
from facility.domain.errors import Conflict, Unfit
from facility.domain.evidence import MOST_PHOTOS, UsedKind
from facility.domain.order import Order, OrderState, OrderStep, Origin, WorkKind
from facility.domain.plan import CheckItem, ItemKind, Plan
from facility.domain.text import Title
from facility.flow.carry_out import carry_out
from facility.flow.checklist_of import checklist_of
from facility.flow.keep_photo import keep_photo
from facility.flow.use_part import strike, use_part
from facility.ports import WorkUnit
from tests.harness.checklists import in_order
from tests.harness.flow_stage import START, Stage

INSULATION = CheckItem(Title("Insulation", "绝缘"), kind=ItemKind.MEASUREMENT, unit="MΩ", low=0.5)
GLAND = CheckItem(Title("Gland", "盘根"))
PLATE = CheckItem(Title("Nameplate", "铭牌"), kind=ItemKind.PHOTO)
WITNESS = CheckItem(Title("Two witnesses", "见证人"), kind=ItemKind.SIGNATURE)


@pytest.fixture
def planned(stage: Stage) -> Stage:
    """The stage with a plan that asks for all kinds of evidence."""
    (some,) = list(stage.site.plans.values())[:1]
    plan: Plan = replace(some, id="service", items=(INSULATION, GLAND, PLATE, WITNESS), kind=WorkKind.MAINTENANCE)
    stage.site = replace(stage.site, plans={**stage.site.plans, "service": plan})
    return stage


def an_order(stage: Stage, unit: WorkUnit, kind: WorkKind = WorkKind.MAINTENANCE) -> Order:
    """An accepted order of zhao."""
    zhao, position = stage.person("zhao"), stage.site.assets["pump-1"].maintaining
    new = Order(0, kind, "pump-1", "service", OrderState.ACCEPTED, position, zhao, START, START, origin=Origin.PLAN)
    return unit.orders.add(new)


def lines_of(stage: Stage, unit: WorkUnit, order: Order) -> Mapping[str, Line]:
    return {line.item.title.en: line for line in checklist_of(stage.site, unit, order)}


def take(
    stage: Stage, unit: WorkUnit, order: int, step: OrderStep, login: str, given: Mapping[str, Given] | None = None
) -> Order:
    version = unit.orders.get(order).version
    return carry_out(
        stage.site, unit, order=order, version=version, step=step, person=stage.person(login),
        key=f"{step}-{version}", at=stage.now, note="because",
        given=in_order(stage.site, unit, order, step) if given is None else given,
    )  # fmt: skip


def lack_of(
    stage: Stage, unit: WorkUnit, order: Order, changed: Mapping[str, Given | None], step: OrderStep = OrderStep.FINISH
) -> tuple[str, Lack]:
    """Where it is refused, when all is in order but for these lines."""
    lines = lines_of(stage, unit, order)
    given = in_order(stage.site, unit, order.id, OrderStep.FINISH)
    for name, answer in changed.items():
        given.pop(lines[name].key)
        if answer is not None:
            given[lines[name].key] = answer
    with pytest.raises(ChecklistLacks) as refused:
        take(stage, unit, order.id, step, "zhao" if step is OrderStep.FINISH else "li", given)
    return refused.value.lacking.line.item.title.en, refused.value.lacking.lack


def test_each_line_is_answered_with_its_evidence(planned: Stage) -> None:
    good, bad = Finding.IN_ORDER, Finding.NOT_IN_ORDER
    with planned.work.writing() as unit:
        order = an_order(planned, unit)
        with pytest.raises(ChecklistLacks, match="say whether"):
            take(planned, unit, order.id, OrderStep.FINISH, "zhao", {})
        key = lines_of(planned, unit, order)["Nameplate"].key
        answers = {line.key: Given(good, 0.7, "Li") for line in lines_of(planned, unit, order).values()}
        with pytest.raises(ChecklistLacks, match="take a photo"):
            take(planned, unit, order.id, OrderStep.FINISH, "zhao", answers)
        assert key.startswith("pump-1.")
        for changed, lack in [
            ({"Gland": None}, Lack.ANSWER),
            ({"Insulation": Given(good)}, Lack.VALUE),
            ({"Insulation": Given(good, 0.3)}, Lack.OUT_OF_LIMITS),
            ({"Insulation": Given(Finding.MENDED, 0.3, "dried")}, Lack.OUT_OF_LIMITS),
            ({"Gland": Given(bad)}, Lack.REMARK),
            ({"Gland": Given(Finding.NOT_APPLICABLE)}, Lack.REMARK),
            ({"Two witnesses": Given(good)}, Lack.NAMES),
        ]:
            assert lack_of(planned, unit, order, changed) == (next(iter(changed)), lack)
        assert unit.results.of_order(order.id) == []
        assert unit.orders.get(order.id).state is OrderState.ACCEPTED


def test_what_is_not_in_order_becomes_a_repair_once(planned: Stage) -> None:
    with planned.work.writing() as unit:
        order = an_order(planned, unit)
        lines = lines_of(planned, unit, order)
        given = in_order(planned.site, unit, order.id, OrderStep.FINISH)
        given[lines["Insulation"].key] = Given(Finding.NOT_IN_ORDER, 0.2, "winding is damp")
        given[lines["Gland"].key] = Given(Finding.MENDED, remark="tightened")
        take(planned, unit, order.id, OrderStep.FINISH, "zhao", given)
        (repair,) = unit.orders.of_parent(order.id)
        assert (repair.kind, repair.origin, repair.asset) == (WorkKind.REPAIR, Origin.INSPECTION, "pump-1")
        assert repair.subject == INSULATION.title
        assert repair.position == planned.site.assets["pump-1"].maintaining
        take(planned, unit, order.id, OrderStep.SEND_BACK, "li")
        take(planned, unit, order.id, OrderStep.FINISH, "zhao", given)
        assert [each.id for each in unit.orders.of_parent(order.id)] == [repair.id], "found again, not opened again"
        take(planned, unit, order.id, OrderStep.PASS_CHECK, "li", {})
        assert unit.orders.get(order.id).state is OrderState.CLOSED
    planned.tick()
    told = [notice for notice in planned.sent if notice.order == repair.id]
    assert [notice.message.params["subject"] for notice in told] == [INSULATION.title]


def test_a_repair_goes_through_the_same_list_at_each_check_and_ends_in_order(stage: Stage) -> None:
    bad = Given(Finding.NOT_IN_ORDER, remark="drips")
    with stage.work.writing() as unit:
        order = an_order(stage, unit, WorkKind.REPAIR)
        first = next(iter(lines_of(stage, unit, order)))
        assert lack_of(stage, unit, order, {first: bad}) == (first, Lack.NOT_MENDED)
        take(stage, unit, order.id, OrderStep.FINISH, "zhao")
        assert lack_of(stage, unit, order, {first: None}, OrderStep.PASS_CHECK) == (first, Lack.ANSWER)
        assert lack_of(stage, unit, order, {first: bad}, OrderStep.PASS_CHECK) == (first, Lack.NOT_PASSED)
        line = lines_of(stage, unit, order)[first].key
        take(stage, unit, order.id, OrderStep.SEND_BACK, "li", {line: bad})
        take(stage, unit, order.id, OrderStep.FINISH, "zhao")
        closed = take(stage, unit, order.id, OrderStep.PASS_CHECK, "li")
        assert closed.state is OrderState.CLOSED
        of_line = [
            (result.check.value, result.finding.value)
            for result in unit.results.of_order(order.id)
            if result.line == line
        ]
        assert of_line == [
            ("self", "in_order"),
            ("second", "not_in_order"),
            ("self", "in_order"),
            ("second", "in_order"),
        ]
        assert unit.orders.of_parent(order.id) == []


def test_a_line_that_the_list_does_not_have_is_refused(stage: Stage) -> None:
    with stage.work.writing() as unit:
        order = an_order(stage, unit, WorkKind.REPAIR)
        given = {**in_order(stage.site, unit, order.id, OrderStep.FINISH), "pump-1.00000000": Given(Finding.IN_ORDER)}
        with pytest.raises(Conflict, match="changed meanwhile"):
            take(stage, unit, order.id, OrderStep.FINISH, "zhao", given)


def test_photos_are_kept_once_by_those_who_have_a_part_until_the_order_is_closed(stage: Stage) -> None:
    with stage.work.writing() as unit:
        order = an_order(stage, unit, WorkKind.REPAIR)
        photo = {"order": order.id, "line": "", "picture": b"jpeg", "size": (4, 3), "at": stage.now}
        zhao, li = stage.person("zhao"), stage.person("li")
        first = keep_photo(stage.site, unit, key="one", person=zhao, **photo)
        assert keep_photo(stage.site, unit, key="one", person=zhao, **photo) == first
        assert unit.photos.of_order(order.id) == [first]
        assert unit.photos.picture(order.id, first.id) == b"jpeg"
        with pytest.raises(Conflict, match="changed meanwhile"):
            keep_photo(stage.site, unit, key="two", person=zhao, **{**photo, "line": "no-such"})
        for number in range(MOST_PHOTOS - 1):
            keep_photo(stage.site, unit, key=f"more-{number}", person=li, **photo)
        with pytest.raises(Unfit, match=str(MOST_PHOTOS)):
            keep_photo(stage.site, unit, key="last", person=zhao, **photo)
        take(stage, unit, order.id, OrderStep.FINISH, "zhao")
        take(stage, unit, order.id, OrderStep.PASS_CHECK, "li")
        with pytest.raises(Conflict, match="closed"):
            keep_photo(stage.site, unit, key="late", person=zhao, **photo)


def test_what_was_used_adds_up_and_a_wrong_entry_is_struck_not_lost(stage: Stage) -> None:
    with stage.work.writing() as unit:
        order = an_order(stage, unit, WorkKind.REPAIR)
        zhao = stage.person("zhao")

        def enter(key: str, name: str, quantity: str, price: int) -> int:
            return use_part(
                stage.site, unit, order=order.id, key=key, kind=UsedKind.PART, name=name, quantity=Decimal(quantity),
                measure="m", price=price, charged=True, person=zhao, at=stage.now,
            ).id  # fmt: skip

        cable = enter("a", "Cable", "2.555", 333)
        assert enter("a", "Cable", "2.555", 333) == cable
        wrong = enter("b", "Lamp", "1", 1999)
        strike(stage.site, unit, order=order.id, used=wrong, person=zhao, at=stage.now)
        rows = unit.used.of_order(order.id)
        assert [(row.name, row.cost, row.struck_by) for row in rows] == [("Cable", 851, None), ("Lamp", 0, zhao)]
        for quantity, price in [("0", 1), ("-1", 1), ("1.0005", 1), ("1", -1)]:
            with pytest.raises(Unfit):
                enter("c", "x", quantity, price)
        with pytest.raises(Unfit, match="characters"):
            enter("d", "", "1", 1)
