"""`facility simulate`: what can be played is told without simulators, in both languages; the refusal of a bad factor."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facility.cli.program import app
from tests.harness.ports import free_port

SHIPPED = Path(__file__).resolve().parents[3] / "simulators" / "scenarios"
runner = CliRunner()


@pytest.fixture(autouse=True)
def nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_SIMULATORS_PORT", str(free_port()))
    monkeypatch.setenv("COLUMNS", "400")


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            [
                "Power outage  (1 min 20 s)",
                "The generator starts after 10 seconds",
                "You should see: A level-1 message",
            ],
        ),
        ("zh-CN", ["市电停电  (1分20秒)", "10秒后柴油发电机组启动", "应看到：管理服务中心经理收到一级信息"]),
    ],
)
def test_the_list_explains_each_scenario(language: str, says: list[str]) -> None:
    shown = runner.invoke(app, ["simulate", "--list", "--language", language])
    assert shown.exit_code == 0
    assert all(text in shown.output for text in says), shown.output
    assert all(path.stem in shown.output for path in SHIPPED.glob("*.yaml"))


def test_the_list_as_json() -> None:
    listed = json.loads(runner.invoke(app, ["simulate", "--list", "--json"]).output)
    assert {scenario["name"] for scenario in listed} == {path.stem for path in SHIPPED.glob("*.yaml")}
    assert all(
        scenario[key][language]
        for scenario in listed
        for key in ("title", "explanation", "see")
        for language in ("en", "zh")
    )
    assert next(s["factor"] for s in listed if s["name"] == "transformer-overheats") == 10


def test_a_factor_beyond_the_limit_and_a_play_without_simulators_are_refused() -> None:
    assert runner.invoke(app, ["simulate", "power-outage", "--factor", "4000"]).exit_code == 2
    nobody = runner.invoke(app, ["simulate", "power-outage", "--factor", "10"])
    assert nobody.exit_code == 1
    assert "No simulators answer" in nobody.output + (nobody.stderr if nobody.stderr_bytes else "")
