"""Availability: offline is communication lost at once; online alone proves nothing."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.presence import Presence
from collectors.topic import Topic
from facility.domain.asset import COMM_LOST
from facility.domain.condition import EdgeKind
from facility.domain.mqtt import Availability
from facility.domain.reading import BadReason, Quality
from facility.domain.rule import Rule, Silence
from facility.domain.state import PointState
from tests.collectors.collect_stage import Stage, X, device, json_point

RULE = Rule(COMM_LOST, X, Silence(timedelta(seconds=90)), level=2)
AVAILABILITY = Availability("{prefix}/status")
OPENED, ENDED = ("gate", COMM_LOST, EdgeKind.OPENED), ("gate", COMM_LOST, EdgeKind.ENDED)


class Gate:
    """A gate with a will."""

    def __init__(self, folder: Path) -> None:
        points = (json_point("barrier", "state", "$.barrier", "enum", time="$.time"),)
        asset = device("gate", points, [RULE], topics={"state": "{prefix}/state"}, availability=AVAILABILITY)
        self.stage = Stage(folder, [asset])
        self.topic = Topic(asset, points, self.stage.monitor.sink(asset, points))
        self.presence = Presence(self.stage.monitor.tracks["gate"], AVAILABILITY)

    def is_said_to_be(self, word: str, *, retained: bool = False) -> None:
        self.presence.take(word.encode(), self.stage.clock.ns, retained=retained)
        self.stage.wait(0.25)

    def says(self, barrier: str, *, age: float = 0.0, retained: bool = False) -> None:
        time = (self.stage.clock.at - timedelta(seconds=age)).isoformat()
        payload = json.dumps({"barrier": barrier, "time": time}).encode()
        self.topic.take(payload, self.stage.clock.ns, retained=retained)
        self.stage.wait(0.25)

    @property
    def barrier(self) -> PointState:
        return self.stage.monitor.tracks["gate"].state(self.stage.clock.ns).points["barrier"]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_offline_is_communication_lost_at_once_and_the_next_reading_ends_it(gate: Gate) -> None:
    gate.says("closed")
    gate.is_said_to_be("offline")
    assert gate.stage.edges() == [OPENED]
    assert (gate.barrier.quality, gate.barrier.reason, gate.barrier.value) == (
        Quality.BAD,
        BadReason.COMM_LOST,
        "closed",
    )
    assert not gate.stage.monitor.tracks["gate"].online
    assert 'barrier_quality="bad:comm_lost"' in gate.stage.lines()[-1]
    gate.is_said_to_be("online")
    assert gate.barrier.quality is Quality.BAD
    assert gate.stage.edges() == []
    gate.says("closed")
    assert gate.barrier.quality is Quality.GOOD
    assert gate.stage.edges() == [ENDED]


def test_a_retained_offline_at_the_start_is_respected(gate: Gate) -> None:
    gate.is_said_to_be("offline", retained=True)
    gate.says("open", age=5, retained=True)
    assert gate.stage.edges() == [OPENED]
    assert gate.barrier.reason is BadReason.COMM_LOST
    gate.says("open", age=2)  # a clock that is behind ours does not make it late
    assert gate.barrier.quality is Quality.GOOD
    assert gate.stage.edges() == [ENDED]


def test_a_retained_state_of_a_device_that_is_gone_is_history_only(gate: Gate) -> None:
    gate.says("closed")
    gate.is_said_to_be("offline")
    gate.stage.lines()
    gate.says("open", retained=True)
    assert gate.barrier.reason is BadReason.COMM_LOST
    assert [line.split(" ")[1] for line in gate.stage.lines()] == ['barrier_text="open"']


def test_an_old_offline_that_is_given_again_after_a_reconnect_is_no_news(gate: Gate) -> None:
    """A device that never says online, but reads."""
    gate.is_said_to_be("offline", retained=True)
    gate.says("closed")
    gate.stage.edges()
    gate.is_said_to_be("offline", retained=True)
    assert gate.barrier.quality is Quality.GOOD
    gate.is_said_to_be("online")
    gate.is_said_to_be("offline", retained=True)
    assert gate.stage.edges() == [OPENED]


def test_a_late_reading_does_not_bring_it_back(gate: Gate) -> None:
    gate.says("closed")
    gate.is_said_to_be("offline")
    gate.says("open", age=60)
    assert gate.barrier.reason is BadReason.COMM_LOST
    assert gate.stage.edges() == [OPENED]


def test_online_at_the_start_says_nothing_of_values(gate: Gate) -> None:
    gate.is_said_to_be("online", retained=True)
    assert gate.stage.monitor.tracks["gate"].state(0).points == {}
    assert gate.stage.edges() == []


def test_another_word_is_said_once_and_changes_nothing(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    gate.says("closed")
    for word in ("asleep", "asleep", ""):
        gate.is_said_to_be(word)
    assert gate.barrier.quality is Quality.GOOD
    assert gate.presence.garbage == 2
    assert len([r for r in caplog.records if "asleep" in r.message]) == 1


def test_its_own_words(gate: Gate) -> None:
    gate.presence = Presence(gate.stage.monitor.tracks["gate"], replace(AVAILABILITY, online="1", offline="0"))
    gate.is_said_to_be("0")
    assert gate.stage.edges() == [OPENED]
