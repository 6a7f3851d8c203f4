"""The promises that `make torture` holds the product to: for each the tests, and the length of both runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Promise:
    """One row. `short` and `full`: the length in words; `variables`: for tests that have lengths of their own, in full."""

    id: str
    words: str
    tests: tuple[str, ...]
    short: str
    full: str
    variables: Mapping[str, str] = field(default_factory=dict)


PROMISES = (
    Promise(
        "G1",
        "an acknowledged message is stored once",
        ("tests/kill/test_collector_kill.py",),
        "1 000 messages, a kill at random and at each failpoint",
        "10 000 messages, 20 kills at random and at each failpoint",
    ),
    Promise(
        "G2",
        "alert and outbox are one transaction",
        ("tests/kill/test_outbox_kill.py",),
        "each failpoint, two engines",
        "the same",
    ),
    Promise(
        "G3",
        "a storm of alerts is told in time",
        ("tests/facility/flow/test_alert_deadlines.py",),
        "100 alerts in 10 s, simulated time",
        "1 000 alerts in 10 s, simulated time",
    ),
    Promise(
        "G8",
        "repeated and shuffled: one alert, one notice a step",
        ("tests/torture/test_idempotent.py",),
        "100 samples three times; 50 writers, two engines",
        "2 000 samples three times; 50 writers, two engines, an edge a transaction",
    ),
    Promise(
        "G10",
        "InfluxDB away, collectors killed: every point",
        ("tests/torture/test_history_away.py",),
        "10 min, moved clock",
        "10 min and 2 h, moved clock",
    ),
    Promise(
        "G11",
        "broker killed: nothing lost, the gap seen",
        ("tests/kill/test_broker_kill.py",),
        "1 s",
        "10 min",
        {"FACILITY_BROKER_DOWN": "600"},
    ),
    Promise(
        "G13",
        "disk full: alerts go on, history is shed and counted",
        ("tests/torture/test_disk_full.py", "tests/facility/store/test_room.py"),
        "30 min, moved clock, 90 samples; two engines",
        "30 min, moved clock, 180 samples; two engines",
    ),
    Promise(
        "G14",
        "database locked or restarted: none lost, none false",
        ("tests/torture/test_database_away.py",),
        "locked 8 s, PostgreSQL away 3 s",
        "locked and away, 30 and 120 s each",
    ),
    Promise(
        "C3",
        "no wrong value, ever",
        ("tests/collectors/test_modbus.py",),
        "10 000 reads",
        "1 000 000 reads",
        {"FACILITY_FUZZ_READS": "1000000"},
    ),
    Promise(
        "C3R",
        "no wrong value on a serial line",
        ("tests/collectors/test_rtu.py",),
        "4 000 reads, simulated time",
        "100 000 reads, simulated time",
        {"FACILITY_FUZZ_READS": "100000"},
    ),
)
