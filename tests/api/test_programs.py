"""The programs' page and its JSON twin: who runs, whose clock is wrong, what waits."""

from datetime import timedelta

import pytest

from facility.domain.state import ProgramState
from tests.api.conftest import Client
from tests.api.scene import Scene, process


def test_programs_with_their_clocks(reader: Client) -> None:
    view = reader.get("/programs.json").json()
    rows = {row["program"]: row for row in view["programs"]}
    assert list(rows) == ["collectors", "scheduler", "api", "simulators"]
    assert rows["collectors"]["clock_held"] is True
    assert 0.02 < rows["collectors"]["cpu"] < 0.03
    assert rows["api"]["memory"] > 2**20
    assert view["spool_lines"] == 120
    assert view["device_clocks"] == [
        {
            "link": "gates",
            "title": {"en": "Broker of gates and meters", "zh": "道闸和仪表消息服务器"},
            "offset": -42.0,
            "wrong": True,
        }
    ]


@pytest.mark.parametrize(("language", "said"), [("en", "synchronised, error below 0.031 s"), ("zh-CN", "已校准")])
def test_the_page_in_both_languages(reader: Client, language: str, said: str) -> None:
    page = reader.get("/programs", language)
    assert page.status_code == 200
    assert said in page.text
    assert "-42.0 s" in page.text


def test_nothing_was_ever_heard_of_a_program_or_not_for_long(client: Client, scene: Scene) -> None:
    now = scene.clock.now()
    figures = process("scheduler", now) | {'facility_clock_synchronised{program="scheduler"}': 0.0}
    scene.live.put_program(ProgramState("scheduler", now - timedelta(minutes=5), figures))
    rows = {row["program"]: row for row in client.get("/programs.json").json()["programs"]}
    assert (rows["collectors"]["running"], rows["collectors"]["at"]) == (False, None)
    assert rows["scheduler"]["running"] is False
    assert rows["api"]["running"] is True
    assert "simulators" not in rows
    assert "not synchronised by a time server" in client.get("/programs").text
