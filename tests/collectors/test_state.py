"""Present state: quality, times, deadband, and what goes to history, Live and the journal."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from struct import pack, unpack

import pytest

from collectors.state import Block
from facility.domain.asset import COMM_LOST, LINK_LOST, fresh_for
from facility.domain.condition import EdgeKind
from facility.domain.moment import SECOND, moment
from facility.domain.profile import RawType
from facility.domain.reading import BadReason, Quality
from facility.domain.rule import AllOf, Compare, Comparison, Rate, Rule, Silence
from facility.domain.state import PointState
from tests.collectors.collect_stage import Stage, X, device, point, wire

COMM = Rule(COMM_LOST, X, Silence(timedelta(seconds=90)))
LOW = Rule("low", X, Compare("u", Comparison.BELOW, 10.0, 2.0), hold=timedelta(seconds=3))
RUNNING_LOW = Rule(
    "running_low", X, AllOf((Compare("u", Comparison.BELOW, 10.0), Compare("mode", Comparison.EQUALS, "running")))
)
POINTS = (point("u", deadband=0.5), point("mode", kind=RawType.ENUM), point("n"))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, [device("m1", POINTS, [LOW, RUNNING_LOW, COMM]), device("m2", POINTS, [COMM])])


def sink(stage: Stage, asset: str = "m1") -> Block:
    return stage.monitor.sink(stage.site.assets[asset], POINTS)


def test_the_first_reading_writes_all_points_and_their_quality(stage: Stage) -> None:
    at = stage.clock.ns
    sink(stage).good((230.0, "running", 1.0), at)
    assert stage.lines() == [
        'meter,site=demo,asset=m1 u=230,u_quality="good",mode_text="running",mode_quality="good",n=1,n_quality="good" '
        f"{at}"
    ]


def test_what_stays_inside_its_deadband_is_left_out_but_not_for_long(stage: Stage) -> None:
    block = sink(stage)
    block.good((230.0, "running", 1.0), stage.clock.ns)
    stage.lines()
    block.good((230.4, "running", 1.0), stage.clock.advance(5))
    assert stage.lines() == []
    block.good((230.5, "running", 1.0), stage.clock.advance(5))
    assert stage.lines() == [f"meter,site=demo,asset=m1 u=230.5 {stage.clock.ns}"]
    block.good((230.5, "stopped", 2.0), stage.clock.advance(5))
    assert stage.lines() == [f'meter,site=demo,asset=m1 mode_text="stopped",n=2 {stage.clock.ns}']
    block.good((230.4, "stopped", 2.0), stage.clock.advance(45))
    assert stage.lines() == [f'meter,site=demo,asset=m1 u=230.4,mode_text="stopped",n=2 {stage.clock.ns}']
    block.good((330.4, "running", 3.0), stage.clock.advance(5))
    assert stage.lines() == [f'meter,site=demo,asset=m1 u=330.4,mode_text="running",n=3 {stage.clock.ns}']


def test_a_slow_drift_is_measured_from_what_history_has(stage: Stage) -> None:
    block = sink(stage)
    block.good((230.0, "running", 1.0), stage.clock.ns)
    stage.lines()
    written = []
    for step in range(1, 11):
        block.good((230.0 + step / 10, "running", 1.0), stage.clock.advance(1))
        written += stage.lines()
    assert [line.split(" ")[1] for line in written] == ["u=230.5", "u=231"]


def test_a_bad_point_writes_its_quality_and_keeps_its_last_value_and_time(stage: Stage) -> None:
    block = sink(stage)
    first = stage.clock.ns
    block.good((230.0, "running", 1.0), first)
    stage.lines()
    at = stage.clock.advance(5)
    block.mixed((None, "running", 1.0), (BadReason.SENTINEL, BadReason.NONE, BadReason.NONE), at)
    assert stage.lines() == [f'meter,site=demo,asset=m1 u_quality="bad:sentinel" {at}']
    block.mixed((None, "running", 1.0), (BadReason.SENTINEL, BadReason.NONE, BadReason.NONE), stage.clock.advance(5))
    assert stage.lines() == []
    points = stage.monitor.tracks["m1"].state(at).points
    assert (points["u"].value, points["u"].quality, points["u"].reason) == (230.0, Quality.BAD, BadReason.SENTINEL)
    assert points["u"].at == moment(first)
    assert points["mode"].quality is Quality.GOOD
    block.good((230.0, "running", 1.0), stage.clock.advance(5))
    assert stage.lines() == [f'meter,site=demo,asset=m1 u=230,u_quality="good" {stage.clock.ns}']
    assert stage.monitor.metrics()["facility_decode_errors_total"] == 2


def test_a_block_without_answer_is_bad_and_silence_makes_it_stale_with_its_age(stage: Stage) -> None:
    failing, silent = sink(stage), sink(stage, "m2")
    start = stage.clock.ns
    for block in (failing, silent):
        block.good((230.0, "running", 1.0), start)
    stage.lines()
    failing.failed(BadReason.TIMEOUT, stage.clock.advance(5))
    assert 'mode_quality="bad:timeout"' in stage.lines()[0]
    stage.wait(9.5)
    assert stage.lines() == []
    stage.wait(1)
    assert 'u_quality="stale"' in stage.lines()[0]
    states = {state.asset: state for state in stage.monitor.due()}
    assert {p.quality for p in states["m2"].points.values()} == {Quality.STALE}
    assert {p.at for p in states["m2"].points.values()} == {moment(start)}
    assert not states["m2"].online


def test_live_gets_changes_at_once_and_ages_every_few_seconds(stage: Stage) -> None:
    block = sink(stage)
    block.good((230.0, "running", 1.0), stage.clock.ns)
    assert [state.asset for state in stage.monitor.due()] == ["m1"]
    block.good((230.1, "running", 1.0), stage.clock.advance(1))
    assert stage.monitor.due() == []
    block.good((230.1, "running", 2.0), stage.clock.advance(1))
    assert [state.points["u"].value for state in stage.monitor.due()] == [230.1]
    block.good((230.2, "running", 2.0), stage.clock.advance(5))
    (state,) = stage.monitor.due()
    assert (state.at, state.online) == (stage.clock.now(), True)
    assert state.points["u"].at == stage.clock.now()


def test_a_point_that_was_never_read_is_not_shown(stage: Stage) -> None:
    stage.monitor.sink(stage.site.assets["m1"], POINTS[:1]).good((1.0,), stage.clock.ns)
    stage.monitor.sink(stage.site.assets["m1"], POINTS[1:])
    assert set(stage.monitor.due()[0].points) == {"u"}


def test_a_rule_opens_after_its_hold_with_the_onset_of_its_first_truth(stage: Stage) -> None:
    block = sink(stage)
    block.good((5.0, "stopped", 1.0), stage.clock.ns)
    onset = stage.clock.now()
    stage.wait(2.75)
    assert stage.edges() == []
    stage.wait(0.25)
    assert stage.edges() == [("m1", "low", EdgeKind.OPENED)]
    (edge,) = stage.journal.pending(9)
    assert (edge.onset, edge.at, edge.point, edge.value, edge.limit) == (onset, stage.clock.now(), "u", 5.0, 10.0)
    block.good((11.0, "stopped", 1.0), stage.clock.advance(1))
    assert stage.edges() == []  # inside the hysteresis
    block.good((12.0, "stopped", 1.0), stage.clock.advance(1))
    assert stage.edges() == [("m1", "low", EdgeKind.ENDED)]


def test_rules_see_what_the_deadband_hides_from_history(stage: Stage) -> None:
    block = sink(stage)
    block.good((10.0, "running", 1.0), stage.clock.ns)
    stage.lines()
    block.good((9.9, "running", 1.0), stage.clock.advance(1))
    assert stage.lines() == []
    assert stage.edges() == [("m1", "running_low", EdgeKind.OPENED)]


def test_bad_and_silent_points_neither_open_nor_end(stage: Stage) -> None:
    block = sink(stage)
    block.good((5.0, "stopped", 1.0), stage.clock.ns)
    stage.wait(4)
    assert stage.edges() == [("m1", "low", EdgeKind.OPENED)]
    block.failed(BadReason.COMM_LOST, stage.clock.advance(1))
    stage.wait(30)
    assert stage.edges() == []
    block.good((50.0, "stopped", 1.0), stage.clock.advance(1))
    assert stage.edges() == [("m1", "low", EdgeKind.ENDED)]


def test_silence_opens_one_condition_and_a_restart_makes_and_ends_none(stage: Stage) -> None:
    """G9 in short: the gateway of m1 and m2 stops."""
    for name in ("m1", "m2"):
        sink(stage, name).good((5.0, "running", 1.0), stage.clock.ns)
    stage.wait(4)
    active = {("m1", "low", EdgeKind.OPENED), ("m1", "running_low", EdgeKind.OPENED)}
    assert set(stage.edges()) == active
    stage.wait(57)
    assert stage.edges() == [("wire", LINK_LOST, EdgeKind.OPENED)]
    stage.wait(30)
    assert set(stage.edges()) == {("m1", COMM_LOST, EdgeKind.OPENED), ("m2", COMM_LOST, EdgeKind.OPENED)}
    stage.begin()
    blocks = [sink(stage, name) for name in ("m1", "m2")]
    stage.wait(120)
    assert stage.edges() == []
    assert len(stage.journal.open_set()) == 5
    for block in blocks:
        block.good((50.0, "running", 1.0), stage.clock.advance(0.25))
    stage.monitor.tick()
    assert {(asset, rule) for asset, rule, kind in stage.edges() if kind is EdgeKind.ENDED} == {
        ("m1", "low"),
        ("m1", "running_low"),
        ("m1", COMM_LOST),
        ("m2", COMM_LOST),
        ("wire", LINK_LOST),
    }


def test_a_restart_makes_no_silence_before_its_time(stage: Stage) -> None:
    sink(stage).good((50.0, "running", 1.0), stage.clock.ns)
    stage.clock.advance(3600)
    stage.begin()
    stage.wait(60)
    assert stage.edges() == []
    stage.wait(31)
    assert ("wire", LINK_LOST, EdgeKind.OPENED) in stage.edges()


def test_what_was_open_for_a_rule_that_is_gone_ends(stage: Stage, tmp_path: Path) -> None:
    sink(stage).good((5.0, "running", 1.0), stage.clock.ns)
    stage.edges()
    again = Stage(tmp_path, [device("m2", POINTS, [COMM])])
    assert again.edges() == [("m1", "running_low", EdgeKind.ENDED)]
    assert again.journal.open_set() == []


def test_a_clock_that_is_set_once_makes_no_silence(stage: Stage) -> None:
    sink(stage).good((50.0, "running", 1.0), stage.clock.ns)
    stage.wait(1)
    stage.clock.at += timedelta(days=365 * 50)
    stage.wait(2)
    assert stage.edges() == []
    assert stage.monitor.due()[0].online


def test_a_falling_level_is_seen_between_two_readings(tmp_path: Path) -> None:
    falling = Rule("falling_fast", X, Rate("n", -0.3, timedelta(seconds=60)))
    stage = Stage(tmp_path, [device("tank", POINTS, [falling])], [wire()])
    block = stage.monitor.sink(stage.site.assets["tank"], POINTS)
    for level in (3.0, 2.9, 2.8):
        block.good((0.0, "x", level), stage.clock.advance(10))
    assert stage.edges() == []
    block.good((0.0, "x", 2.6), stage.clock.advance(10))
    assert stage.edges() == [("tank", "falling_fast", EdgeKind.OPENED)]
    for _ in range(14):
        block.good((0.0, "x", 2.6), stage.clock.advance(5))
        stage.wait(0.25)
    assert stage.edges() == [("tank", "falling_fast", EdgeKind.ENDED)]


def test_ages_are_kept_in_nanoseconds_without_loss(stage: Stage) -> None:
    assert moment(stage.clock.ns) == stage.clock.now()
    assert moment(stage.clock.ns + SECOND) - stage.clock.now() == timedelta(seconds=1)


def test_each_raw_type_is_written_with_all_its_digits(tmp_path: Path) -> None:
    kinds = (RawType.FLOAT32, RawType.UINT32, RawType.INT16, RawType.BIT, RawType.FLOAT64, RawType.UINT64)
    points = tuple(point(kind.value, kind=kind) for kind in kinds)
    stage = Stage(tmp_path, [device("m", points)])
    block = stage.monitor.sink(stage.site.assets["m"], points)
    for _ in range(2):
        (single,) = unpack(">f", pack(">f", 230.12345))
        block.good((single, 4294967295 * 0.01, 2301 * 0.1, 1.0, 0.1, 9007199254740991.0), stage.clock.advance(61))
    line = stage.lines()[-1]
    assert line.split(" ")[1] == (
        "float32=230.123444,uint32=42949672.95,int16=230.1,bit=1,float64=0.1,uint64=9007199254740991.0"
    )
    assert pack(">f", 230.123444) == pack(">f", single)


def test_a_large_estates_assets_take_turns_on_live_and_what_is_urgent_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.monitor.SHOWN", 2)
    meters = [device(f"m{i}", [point("u")]) for i in range(6)]
    stage = Stage(tmp_path, meters)
    sinks = [stage.monitor.sink(meter, tuple(meter.profile.points.values())) for meter in meters]
    for sink in sinks:
        sink.good([230.0], stage.clock.advance(0.01))
    shown = [state.asset for _ in range(3) for state in stage.monitor.due()]
    assert sorted(shown) == [meter.id for meter in meters]
    for value in (231.0, 232.0):
        for sink in sinks:
            sink.good([value], stage.clock.advance(0.01))
    sinks[5].failed(BadReason.TIMEOUT, stage.clock.advance(0.01))
    assert stage.monitor.due()[0].asset == "m5"


def test_no_asset_waits_for_its_turn_on_live_until_pages_call_it_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.monitor.SHOWN", 0)
    meters = [device(f"m{i}", [point("u", every=1.0)]) for i in range(6)]
    stage = Stage(tmp_path, meters)
    sinks = [stage.monitor.sink(meter, tuple(meter.profile.points.values())) for meter in meters]
    for sink in sinks:
        sink.good([230.0], stage.clock.ns)
    assert len(stage.monitor.due()) == 6
    for sink in sinks:
        sink.good([231.0], stage.clock.advance(0.5))
    assert stage.monitor.due() == []
    stage.clock.advance(30)
    assert len(stage.monitor.due()) == 6


def test_what_is_read_every_ten_seconds_goes_to_live_with_each_fourth_reading_and_is_never_called_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.monitor.SHOWN", 0)
    meter = device("m", [point("u", every=10.0)])
    stage = Stage(tmp_path, [meter])
    sink = stage.monitor.sink(meter, tuple(meter.profile.points.values()))
    shown = []
    for second in range(400):
        now = stage.clock.advance(1)
        if second % 10 == 0:
            sink.good([float(second)], now)
        shown += [(second, state.at) for state in stage.monitor.due()]
        assert moment(now) - shown[-1][1] < fresh_for(meter)
    assert [second for second, _ in shown] == [0, *range(44, 400, 40)]


def test_points_that_stand_together_are_shown_as_each_alone(tmp_path: Path) -> None:
    meter = device("m", [point("u"), point("i")])
    stage = Stage(tmp_path, [meter])
    sink = stage.monitor.sink(meter, tuple(meter.profile.points.values()))
    sink.good([230.0, 5.5], stage.clock.advance(1))
    at = stage.clock.at
    (state,) = stage.monitor.due()
    assert dict(state.points) == {
        "u": PointState(230.0, Quality.GOOD, BadReason.NONE, at),
        "i": PointState(5.5, Quality.GOOD, BadReason.NONE, at),
    }


@pytest.mark.parametrize(
    ("deadband", "high", "written"),
    [
        (0.0, 500.0, "230.123459"),
        (0.01, 500.0, "230.123"),
        (0.5, 500.0, "230.12"),
        (5.0, 500.0, "230.1"),
        (0.01, None, "230.123459"),
    ],
)
def test_digits_below_a_twentieth_of_the_deadband_are_left_out_of_history(
    deadband: float, high: float | None, written: str, tmp_path: Path
) -> None:
    ranged = replace(point("u", deadband=deadband), low=0.0, high=high)
    meter = device("m", [ranged])
    stage = Stage(tmp_path, [meter])
    stage.monitor.sink(meter, (ranged,)).good([230.1234588623047], stage.clock.advance(1))
    assert f"u={written}," in stage.lines()[0]
