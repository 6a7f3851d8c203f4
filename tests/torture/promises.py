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
        "100 alerts in 10 s, simulated time; two engines",
        "1 000 alerts in 10 s, simulated time; two engines",
    ),
    Promise(
        "G3S",
        "each scenario tells whom it should, in time",
        ("tests/torture/test_scenarios.py",),
        "one of the fourteen, on the real wire",
        "all fourteen, on the real wire",
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
        "G4",
        "deadlines survive a restart",
        (
            "tests/facility/flow/test_alert_deadlines.py",
            "tests/facility/flow/test_main_flow.py",
            "tests/scheduler/test_program.py",
        ),
        "a 5-minute step, dead from 2:30 until 3:00, 6:00 and 3 days, simulated time: 5:00 ± 2 s, or at once; once. A "
        "2-minute step over a kill",
        "the same, all on two engines",
    ),
    Promise(
        "G5",
        "steps of the wall clock do nothing",
        ("tests/facility/test_clock.py", "tests/scheduler/test_program.py"),
        "± 1 h, − 20 s, 1970 at boot",
        "the same",
    ),
    Promise(
        "G6",
        "sent means accepted",
        (
            "tests/scheduler/test_channels.py",
            "tests/scheduler/channels/",
            "tests/facility/flow/test_receive.py",
            "tests/api/test_receipts.py",
        ),
        "each refusal code of each vendor, 500, 429, hang, reset, half a body, empty, HTML; SMTP step by step; a modem "
        "on a pseudo-terminal; receipts first, twice, forged",
        "the same",
    ),
    Promise(
        "G7",
        "all channels dead: said, and delivered on recovery",
        ("tests/facility/flow/test_all_channels_dead.py", "tests/scheduler/test_program.py", "tests/api/test_pages.py"),
        "10 min: refused, unreachable and hanging, in simulated time; real programs with a moved clock",
        "the same, all on two engines",
    ),
    Promise(
        "G9",
        "silence is not health",
        ("tests/collectors/test_state.py", "tests/collectors/test_program.py"),
        "in simulated time, and a real wire",
        "the same",
    ),
    Promise(
        "G12",
        "late data: true onset, marked late",
        ("tests/facility/flow/test_alert_deadlines.py", "tests/facility/flow/test_main_flow.py"),
        "20 minutes and 3 days late, simulated time",
        "the same, all on two engines",
    ),
    Promise(
        "G15",
        "what was kept quiet is told when that ends",
        ("tests/facility/flow/test_alert_life.py",),
        "each of the three, over a restart, simulated time",
        "the same, all on two engines",
    ),
    Promise(
        "G15F",
        "folding swallows nothing",
        ("tests/facility/flow/test_fold.py", "tests/scenarios/test_outages.py"),
        "each case; 12 random sequences of parents, links, children and restarts, simulated time",
        "the same, all on two engines",
    ),
    Promise(
        "G16",
        "a storm passes no limit, level 1 in time",
        ("tests/scheduler/test_storm.py", "tests/facility/flow/test_flood_and_tuning.py"),
        "30 of level 1 among 200, two limited channels, simulated time",
        "the same, all on two engines",
    ),
    Promise(
        "G17",
        "a latched fire alarm stands",
        (
            "tests/facility/flow/test_alert_life.py",
            "tests/kill/test_latch_kill.py",
            "tests/facility/domain/test_life_cycles.py",
            "tests/api/test_alert_pages.py",
        ),
        "a pulse of 200 ms, the scheduler killed, a shelf refused, two engines; reset by signal, by register, by hand",
        "the same",
    ),
    Promise(
        "G18",
        "a silent program is told by another",
        ("tests/scheduler/test_watchdog.py",),
        "scheduler frozen, moved clock, real processes; each kind of silence in simulated time",
        "the same",
    ),
    Promise(
        "G19",
        "one actor: a frozen leader writes nothing",
        ("tests/scheduler/test_program.py",),
        "SIGSTOP, SIGCONT; two engines",
        "the same",
    ),
    Promise(
        "G22",
        "one changed row of the audit is named",
        ("tests/contract/test_audit.py", "tests/facility/cli/test_alerts_command.py"),
        "a row changed, taken out, cut off at the end; two engines",
        "the same",
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
