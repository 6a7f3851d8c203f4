"""Each scenario of the simulators on the real wire, the whole demo estate: which alerts, who is told by which channel, and how soon.

`tests/scenarios/expected/<scenario>.told.txt`: level, kind, asset, then who was told first by which channel (a consequence that is
folded under its cause: nobody); `wecom|hook`: by either, as the internet is away or back again.
`python -m tests.torture.test_scenarios NAME …` writes them anew: look at why each line is right.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from facility.domain.notice import NoticeState
from simulators.scenario import load_scenarios
from tests.harness.estate import Estate
from tests.harness.lengths import length
from tests.harness.wait import until

EXPECTED = Path(__file__).resolve().parents[1] / "scenarios" / "expected"
SCENARIOS = sorted(load_scenarios())
CHOSEN = length(["breaker-trips"], SCENARIOS)
IN_TIME = {
    1: timedelta(minutes=1),
    2: timedelta(minutes=2),
    3: timedelta(minutes=2),
}  # the budgets are 5 and 10 minutes
AFTER = 600.0  # seconds that a scenario and its messages may take

pytestmark = pytest.mark.timeout(900)


@contextmanager
def estate(folder: Path) -> Iterator[Estate]:
    one = Estate(folder)
    try:
        one.prepare()
        one.start()
        one.wait_ready()
        until(lambda: one.good_points() >= 700, "700 good points", within=90, every=0.5)
        yield one
    finally:
        one.stop()


def play(one: Estate, scenario: str) -> None:
    """To its end, and until every message went out."""
    simulators = f"http://127.0.0.1:{one.simulators_port}"
    httpx.post(f"{simulators}/scenarios/{scenario}").raise_for_status()

    def over() -> bool:
        return not httpx.get(f"{simulators}/status", timeout=5).json()["scenario"]["running"]

    until(over, f"{scenario} is over", within=AFTER, every=1.0)
    until(lambda: all(state is not NoticeState.WAITING for state in first_notices(one)), "all are told", within=90)


def first_notices(one: Estate) -> list[NoticeState]:
    with one.work().reading() as unit:
        alerts = unit.alerts.recent(200)
        return [notice.state for alert in alerts for notice in unit.notices.of_alert(alert.id) if notice.rung == 0]


def told(one: Estate) -> tuple[list[str], list[str]]:
    """A line for each alert as in the files; and those of which somebody was told too late."""
    lines, late = [], []
    with one.work().reading() as unit:
        for alert in unit.alerts.recent(200):
            accepted = [
                notice
                for notice in unit.notices.of_alert(alert.id)
                if notice.state is NoticeState.SENT and (notice.rung, notice.round) == (0, 0)
            ]
            first = min(accepted, key=lambda notice: (notice.done_at, notice.id), default=None)
            who = f"{unit.people.get(first.person).login} {first.channel}" if first else "nobody"
            line = f"{alert.level} {alert.kind} {alert.asset} {who}"
            lines.append(line)
            if first is not None and first.done_at is not None and first.done_at - alert.onset > IN_TIME[alert.level]:
                late.append(f"{line}: {first.done_at - alert.onset}")
    return sorted(lines), late


@pytest.mark.parametrize("scenario", CHOSEN)
def test_who_must_know_is_told_in_time(scenario: str, tmp_path: Path) -> None:
    with estate(tmp_path) as one:
        play(one, scenario)
        found, late = told(one)
    expected = (EXPECTED / f"{scenario}.told.txt").read_text(encoding="utf-8").splitlines()
    assert [fitting(line, expected) for line in found] == expected
    assert late == []


def fitting(line: str, expected: list[str]) -> str:
    """The expected line that allows this one, or the line itself."""
    what, _, channel = line.rpartition(" ")
    for wanted in expected:
        same, _, channels = wanted.rpartition(" ")
        if same == what and channel in channels.split("|"):
            return wanted
    return line


def main(names: list[str]) -> None:
    """Write the files of these scenarios anew."""
    for name in names or SCENARIOS:
        with tempfile.TemporaryDirectory() as folder, estate(Path(folder) / "estate") as one:
            play(one, name)
            found, late = told(one)
        (EXPECTED / f"{name}.told.txt").write_text("\n".join(found) + "\n", encoding="utf-8")
        sys.stdout.write(f"{name}: {len(found)} alerts, late: {late}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
