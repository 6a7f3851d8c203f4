"""The programs' accounts in a real Live store, the leases in a real Work; and the command itself."""

import json
import re
from datetime import timedelta
from pathlib import Path

from typer.testing import CliRunner

from facility.cli import doctor
from facility.cli.doctor.finding import Severity
from facility.cli.doctor.installation import Installation
from facility.cli.doctor.links import look as look_at_link
from facility.cli.doctor.programs import look
from facility.cli.program import app
from facility.domain.state import ProgramState
from facility.domain.text import Language
from facility.locale import catalogue
from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from tests.facility.cli.doctor.conftest import ids

WRONG, NOTE, FINE = Severity.WRONG, Severity.NOTE, Severity.FINE
TROUBLED = {
    "facility_spool_lines": 900.0,
    "facility_spool_oldest_seconds": 3600.0,
    "facility_spool_dropped_lines_total": 7.0,
    "facility_parked_lines_total": 1.0,
    "facility_journal_set_aside_total": 1.0,
    "facility_edges_undelivered": 3.0,
    'facility_link_breakers_open{link="pumps-1"}': 2.0,
    'facility_link_breakers_open{link="pumps-2"}': 0.0,
    'facility_link_connections{link="pumps-1"}': 1.0,
    'facility_bus_time_offset_seconds{link="gates"}': -95.0,
}


def account(installation: Installation, program: str, seconds: float = 1, **figures: float) -> None:
    """A program wrote its account so long ago."""
    assert installation.site is not None
    installation.settings.data.mkdir(exist_ok=True)
    live = SqlLive(installation.settings.live, installation.site.id)
    live.prepare()
    live.put_program(ProgramState(program, installation.clock.now() - timedelta(seconds=seconds), figures))
    live.close()


def test_nothing_runs_yet(installation: Installation) -> None:
    assert ids(look(installation)) == {"none": NOTE}


def test_all_run_and_one_leads(installation: Installation) -> None:
    for name in ("collectors", "scheduler", "api"):
        account(installation, name)
    assert installation.site is not None
    work = SqlWork(installation.settings.work, installation.site.id)
    work.prepare()
    with work.writing() as unit:
        assert unit.leases.seize("scheduler", "host:42:1", None)
    work.close()
    found = list(look(installation))
    assert ids(found) == {"runs": FINE, "spool": FINE, "edges": FINE, "leader": FINE}
    assert "host:42:1" in found[-1].say("what", Language.EN)


def test_everything_that_can_be_wrong_with_those_that_run(installation: Installation) -> None:
    account(installation, "collectors", **TROUBLED)
    account(installation, "scheduler", seconds=300)
    found = ids(look(installation))
    assert found.pop("runs") is FINE
    wrong = {"silent", "spool_waits", "dropped", "parked", "set_aside", "breakers", "device_clock", "edges_wait"}
    assert found == dict.fromkeys(wrong, WRONG)


def test_a_link_that_the_collectors_hold_is_left_alone(installation: Installation) -> None:
    account(installation, "collectors", **TROUBLED)
    assert installation.site is not None
    links = installation.site.links
    assert ids(look_at_link(installation, links["pumps-1"])) == {"held": FINE}
    assert ids(look_at_link(installation, links["pumps-2"])) == {"refused": WRONG}


def test_a_store_that_cannot_be_read(installation: Installation) -> None:
    installation.settings.data.mkdir()
    (installation.settings.data / "live.db").write_bytes(b"no database" * 1000)
    assert ids(look(installation)).keys() & {"not_told", "none"}


def test_the_command_says_it_in_both_languages_and_as_json(installation: Installation) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json", "--language", "en"])
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["well"] is False
    rows = {row["id"]: row for row in told["findings"]}
    assert rows["settings.site"]["severity"] == "fine"
    assert rows["broker.away"]["remedy"].startswith("Start it")
    chinese = CliRunner().invoke(app, ["doctor", "--language", "zh-CN"])
    assert chinese.exit_code == 1
    assert "处理：" in chinese.stdout
    assert "消息服务器" in chinese.stdout
    assert CliRunner().invoke(app, ["doctor", "--language", "xx"]).exit_code == 2


def test_every_text_is_of_a_finding_and_every_finding_has_its_texts() -> None:
    folder = Path(doctor.__file__).parent
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    sources += "\n".join(path.read_text("utf-8") for path in sorted(folder.parents[1].glob("store/**/*diagnose.py")))
    texts = {".".join(id.split(".")[1:3]) for id in catalogue(Language.EN) if _of_finding(id)}
    assert {id for id in texts if id.partition(".")[2] not in set(re.findall(r"\w+", sources))} == set()
    named = {f"{group.lower()}.{id}" for group, id in re.findall(r'(?<!Check\()Group\.([A-Z]+), "(\w+)"', sources)}
    assert len(named) > 40
    assert named - texts == set()


def _of_finding(id: str) -> bool:
    parts = id.split(".")
    return parts[0] == "doctor" and len(parts) > 2 and parts[1] not in ("group", "part")
