"""Edge nodes: births, aliases, sequence, deaths of the right session, what is late, what was never born."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.births import Births
from collectors.sparkplug import EdgeNode, Member, filters, parse_topic
from facility.domain.asset import COMM_LOST
from facility.domain.condition import EdgeKind
from facility.domain.moment import SECOND
from facility.domain.mqtt import Format, Stream
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason, Quality
from facility.domain.rule import Compare, Comparison, Rule, Silence
from facility.domain.state import PointState
from facility.domain.unit import Unit
from simulators.sparkplug_payload import Metric, death, payload
from tests.collectors.collect_stage import Stage, X, device

HOT = Rule("hot", X, Compare("warmth", Comparison.ABOVE, 60.0))
LOST = Rule(COMM_LOST, X, Silence(timedelta(seconds=90)))
CODES: dict[int | str, str] = {0: "closed", 1: "open"}


def metric_point(name: str, metric: str, kind: str) -> Point:
    read = JsonField("data", "$", kind, metric=metric)
    return Point(name, X, Unit.NONE, read, timedelta(seconds=30), codes=CODES if kind == "enum" else {})


POINTS = (
    metric_point("warmth", "Cabinet/Temperature", "number"),
    metric_point("breaker", "Breaker", "enum"),
    metric_point("maker", "Maker", "text"),
)


class Estate:
    """Edge node g/e with its device d as the asset cabinet; the node counts its messages itself."""

    def __init__(self, folder: Path) -> None:
        streams = {"data": Stream(Format.SPARKPLUG)}
        cabinet = device("cabinet", POINTS, [HOT, LOST], topics={"data": "{prefix}"}, streams=streams, prefix="g/e/d")
        self.folder, self.stage = folder, Stage(folder, [cabinet])
        self.births = Births(folder / "births.db", self.stage.clock)
        self.begin()
        self.seq = 0

    def begin(self) -> None:
        """The collectors start, or start again."""
        stage = self.stage
        stage.begin()
        self.node = EdgeNode(
            "g/e",
            lambda device, data: self.births.put("wire", "g/e", device, data),
            lambda device: self.births.end("wire", "g/e", device),
        )
        asset = stage.site.assets["cabinet"]
        member = Member(stage.monitor.tracks["cabinet"], POINTS, stage.monitor.sink(asset, POINTS))
        self.member = self.node.members["d"] = member
        self.node.restore(self.births.of("wire", "g/e"))

    @property
    def now(self) -> int:
        """Unix ms."""
        return self.stage.clock.ns // 1_000_000

    def take(self, kind: str, device: str, data: bytes) -> bytes:
        self.node.take(kind, device, data, self.stage.clock.ns)
        return data

    def is_born(self, session: int = 1) -> None:
        """NBIRTH and DBIRTH."""
        self.take("NBIRTH", "", payload([Metric("bdSeq", "uint64", session)], seq=0, time=self.now))
        self.seq = 0
        self.device_is_born()

    def device_is_born(self, warmth: float = 20.0) -> None:
        metrics = [
            Metric("Cabinet/Temperature", "float", warmth, alias=1, time=self.now - 900_000),
            Metric("Breaker", "int32", 0, alias=2),
            Metric("Maker", "string", "ACME", alias=3),
            Metric("Not ours", "int8", 0, alias=4),
        ]
        self.take("DBIRTH", "d", payload(metrics, seq=self.next(), time=self.now))

    def next(self) -> int:
        self.seq = (self.seq + 1) % 256
        return self.seq

    def data(self, *metrics: Metric, kind: str = "DDATA", device: str = "d") -> bytes:
        """A message, taken in."""
        return self.take(kind, device, payload(metrics, seq=self.next(), time=self.now))

    def point(self, name: str = "warmth") -> PointState:
        return self.stage.monitor.tracks["cabinet"].state(self.stage.clock.ns).points[name]

    def edges(self) -> list[tuple[str, EdgeKind]]:
        self.stage.wait(0.25)
        return [(rule, kind) for _, rule, kind in self.stage.edges()]


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


def test_a_time_from_the_future_is_no_time(estate: Estate) -> None:
    estate.is_born()
    ahead = estate.now + 3_600_000
    estate.take("DDATA", "d", payload([Metric("", "float", 30.0, alias=1)], seq=estate.next(), time=ahead))
    assert (estate.point().value, estate.member.intake.wrong_times) == (30.0, 1)
    assert estate.point().at <= estate.stage.clock.at


def test_a_birth_brings_values_and_data_names_an_alias_alone(estate: Estate) -> None:
    estate.is_born()
    assert [estate.point(p.name).value for p in POINTS] == [20.0, "closed", "ACME"]
    assert estate.point().at == estate.stage.clock.at  # as of the birth, not of the last change
    estate.stage.clock.advance(1)
    estate.data(Metric(alias=1, value=70.5, kind="float", typed=False), Metric(alias=2, value=1, kind="int32"))
    assert (estate.point().value, estate.point("breaker").value) == (70.5, "open")
    assert estate.edges() == [("hot", EdgeKind.OPENED)]
    assert estate.node.unresolved == 0


def test_each_metric_has_its_own_time(estate: Estate) -> None:
    estate.is_born()
    estate.stage.lines()
    estate.stage.clock.advance(10)
    times = [estate.now - 3000, estate.now - 2000, estate.now - 2000]
    estate.data(*(Metric(alias=1, value=v, kind="float", time=t) for v, t in zip((1.0, 2.0, 3.0), times, strict=True)))
    written = [line.split(" ", 1)[1] for line in estate.stage.lines()]
    assert written[0] == f"warmth=1.0 {times[0] * 1_000_000}"
    assert [line.split(" ")[0] for line in written] == ["warmth=1.0", "warmth=2.0", "warmth=3.0"]
    assert estate.point().value == 3.0


def test_null_historical_and_wrong_types(estate: Estate) -> None:
    estate.is_born()
    estate.stage.clock.advance(1)
    estate.data(Metric(alias=1, null=True))
    assert (estate.point().quality, estate.point().reason) == (Quality.BAD, BadReason.SENTINEL)
    estate.stage.lines()
    estate.data(Metric(alias=1, value=90.0, kind="float", historical=True, time=estate.now - 60_000))
    assert [line.split(" ")[1] for line in estate.stage.lines()] == ["warmth=90.0"]
    assert estate.edges() == []
    estate.stage.clock.advance(1)
    estate.data(Metric(alias=1, value="hot", kind="string", typed=False))
    assert estate.point().reason is BadReason.BAD_PAYLOAD


def test_data_before_a_birth_is_counted_and_left_out(estate: Estate, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        estate.data(Metric("Cabinet/Temperature", "float", 99.0))
    assert (estate.node.before_birth, estate.stage.lines(), estate.edges()) == (2, [], [])
    estate.take("NBIRTH", "", payload([Metric("bdSeq", "uint64", 1)], seq=0, time=estate.now))
    estate.data(Metric(alias=1, value=99.0, kind="float"))
    assert (estate.node.before_birth, estate.stage.lines()) == (3, [])
    estate.device_is_born()
    estate.data(Metric("Cabinet/Humidity", "float", 1.0), Metric(alias=77, value=1.0, kind="float"))
    assert (estate.node.unresolved, estate.point().value) == (2, 20.0)
    assert len([r for r in caplog.records if "before it was born" in r.message]) == 2  # once a birth of the node


def test_a_node_death_of_its_session_is_communication_lost(estate: Estate) -> None:
    estate.is_born(session=5)
    estate.take("NDEATH", "", death(4))
    assert estate.edges() == []
    estate.take("NDEATH", "", death(5))
    assert estate.edges() == [(COMM_LOST, EdgeKind.OPENED)]
    assert estate.point().reason is BadReason.COMM_LOST
    estate.data(Metric(alias=1, value=1.0, kind="float"))
    assert estate.point().reason is BadReason.COMM_LOST  # nobody is born
    estate.stage.clock.advance(5)
    estate.is_born(session=6)
    assert estate.point().value == 20.0
    assert estate.edges() == [(COMM_LOST, EdgeKind.ENDED)]


def test_a_device_death_leaves_its_node_alive(estate: Estate) -> None:
    estate.is_born()
    estate.data(kind="DDEATH")
    assert estate.point().reason is BadReason.COMM_LOST
    assert estate.edges() == [(COMM_LOST, EdgeKind.OPENED)]
    estate.stage.clock.advance(5)
    estate.device_is_born()
    assert estate.point().quality is Quality.GOOD


def test_a_rebirth_of_the_node_awaits_its_devices_without_an_alert(estate: Estate) -> None:
    estate.is_born(session=1)
    estate.stage.clock.advance(5)
    estate.take("NBIRTH", "", payload([Metric("bdSeq", "uint64", 2)], seq=0, time=estate.now))
    assert estate.point().reason is BadReason.COMM_LOST
    assert estate.edges() == []
    estate.seq = 0
    estate.device_is_born(21.0)
    assert estate.point().value == 21.0


def test_a_repeated_or_overtaken_node_birth_changes_nothing(estate: Estate) -> None:
    old = payload([Metric("bdSeq", "uint64", 1)], seq=0, time=estate.now - 5000)
    now = payload([Metric("bdSeq", "uint64", 2)], seq=0, time=estate.now)
    estate.take("NBIRTH", "", now)
    estate.device_is_born()
    for again in (now, old):
        estate.take("NBIRTH", "", again)
        assert estate.point().quality is Quality.GOOD
    reset = payload([Metric("bdSeq", "uint64", 3)], seq=0, time=1)  # its clock lost the time
    estate.take("NBIRTH", "", reset)
    assert estate.point().quality is Quality.BAD


def test_three_shuffled_copies_are_stored_and_judged_once(estate: Estate) -> None:
    estate.is_born()
    estate.stage.lines()
    sent = []
    for n in range(1, 31):
        estate.stage.clock.advance(1)
        warmth = 70.0 if n == 30 else float(n)
        sent.append(payload([Metric(alias=1, value=warmth, kind="float")], seq=(n + 1) % 256, time=estate.now))
    copies = sent * 3
    random.Random(3).shuffle(copies)
    for data in copies:
        estate.take("DDATA", "d", data)
    values = [line.split(" ")[1] for line in estate.stage.lines()]
    assert sorted(values) == sorted(f"warmth={70.0 if n == 30 else float(n)}" for n in range(1, 31))
    assert (estate.node.numbers.repeated, estate.node.numbers.missing) == (60, 0)
    assert estate.edges() == [("hot", EdgeKind.OPENED)]


def test_a_gap_is_counted_over_all_devices_of_the_node(estate: Estate, caplog: pytest.LogCaptureFixture) -> None:
    estate.is_born()
    estate.data(Metric("x", "int8", 1), device="another")  # not ours, but it has the number
    estate.seq += 4
    estate.stage.clock.advance(1)
    estate.data(Metric(alias=1, value=1.0, kind="float"))
    estate.node.settle(estate.stage.clock.ns + 11 * SECOND)
    assert estate.node.numbers.missing == 4
    assert len([r for r in caplog.records if "never came" in r.message]) == 1


def test_births_outlive_our_restart_but_not_a_lost_session(estate: Estate) -> None:
    estate.is_born(session=5)
    estate.begin()
    estate.stage.clock.advance(1)
    estate.data(Metric(alias=1, value=33.0, kind="float"))
    assert estate.point().value == 33.0
    estate.node.forget()
    estate.stage.clock.advance(1)
    estate.data(Metric(alias=1, value=34.0, kind="float"))
    assert (estate.point().value, estate.node.before_birth) == (33.0, 1)


def test_a_death_is_remembered_over_our_restart(estate: Estate) -> None:
    estate.is_born(session=5)
    estate.take("NDEATH", "", death(5))
    estate.begin()
    estate.data(Metric(alias=1, value=33.0, kind="float"))
    assert estate.node.before_birth == 1


def test_garbage_makes_a_born_device_bad(estate: Estate) -> None:
    estate.is_born()
    estate.take("DDATA", "d", b"\xff\xff")
    assert estate.point().reason is BadReason.BAD_PAYLOAD
    assert estate.node.garbage == 1


def test_a_birth_without_a_metric_of_the_profile_is_said(estate: Estate, caplog: pytest.LogCaptureFixture) -> None:
    estate.take("NBIRTH", "", payload([Metric("bdSeq", "uint64", 1)], seq=0, time=estate.now))
    estate.take("DBIRTH", "d", payload([Metric("Breaker", "int32", 1)], seq=1, time=estate.now))
    assert "was born without Cabinet/Temperature, Maker" in caplog.text
    assert estate.point("breaker").value == "open"


def test_topics() -> None:
    assert parse_topic("spBv1.0/g/DDATA/e/d") == ("g/e", "DDATA", "d")
    assert parse_topic("spBv1.0/g/NBIRTH/e") == ("g/e", "NBIRTH", "")
    for other in ("spBv1.0/g/NCMD/e", "spBv1.0/STATE/host", "spBv1.0/g/NDATA/e/d", "spBv1.0/g/DDATA/e", "g/DDATA/e/d"):
        assert parse_topic(other) is None
    assert not any("CMD" in wanted for wanted in filters("g", "e"))
    assert len(filters("g", "e")) == 6
