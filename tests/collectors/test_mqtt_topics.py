"""What a message does: to the state, the history and the rules; retained, late, repeated, unreadable."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.topic import Topic
from facility.domain.condition import EdgeKind
from facility.domain.moment import EPOCH, SECOND, moment
from facility.domain.reading import BadReason, Quality
from facility.domain.rule import Compare, Comparison, Rule
from tests.collectors.collect_stage import Stage, X, device, json_point

STUCK = Rule("stuck", X, Compare("barrier", Comparison.EQUALS, "open"))
STATE = (
    json_point("barrier", "state", "$.barrier", "enum", time="$.time"),
    json_point("warmth", "state", "$.warmth", "number", time="$.time"),
)
EVENT = (
    json_point("card", "event", "$.card", "text", time="$.time", every=86400),
    json_point("verdict", "event", "$.verdict", "enum", time="$.time", every=86400),
)
TOPICS = {"state": "{prefix}/state", "event": "{prefix}/event"}


class Gate:
    """One gate and its two topics."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder, [device("gate", [*STATE, *EVENT], [STUCK], topics=TOPICS)])
        asset = self.stage.site.assets["gate"]
        self.state = Topic(asset, STATE, self.stage.monitor.sink(asset, STATE))
        self.event = Topic(asset, EVENT, self.stage.monitor.sink(asset, EVENT))

    def says(self, topic: Topic, *, retained: bool = False, age: float | None = None, **fields: object) -> list[str]:
        """Take a message whose source time is `age` seconds old (None: it has none); the lines that it made, from the fields on."""
        if age is not None:
            fields["time"] = (self.stage.clock.at - timedelta(seconds=age)).isoformat()
        topic.take(json.dumps(fields).encode(), self.stage.clock.ns, retained=retained)
        return [line.split(" ", 1)[1] for line in self.stage.lines()]

    def quality(self, point: str = "barrier") -> Quality:
        return self.stage.monitor.tracks["gate"].state(self.stage.clock.ns).points[point].quality


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_the_source_time_is_the_readings_time(gate: Gate) -> None:
    at = gate.stage.clock.ns - 3 * SECOND
    assert gate.says(gate.state, age=3, barrier="closed") == [f'barrier_text="closed",barrier_quality="good" {at}']
    assert gate.stage.monitor.tracks["gate"].state(0).points["barrier"].at == moment(at)


def test_without_a_source_time_it_is_the_receipt(gate: Gate) -> None:
    assert gate.says(gate.state, warmth=20)[0].endswith(f" {gate.stage.clock.ns}")


def test_a_time_from_the_future_is_no_time(gate: Gate) -> None:
    assert gate.says(gate.state, age=-3600, warmth=20)[0].endswith(f" {gate.stage.clock.ns}")
    assert gate.state.intake.wrong_times == 1


def test_a_time_of_a_clock_that_was_never_set_is_no_time_either(gate: Gate) -> None:
    age = gate.stage.clock.at.timestamp()
    assert gate.says(gate.state, age=age, warmth=20)[0].endswith(f" {gate.stage.clock.ns}")
    assert gate.state.intake.wrong_times == 1


def test_a_message_about_one_point_leaves_the_others_alone(gate: Gate) -> None:
    gate.says(gate.state, barrier="closed", warmth=20)
    gate.stage.clock.advance(1)
    assert gate.says(gate.state, warmth=21) == [f"warmth=21.0 {gate.stage.clock.ns}"]
    assert gate.quality("barrier") is Quality.GOOD


def test_each_card_is_written_also_when_it_is_the_same_card(gate: Gate) -> None:
    gate.says(gate.event, age=0, card="A1", verdict="open")
    gate.stage.clock.advance(1)
    assert gate.says(gate.event, age=0, card="A1", verdict="open") == [
        f'card_text="A1",verdict_text="open" {gate.stage.clock.ns}'
    ]


def test_a_card_with_strange_characters_stays_one_line(gate: Gate) -> None:
    (line,) = gate.says(gate.event, card='a"b\\c\nd\ud800')
    assert line.startswith('card_text="a\\"b\\\\c d ",')


def test_a_repeated_message_changes_nothing(gate: Gate) -> None:
    gate.says(gate.event, age=0, card="A1", verdict="open")
    assert gate.says(gate.event, age=0, card="A1", verdict="open") == []


def test_a_change_within_the_same_second_of_the_source_is_taken(gate: Gate) -> None:
    gate.says(gate.state, age=0, barrier="closed")
    gate.says(gate.state, age=0, barrier="open")
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]


def test_a_late_reading_goes_to_history_and_nowhere_else(gate: Gate) -> None:
    gate.says(gate.state, age=0, barrier="closed", warmth=20)
    at = gate.stage.clock.ns - 60 * SECOND
    assert gate.says(gate.state, age=60, barrier="open", warmth=10) == [f'barrier_text="open",warmth=10.0 {at}']
    assert gate.stage.edges() == []
    assert gate.stage.monitor.tracks["gate"].state(0).points["barrier"].value == "closed"
    assert gate.state.intake.late == 1


def test_a_backlog_after_a_start_acts_on_nothing(gate: Gate) -> None:
    for age in (3600, 3000, 2400):
        gate.says(gate.state, age=age, barrier="open")
    gate.stage.wait(1)
    assert gate.quality() is Quality.STALE
    assert gate.stage.edges() == []
    gate.says(gate.state, age=0, barrier="open")
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]


def test_a_retained_message_is_shown_and_starts_no_condition(gate: Gate) -> None:
    gate.says(gate.state, retained=True, age=5, barrier="open")
    gate.stage.wait(1)
    assert gate.quality() is Quality.GOOD
    assert gate.stage.edges() == []
    assert not gate.stage.monitor.tracks["gate"].view.freshness.last_good
    gate.says(gate.state, age=0, barrier="open")
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]


def test_a_retained_message_of_unknown_age_is_stale_and_never_stamped(gate: Gate) -> None:
    assert gate.says(gate.state, retained=True, barrier="open") == []
    shown = gate.stage.monitor.tracks["gate"].state(0).points["barrier"]
    assert (shown.value, shown.quality, shown.at) == ("open", Quality.STALE, EPOCH)
    gate.says(gate.state, barrier="closed")
    gate.says(gate.state, retained=True, barrier="open")
    assert gate.stage.monitor.tracks["gate"].state(0).points["barrier"].value == "closed"


def test_the_live_copy_of_a_retained_message_is_seen_by_the_rules(gate: Gate) -> None:
    """After a connect the broker may give the retained copy before the queued live one: both have one source time."""
    at = gate.stage.clock.at.isoformat()
    gate.says(gate.state, retained=True, barrier="open", time=at)
    assert gate.stage.edges() == []
    gate.stage.wait(1)
    gate.says(gate.state, barrier="open", time=at)
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]
    assert gate.stage.monitor.tracks["gate"].view.freshness.last_good
    assert gate.says(gate.state, barrier="open", time=at) == []


def test_a_retained_copy_behind_the_live_one_changes_nothing(gate: Gate) -> None:
    at = gate.stage.clock.at.isoformat()
    gate.says(gate.state, barrier="open", time=at)
    assert gate.says(gate.state, retained=True, barrier="closed", time=at) == []
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]
    assert gate.stage.monitor.tracks["gate"].state(0).points["barrier"].value == "open"


def test_an_old_retained_message_is_stale_with_its_own_time(gate: Gate) -> None:
    gate.says(gate.state, retained=True, age=7200, barrier="open")
    gate.stage.wait(1)
    shown = gate.stage.monitor.tracks["gate"].state(0).points["barrier"]
    assert (shown.quality, gate.stage.clock.at - shown.at) == (Quality.STALE, timedelta(seconds=7201))


def test_a_frozen_source_time_is_silence(gate: Gate) -> None:
    frozen = gate.stage.clock.at.isoformat()
    for _ in range(10):
        gate.stage.wait(15)
        gate.says(gate.state, barrier="closed", time=frozen)
    assert gate.quality() is Quality.STALE
    assert ("wire", "link_lost", EdgeKind.OPENED) in gate.stage.edges()


def test_garbage_makes_the_topics_points_bad_and_is_said_once(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    gate.says(gate.state, barrier="open")
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]
    for payload in (b"\xff\x00", b"{", b"[]", b'{"other": 1}'):
        gate.state.take(payload, gate.stage.clock.advance(1), retained=False)
    point = gate.stage.monitor.tracks["gate"].state(0).points["barrier"]
    assert (point.quality, point.reason, point.value) == (Quality.BAD, BadReason.BAD_PAYLOAD, "open")
    assert gate.state.garbage == 4
    assert len([r for r in caplog.records if "cannot be read" in r.message]) == 1
    assert gate.stage.edges() == []
    gate.stage.clock.advance(1)
    gate.says(gate.state, barrier="closed")
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.ENDED)]


def test_one_bad_field_leaves_the_others_good(gate: Gate) -> None:
    gate.says(gate.state, barrier="sideways", warmth=20)
    points = gate.stage.monitor.tracks["gate"].state(0).points
    assert points["barrier"].reason is BadReason.UNKNOWN_LABEL
    assert points["warmth"].quality is Quality.GOOD


def test_messages_that_come_again_after_a_restart_make_no_second_edge(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.says(gate.state, age=2, barrier="open")
    gate.says(gate.state, age=1, barrier="closed")
    assert [kind for _, _, kind in gate.stage.edges()] == [EdgeKind.OPENED, EdgeKind.ENDED]
    again = Gate(tmp_path)
    assert len(again.says(again.state, age=2, barrier="open")) == 1
    again.says(again.state, age=1, barrier="closed")
    assert again.stage.edges() == []
    again.says(again.state, age=0, barrier="open")
    assert again.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]
