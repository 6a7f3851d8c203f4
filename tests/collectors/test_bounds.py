"""Every queue of the collectors is bounded, and what it gives up is counted: history before anything else, conditions never."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import outflow as outflow_module
from collectors.journal import Journal
from collectors.mqtt import MqttLink
from collectors.outflow import Outflow
from collectors.showing import Showing
from collectors.spool import MAX_PARKED_BYTES, MOST_PARKED, Spool
from facility.bus import Message
from facility.domain.asset import LinkKind
from facility.domain.condition import Edge, EdgeKind, folded
from facility.domain.errors import StoreUnavailable
from facility.domain.state import AssetState
from facility.store.live import SqlLive
from tests.collectors.collect_stage import START, HandClock, Stage, device, edge, json_point, wire

OPENED, ENDED = EdgeKind.OPENED, EdgeKind.ENDED


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def outflow(tmp_path: Path, clock: HandClock) -> Outflow:
    return Outflow(Spool(tmp_path / "spool.db", clock), Journal(tmp_path / "journal.db", "main", clock))


def flapping(count: int, rule: str = "r") -> list[Edge]:
    return [edge(n // 2, OPENED if n % 2 == 0 else ENDED, rule=rule) for n in range(count)]


def test_lines_pile_up_to_a_bound_while_a_flush_hangs(outflow: Outflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outflow_module, "KEPT_WAITING", 100)
    outflow.lines.extend(f"line {n}\n" for n in range(250))
    outflow.bound()
    assert (outflow.waiting_lines, outflow.shed, outflow.lines[0]) == (100, 150, "line 150\n")


def test_edges_are_folded_while_a_flush_hangs(outflow: Outflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outflow_module, "KEPT_EDGES", 50)
    outflow.edges.extend(flapping(201))
    outflow.bound()
    assert (outflow.waiting_edges, outflow.folded) == (3, 198)
    outflow.edges.append(edge(100, ENDED))
    outflow.step()
    assert outflow._journal.open_set() == []


def test_lines_that_a_full_disk_refuses_are_shed_oldest_first(
    outflow: Outflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outflow_module, "KEPT_LINES", 10)
    monkeypatch.setattr(outflow._spool, "append", lambda *batch: False)
    outflow.lines.extend(f"line {n}\n" for n in range(25))
    assert outflow.step() == outflow_module.RETRY
    assert (outflow.waiting_lines, outflow._spool.dropped, outflow._lines[0]) == (10, 15, "line 15\n")


def test_edges_that_the_journal_refuses_are_folded_and_no_condition_is_lost(
    outflow: Outflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outflow_module, "KEPT_EDGES", 50)
    outflow._journal._connection.execute("PRAGMA busy_timeout = 1")
    blocker = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    outflow.edges.extend(flapping(201))
    outflow.edges.append(edge(7, rule="other"))
    assert outflow.step() == outflow_module.RETRY
    assert (outflow.waiting_edges, outflow.folded) == (4, 198)
    blocker.execute("ROLLBACK")
    blocker.close()
    outflow.step()
    assert [(item.rule, item.onset) for item in outflow._journal.open_set()] == [
        ("r", edge(100).onset),
        ("other", edge(7).onset),
    ]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=40))
def test_folding_keeps_how_each_rule_begins_and_ends(steps: list[tuple[str, bool]]) -> None:
    edges = [edge(n, OPENED if opens else ENDED, rule=rule) for n, (rule, opens) in enumerate(steps)]
    kept = folded(edges)
    assert kept == sorted(kept, key=lambda item: item.onset)
    for rule in "ab":
        before, after = ([item for item in some if item.rule == rule] for some in (edges, kept))
        assert before[:1] == after[:1]
        assert before[-2:] == after[-2:]
        assert len(after) <= 3


def test_the_journal_is_folded_when_the_work_database_is_away_for_long(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.journal.MOST", 100)
    journal = Journal(tmp_path / "journal.db", "main", clock)
    journal.record([edge(1, rule="steady")])
    for start in range(0, 500, 2):
        journal.record([edge(start), edge(start, ENDED)])
    assert journal.undelivered == len(journal.pending(9999)) <= 104
    assert journal.undelivered + journal.folded == 501
    assert [item.rule for item in journal.open_set()] == ["steady"]
    journal.mark(journal.pending(9999))
    assert journal.undelivered == 0


def test_the_newest_parked_lines_stay_in_number(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock)
    for start in range(0, MOST_PARKED + 500, 500):
        spool.park([(b"line %d" % n, "outside of the retention") for n in range(start, start + 500)])
    parked = spool.parked_lines()
    assert (len(parked), parked[0][0], spool.parked_dropped) == (MOST_PARKED, b"line 500", 500)


def test_parked_lines_are_bounded_in_size_and_age(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock, max_age=timedelta(days=30))
    line = b"x" * (MAX_PARKED_BYTES // 4)
    spool.park([(b"%d" % n + line, "too long") for n in range(6)])
    assert (len(spool.parked_lines()), spool.parked_dropped) == (3, 3)
    clock.advance(31 * 86400)
    spool.park([(b"new", "refused")])
    assert (spool.parked_lines(), spool.parked_dropped) == ([(b"new", "refused")], 6)


def test_live_waits_with_one_state_an_asset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = SqlLive(f"sqlite:///{tmp_path / 'live.db'}", "demo")
    showing = Showing(live)

    def away(states: object, program: object = None) -> None:
        raise StoreUnavailable("live", "away", "Wait.")

    monkeypatch.setattr(live, "put", away)
    for _ in range(50):
        showing.offer([AssetState(name, START, True, {}) for name in ("a", "b")])
        showing.step()
    assert showing.waiting == 2
    live.close()


def test_a_flood_at_qos_0_is_shed_and_qos_1_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.mqtt.INBOX", 10)
    gate = device("gate", [json_point("n", "state", "$.n", "number")], link="bus", topics={"state": "{prefix}/state"})
    stage = Stage(tmp_path, [gate], [wire("bus", kind=LinkKind.MQTT)])
    link = MqttLink(stage.site.links["bus"], [gate], "demo", stage.monitor, stage.outflow, stage.clock)
    for qos in (0, 1):
        for _ in range(25):
            link._deliver(Message("t/gate/state", b'{"n": 1}', False, qos, lambda: None))
    figures = link.metrics()
    assert figures['facility_bus_inbox{link="bus"}'] == 10 + 25
    assert figures['facility_bus_shed_total{link="bus"}'] == 15
    link._take_waiting()
    assert len(stage.outflow.acknowledgements) == 25, "messages at QoS 0 want no acknowledgement"
