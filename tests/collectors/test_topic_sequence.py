"""A topic whose messages are numbered: each sample is stored and judged once, whatever the network does to it."""

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.sequence import PATIENCE
from collectors.topic import Topic
from facility.domain.condition import EdgeKind
from facility.domain.moment import SECOND
from facility.domain.mqtt import Stream
from facility.domain.reading import Quality
from facility.domain.rule import Compare, Comparison, Rule
from tests.collectors.collect_stage import Stage, X, device, json_point

STUCK = Rule("stuck", X, Compare("barrier", Comparison.EQUALS, "open"))
TOPICS = {"state": "{prefix}/state"}


class Counting:
    """A gate that numbers its messages, with or without a clock of its own."""

    def __init__(self, folder: Path, *, timed: bool) -> None:
        stream = Stream(sequence="$.n")
        time = "$.time" if timed else ""
        points = (
            json_point("barrier", "state", "$.barrier", "enum", time=time),
            json_point("card", "state", "$.card", "text", time=time),
        )
        self.timed = timed
        self.stage = Stage(folder, [device("gate", points, [STUCK], topics=TOPICS, streams={"state": stream})])
        asset = self.stage.site.assets["gate"]
        self.topic = Topic(asset, points, self.stage.monitor.sink(asset, points), stream)

    def message(self, n: int, *, age: float = 0.0, barrier: str = "closed") -> bytes:
        fields: dict[str, object] = {"n": n, "barrier": barrier, "card": f"card-{n}"}
        if self.timed:
            fields["time"] = (self.stage.clock.at - timedelta(seconds=age)).isoformat()
        return json.dumps(fields).encode()

    def take(self, payload: bytes, *, retained: bool = False) -> list[str]:
        self.topic.take(payload, self.stage.clock.ns, retained=retained)
        return self.stage.lines()


@pytest.fixture(params=[True, False], ids=["timed", "without a clock"])
def gate(request: pytest.FixtureRequest, tmp_path: Path) -> Counting:
    return Counting(tmp_path, timed=request.param)


def test_three_shuffled_copies_of_each_are_stored_once_and_judged_once(gate: Counting) -> None:
    """G8: the cards in history are the cards that were sent, each at one time; the gate was opened once."""
    copies = [gate.message(n, age=20 - n, barrier="open" if n == 20 else "closed") for n in range(1, 21)] * 3
    random.Random(7).shuffle(copies)
    lines = [line for payload in copies for line in gate.take(payload)]
    cards = [line.split('card_text="')[1].split('"')[0] for line in lines]
    assert sorted(cards) == sorted(f"card-{n}" for n in range(1, 21))
    assert len({line.rsplit(" ", 1)[1] for line in lines}) == 20
    assert gate.topic.numbers.repeated == 40
    assert gate.topic.numbers.missing == 0
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]
    for payload in copies:
        assert gate.take(payload) == []
    assert gate.stage.edges() == []


def test_a_gap_is_counted_and_said_once(gate: Counting, caplog: pytest.LogCaptureFixture) -> None:
    for n in (1, 2, 5, 9):
        gate.take(gate.message(n))
        gate.stage.clock.advance(1)
    gate.topic.settle(gate.stage.clock.ns + PATIENCE)
    gate.take(gate.message(20))
    gate.topic.settle(gate.stage.clock.ns + PATIENCE)
    assert gate.topic.numbers.missing == 5 + 10
    assert len([record for record in caplog.records if "never came" in record.message]) == 1


def test_a_device_that_begins_again_is_heard_at_once(gate: Counting) -> None:
    for n in range(1, 6):
        gate.take(gate.message(n))
        gate.stage.clock.advance(1)
    gate.take(gate.message(1, barrier="open"))
    assert gate.topic.numbers.restarts == 1
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]
    assert gate.topic.intake.late == 0


def test_the_retained_copy_does_not_use_up_the_number_of_the_live_one(gate: Counting) -> None:
    gate.take(gate.message(3, barrier="open"), retained=True)
    assert gate.stage.edges() == []
    gate.take(gate.message(3, barrier="open"))
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]
    assert gate.take(gate.message(3, barrier="open"), retained=True) == []


def test_without_a_number_a_message_is_taken_by_its_time(gate: Counting) -> None:
    gate.take(json.dumps({"barrier": "open", "n": "seven"}).encode())
    assert gate.stage.edges() == [("gate", "stuck", EdgeKind.OPENED)]
    assert gate.topic.numbers.newest == -1


def test_two_states_of_one_second_are_both_in_history_in_their_order(tmp_path: Path) -> None:
    gate = Counting(tmp_path, timed=True)
    lines = [gate.take(gate.message(n, barrier=b))[0] for n, b in ((1, "closed"), (3, "closed"), (2, "open"))]
    times = [int(line.rsplit(" ", 1)[1]) for line in lines]
    assert times[0] < times[2] < times[1] < times[0] + SECOND
    assert gate.stage.monitor.tracks["gate"].state(0).points["barrier"].quality is Quality.GOOD
