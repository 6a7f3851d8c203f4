"""`facility channels`: how each does, and a test message with the vendor's own answer."""

import json
import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from facility.cli import channels
from facility.cli.program import app
from facility.cli.site import open_work
from facility.domain.asset import Site
from facility.domain.channel import ChannelHealth
from facility.domain.notice import Answer, Verdict
from facility.flow.settle import settle
from facility.site import load
from tests.harness.tables import lay_tables
from tests.harness.wait import until

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The demo with its people, and no scheduler."""
    shutil.copytree(DEMO, tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACILITY_SITE", "demo/site.yaml")
    monkeypatch.setenv("FACILITY_DATA", "data")
    for name in ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_HISTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(channels, "MARGIN", timedelta(seconds=-60))
    lay_tables(tmp_path / "data" / "work.db")
    assert run("people", "import", "demo/people.yaml", "--yes").exit_code == 0
    return load(tmp_path / "demo" / "site.yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def answer_when_asked(site: Site, answer: Answer) -> threading.Thread:
    """Stands in for the scheduler: settles the one notice that waits."""
    work = open_work(site)

    def waits() -> bool:
        with work.reading() as unit:
            return bool(unit.notices.waiting())

    def settle_it() -> None:
        until(waits, "a test waits")
        with work.writing() as unit:
            settle(site, unit, unit.notices.waiting()[0], answer, NOW)

    thread = threading.Thread(target=settle_it)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (Answer(Verdict.ACCEPTED, "0", "ok"), 0, "wecom to chen-jing: accepted. The channel's answer: 0 ok"),
        (Answer(Verdict.REFUSED, "93000", "invalid key"), 1, "not accepted. The channel's answer: 93000 invalid key"),
        (Answer(Verdict.QUEUED, "202", "queued as p-1"), 0, "queued. The channel's answer: 202 queued as p-1"),
    ],
)
def test_the_vendors_own_answer(
    site: Site, answer: Answer, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "MARGIN", timedelta(seconds=15))
    thread = answer_when_asked(site, answer)
    result = run("channels", "test", "wecom", "--to", "chen-jing")
    thread.join()
    assert (result.exit_code, words in result.stdout) == (code, True), result.output


def test_without_a_scheduler(site: Site) -> None:
    result = run("channels", "test", "wecom", "--to", "chen-jing")
    assert result.exit_code == 2
    assert "nobody sent the test within its time. Does the scheduler run" in result.stderr


def test_unknown_names(site: Site) -> None:
    result = run("channels", "test", "pigeon", "--to", "chen-jing")
    assert (result.exit_code, "channel pigeon (known: wecom, siren" in result.stderr) == (1, True)
    result = run("channels", "test", "wecom", "--to", "nobody")
    assert (result.exit_code, "facility people list shows" in result.stderr) == (1, True)


def test_list(site: Site) -> None:
    with open_work(site).writing() as unit:
        refused = ChannelHealth("dingtalk").failed("410100", "send too fast", NOW)
        unit.channels.put(refused.counted(f"{datetime.now(site.zone):%Y-%m}"))
    row = next(line for line in run("channels", "list").stdout.splitlines() if line.startswith("dingtalk"))
    assert "internet" in row
    assert "2026-11-23 14:00:00 410100 send too fast" in row
    assert "1 of 3000" in row
    listed: list[dict[str, Any]] = json.loads(run("channels", "list", "--json").stdout)
    siren = next(one for one in listed if one["id"] == "siren")
    assert (siren["way"], siren["survives_mains"], siren["accepted_at"]) == ("local", True, None)
    assert siren["title"]["zh"] == "消防控制室声光报警器和大屏"
