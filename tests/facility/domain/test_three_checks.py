"""Three different people check, whatever happened before; the lots of the spot checks are even, and the same for everybody who asks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.order import OrderEvent, SpotCheck
from facility.domain.role import Role
from facility.domain.three_checks import Hands, Post, SpotRule, bench_of, draw, hands_of, lot_of

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WORKER, FOREMAN, SECOND, OTHER, SUPERVISOR, MANAGER, ADMINISTRATOR = range(1, 8)
POSTS = (
    Post(WORKER, Role.TECHNICIAN, "crew"),
    Post(FOREMAN, Role.FOREMAN, "crew"),
    Post(OTHER, Role.FOREMAN, "guards"),
    Post(SUPERVISOR, Role.SUPERVISOR, "crew"),
    Post(MANAGER, Role.MANAGER, "service"),
    Post(ADMINISTRATOR, Role.ADMINISTRATOR, "service"),
)
people = st.frozensets(st.integers(1, 7))


def test_the_teams_foreman_checks_and_a_supervisor_spot_checks() -> None:
    bench = bench_of("crew", POSTS, Hands(frozenset({WORKER})))
    assert bench.checkers == {FOREMAN}
    assert bench.spot_checkers == {SUPERVISOR}
    assert bench.planners == {FOREMAN, SUPERVISOR, MANAGER, ADMINISTRATOR}


@pytest.mark.parametrize(
    ("worked", "checkers"),
    [
        ({FOREMAN}, {OTHER, SUPERVISOR}),
        ({FOREMAN, OTHER}, {SUPERVISOR}),
        ({FOREMAN, OTHER, SUPERVISOR}, {MANAGER}),
        ({WORKER, FOREMAN}, {OTHER, SUPERVISOR}),
    ],
)
def test_the_foreman_who_did_the_work_is_checked_by_another_foreman_or_the_supervisor(
    worked: set[int], checkers: set[int]
) -> None:
    assert bench_of("crew", POSTS, Hands(frozenset(worked))).checkers == checkers


def test_with_two_foremen_the_other_one_checks_too() -> None:
    posts = (*POSTS, Post(SECOND, Role.FOREMAN, "crew"))
    assert bench_of("crew", posts, Hands(frozenset({FOREMAN}))).checkers == {SECOND, OTHER, SUPERVISOR}


def test_the_supervisor_who_checked_second_leaves_the_third_check_to_the_manager() -> None:
    hands = Hands(frozenset({FOREMAN}), frozenset({SUPERVISOR}))
    assert bench_of("crew", POSTS, hands).spot_checkers == {MANAGER}


@given(people, people, people, st.sampled_from(["crew", "guards", "", "gone"]))
def test_nobody_checks_what_they_worked_on_or_checked_before(
    worked: frozenset[int], checked: frozenset[int], called: frozenset[int], team: str
) -> None:
    bench = bench_of(team, POSTS, Hands(worked, checked), called)
    assert not bench.checkers & worked
    assert not bench.spot_checkers & (worked | checked)


def test_hands_are_those_of_all_rounds() -> None:
    steps = [
        ("opened", None),
        ("accept", 9),
        ("start", 1),
        ("finish", 2),
        ("send_back", 3),
        ("finish", 4),
        ("pass_check", 5),
    ]
    events = [OrderEvent(1, f"{number}", T0, step, person) for number, (step, person) in enumerate(steps)]
    assert hands_of(events) == Hands(frozenset({1, 2, 4}), frozenset({3, 5}))


@given(st.integers(1, 10**9), st.integers(0, 20))
def test_a_draw_is_always_the_same_and_more_are_drawn_after_a_failure(order: int, since: int) -> None:
    rule = SpotRule(0.1, 0.5, 10)
    usual, after = draw(rule, "garden", order, None), draw(rule, "garden", order, since)
    assert after is draw(rule, "garden", order, since)
    assert usual is (SpotCheck.DRAWN if lot_of("garden", order) < 0.1 else SpotCheck.NONE)
    if usual is SpotCheck.DRAWN or since >= rule.orders:
        assert after is usual
    else:
        assert after is (SpotCheck.AFTER_FAILURE if lot_of("garden", order) < 0.5 else SpotCheck.NONE)


@pytest.mark.parametrize("site", ["garden", "court"])
def test_lots_are_even(site: str) -> None:
    lots = [lot_of(site, order) for order in range(1, 4001)]
    for tenth in range(10):
        share = sum(tenth / 10 <= lot < (tenth + 1) / 10 for lot in lots) / len(lots)
        assert 0.08 < share < 0.12


@pytest.mark.parametrize(("share", "expected"), [(0.0, SpotCheck.NONE), (1.0, SpotCheck.DRAWN)])
def test_none_and_all(share: float, expected: SpotCheck) -> None:
    assert {draw(SpotRule(share, share, 0), "garden", order, 0) for order in range(200)} == {expected}
