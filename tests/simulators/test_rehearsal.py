"""The drills' door to the simulators, on the real program: what it plays, what it refuses, and when nobody answers."""

from pathlib import Path

import httpx
import pytest

from facility.rehearsal import SimulatorsStage, StageAway, StageRefused
from tests.harness.estate import Estate
from tests.harness.ports import free_port
from tests.harness.vendor import Vendor
from tests.harness.wait import until


def test_scenarios_are_listed_played_and_stopped(tmp_path: Path) -> None:
    estate = Estate(tmp_path)
    url = f"http://127.0.0.1:{estate.simulators_port}"
    stage = SimulatorsStage(url)
    try:
        estate.start("simulators")
        until(lambda: _answers(url), "the simulators answer", within=60)
        listed = {one.name: one for one in stage.scenarios()}
        assert listed["power-outage"].title.zh
        assert listed["power-outage"].lasts.total_seconds() > 30
        with pytest.raises(StageRefused, match="no-such"):
            stage.play("no-such")
        stage.play("power-outage")
        assert httpx.get(f"{url}/status").json()["scenario"]["name"] == "power-outage"
        stage.stop()
        assert httpx.get(f"{url}/status").json()["scenario"]["running"] is False
        assert httpx.get(f"{url}/faults").json() == []
    finally:
        estate.stop()


def test_simulators_that_do_not_answer_are_named() -> None:
    with pytest.raises(StageAway, match="start them"):
        SimulatorsStage(f"http://127.0.0.1:{free_port()}").play("power-outage")


@pytest.mark.parametrize("body", ["<html>another program</html>", "{}x", "7", "[1]", '[{"name": "power-outage"}]'])
def test_who_answers_but_is_no_simulator_is_refused_with_words(body: str) -> None:
    with Vendor() as vendor:
        vendor.otherwise = f"200 {body}"
        with pytest.raises(StageRefused, match="not the simulators' control"):
            SimulatorsStage(vendor.base).scenarios()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False
