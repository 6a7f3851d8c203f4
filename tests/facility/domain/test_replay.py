"""A rule replayed on what the collectors recorded makes the conditions that they found."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facility.domain.asset import COMM_LOST
from facility.domain.condition import Condition, EdgeKind
from facility.domain.moment import SECOND, moment, nanoseconds
from facility.domain.reading import BadReason
from facility.domain.replay import NOT_RECORDED, Replay, Replayed, Unjudged, warm_up
from facility.domain.rule import AllOf, Compare, Comparison, Negation, Rate, Rule, Silence
from facility.domain.stored import Stored
from facility.store.line_protocol import parse, stored
from tests.collectors.collect_stage import START, Stage, X, device, point

PERIOD = 5
EVERY = timedelta(seconds=PERIOD)
NEAR = EVERY + timedelta(seconds=0.25)  # the period, and the tick of the collectors
LOW = Rule("low", X, Compare("u", Comparison.BELOW, 10.0, 2.0), timedelta(seconds=12), timedelta(seconds=7))
BOTH = Rule(
    "both",
    X,
    AllOf((Compare("u", Comparison.BELOW, 10.0), Negation(Compare("n", Comparison.EQUALS, 0.0)))),
    timedelta(seconds=6),
)
FALLS = Rule("falls", X, Rate("u", -4.0, timedelta(seconds=31)), timedelta(seconds=3))
COMM = Rule(COMM_LOST, X, Silence(timedelta(seconds=91)), clear_hold=timedelta(seconds=21))
RULES = (LOW, BOTH, FALLS, COMM)
POINTS = (point("u"), point("n"))
ASSET = device("m1", POINTS, RULES)

readings = st.tuples(st.sampled_from([5.0, 9.0, 11.0, 13.0]), st.sampled_from([0.0, 1.0]))
stretches = (
    st.lists(  # what is read, for how many periods; "restart": the collectors start again between two good readings
        st.tuples(st.one_of(readings, st.sampled_from(["failed", "half", "restart"])), st.integers(1, 25)), max_size=12
    )
)


def numbers_of(text: str) -> list[tuple[str, float]]:
    """Name and number of each field of a line."""
    pairs = (field.partition("=") for field in text.split(",")) if text else ()
    return [(name, float(number)) for name, _, number in pairs]


def recorded(journey: list[tuple[object, int]]) -> tuple[list[Stored], dict[str, list[Condition]], Stage]:
    """What the collectors write and find on a journey."""
    stage = Stage(Path(tempfile.mkdtemp()), [ASSET])
    lines: list[str] = []
    found: dict[str, list[Condition]] = {rule.id: [] for rule in RULES}

    def gather() -> None:
        lines.extend(stage.lines())
        edges = [edge for edge in stage.outflow.edges if edge.rule in found]
        stage.edges()
        for edge in edges:
            ended = edge.at if edge.kind is EdgeKind.ENDED else None
            if ended is not None:
                found[edge.rule].pop()
            found[edge.rule].append(Condition(edge.asset, edge.rule, edge.onset, edge.at, "", ended))

    block = stage.monitor.sink(stage.site.assets["m1"], POINTS)
    for what, periods in journey:
        if what == "restart":
            block.good((13.0, 1.0), stage.clock.ns)
            stage.wait(PERIOD)
            gather()
            stage.begin()
            block = stage.monitor.sink(stage.site.assets["m1"], POINTS)
            block.good((13.0, 1.0), stage.clock.ns)
            stage.wait(PERIOD)
            gather()
            continue
        for _ in range(periods):
            if what == "failed":
                block.failed(BadReason.TIMEOUT, stage.clock.ns)
            elif what == "half":
                block.mixed((None, 1.0), (BadReason.SENTINEL, BadReason.NONE), stage.clock.ns)
            else:
                block.good(what, stage.clock.ns)  # type: ignore[arg-type]
            stage.wait(PERIOD)
            gather()
    text = "".join(f"{line}\n" for line in lines).encode()
    return [stored(line.at, numbers_of(line.numbers), line.texts) for line in parse(text, "history")], found, stage


def replayed(rule: Rule, lines: list[Stored], until: int) -> Replayed:
    replay = Replay(ASSET, rule, START)
    for line in lines:
        replay.take(line)
    return replay.finish(moment(until))


@settings(deadline=None, max_examples=25)
@given(stretches)
@example([((5.0, 1.0), 9), ("failed", 25), ((5.0, 1.0), 3), ("restart", 1), ((13.0, 1.0), 9)])
def test_replaying_gives_the_conditions_that_were_found_to_the_period(journey: list[tuple[object, int]]) -> None:
    lines, found, stage = recorded([*journey, ((13.0, 1.0), 8)])  # calm at the end: what is pending is decided
    for rule in RULES:
        again = replayed(rule, lines, stage.clock.ns).conditions
        assert [each.ended_at is None for each in again] == [each.ended_at is None for each in found[rule.id]], rule.id
        for mine, theirs in zip(again, found[rule.id], strict=True):
            assert abs(mine.onset - theirs.onset) <= NEAR
            assert mine.ended_at is None or theirs.ended_at is None or abs(mine.ended_at - theirs.ended_at) <= NEAR


def at(seconds: float) -> int:
    return nanoseconds(START) + int(seconds * SECOND)


def good(seconds: float, u: float, *, first: bool = False) -> Stored:
    qualities = {"u": "good", "n": "good"} if first else {}
    return Stored(at(seconds), {"u": u, "n": 1.0}, qualities)


def test_what_was_not_recorded_is_not_judged_and_is_told() -> None:
    lines = [good(0, 13.0, first=True), good(60, 13.0), good(3600, 5.0), good(3620, 5.0)]
    outcome = replayed(LOW, lines, at(3630))
    assert [each.onset for each in outcome.conditions] == [moment(at(3600))]
    assert outcome.unjudged == (Unjudged(moment(at(60)), moment(at(3600)), NOT_RECORDED),)


def test_a_gap_is_no_silence_but_a_device_that_does_not_answer_is() -> None:
    gap = [good(0, 13.0, first=True), good(3600, 13.0)]
    assert replayed(COMM, gap, at(3610)).conditions == ()
    silent = [good(0, 13.0, first=True), Stored(at(5), {}, {"u": "bad:timeout", "n": "bad:timeout"})]
    (found,) = replayed(COMM, silent, at(600)).conditions
    assert abs(found.onset - moment(at(91))) <= EVERY


def test_a_bad_point_says_why_the_rule_was_not_judged() -> None:
    lines = [good(0, 13.0, first=True), Stored(at(10), {}, {"u": "bad:sentinel"}), good(40, 13.0)]
    assert replayed(LOW, lines, at(50)).unjudged == (Unjudged(moment(at(10)), moment(at(40)), "bad:sentinel"),)


@pytest.mark.parametrize(("rule", "least"), [(LOW, 19), (FALLS, 33), (COMM, 110)])
def test_a_replay_begins_early_enough_to_know(rule: Rule, least: int) -> None:
    assert warm_up(rule) >= timedelta(seconds=least)
