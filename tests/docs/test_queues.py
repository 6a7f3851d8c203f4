"""The table of queues in the operations manual: its figures and bounds are those of the code."""

import re
from pathlib import Path

from api import feed
from collectors import journal, mqtt, outflow, spool
from scheduler import sender

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## Queues")[2].partition("**Disk full.**")[0]


def test_each_figure_of_the_table_is_one_that_the_programs_give() -> None:
    programs = [ROOT / name for name in ("api", "collectors", "scheduler")]
    code = "\n".join(file.read_text("utf-8") for folder in programs for file in folder.rglob("*.py"))
    figures = set(re.findall(r"`facility_([a-z_]+)`", TABLE))
    assert len(figures) >= 20
    assert [name for name in sorted(figures) if name.removeprefix("bus_") not in code] == []


def test_each_bound_of_the_table_is_that_of_the_code() -> None:
    """A bound that is changed in the code must be changed in the manual too."""
    bounds = (
        mqtt.INBOX,
        outflow.KEPT_WAITING,
        outflow.KEPT_LINES,
        outflow.KEPT_EDGES,
        journal.MOST,
        spool.MOST_PARKED,
        feed.MOST_READERS,
    )
    assert [bound for bound in bounds if f"{bound:,}".replace(",", " ") not in TABLE] == []
    assert f"| {feed.BACKLOG} |" in TABLE
    assert f"{sender.AT_ONCE} at once" in TABLE
    assert f"{spool.MAX_BYTES >> 30} GiB, {spool.MAX_AGE.days} days" in TABLE
    assert f"{spool.MAX_PARKED_BYTES >> 20} MiB" in TABLE
