"""Scenario files: what is refused, where; and how a scenario is played."""

from dataclasses import replace
from pathlib import Path

import pytest

from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.errors import Conflict, NotFound
from facility.domain.text import Title
from simulators.estate import Estate
from simulators.faults import KINDS, Faults
from simulators.plant.plant import Plant
from simulators.readout import Readout
from simulators.scenario import ACTIONS, WITHOUT_TARGET, ScenarioRefused, Step, load_scenario, load_scenarios
from simulators.stage import ActionRefused, Stage

GOOD = """\
title: {en: A, zh: 甲}
explanation: {en: B, zh: 乙}
see: {en: F, zh: 己}
lasts: 1m
steps:
  - {at: 0s, do: trip, target: building-1, title: {en: C, zh: 丙}}
  - {at: 10s, do: fault, target: [pumps-1], fault: slow, parameters: {delay: 0.5}, for: 20s, title: {en: D, zh: 丁}}
  - {at: 30s, do: restore, title: {en: E, zh: 戊}}
"""


def stage_of(site: Site) -> Stage:
    return Stage(site, Plant(site), Faults(site), load_scenarios())


def write(folder: Path, text: str) -> Path:
    path = folder / "storm.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_becomes_a_scenario(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, GOOD))
    assert (scenario.name, scenario.lasts, len(scenario.steps)) == ("storm", 60.0, 3)
    fault = scenario.steps[1]
    assert (fault.at, fault.fault, fault.parameters, fault.lasts) == (10.0, "slow", {"delay": 0.5}, 20.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("do: trip", "do: tripp", 6, "Did you mean 'trip'"),
        ("lasts: 1m", "lasts: 1 minute", 4, "not a length of time"),
        ("lasts: 1m", "last: 1m", 4, "Did you mean 'lasts'"),
        ("lasts: 1m\n", "", 1, "lasts is missing"),
        ("see: {en: F, zh: 己}\n", "", 1, "see is missing"),
        ("lasts: 1m", "lasts: 20s", 8, "after the end"),
        ("at: 30s", "at: 5s", 8, "earlier than the one before"),
        ("target: building-1, ", "", 6, "no target"),
        ("fault: slow", "fault: slwo", 7, "Did you mean 'slow'"),
        ("{delay: 0.5}", "{dely: 0.5}", 7, "Did you mean 'delay'"),
        ("do: restore", "do: restore, for: 5s", 8, "do: fault only"),
        ("title: {en: A, zh: 甲}", "title: {en: A}", 1, "zh is missing"),
        ("title: {en: A, zh: 甲}", "title: A", 1, "keys and values"),
        ("explanation", "title", 2, "twice"),
        ("steps:", "steps: []\nstops:", 6, "unknown key 'stops'"),
        ("lasts: 1m", "lasts: [", 6, "not YAML"),
        ("lasts: 1m", "lasts: 1m\nfactor: 0.5", 5, "'0.5' is not a time factor"),
        ("lasts: 1m", "lasts: 1m\nfactor: fast", 5, "'fast' is not a time factor"),
    ],
)
def test_a_bad_file_is_refused_with_file_and_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioRefused) as refused:
        load_scenario(write(tmp_path, GOOD.replace(old, new, 1)))
    found = [str(fault) for fault in refused.value.faults]
    assert any(text.startswith(f"storm.yaml:{line} ") and says in text for text in found), found


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("do: trip", "do: tripp").replace("fault: slow", "fault: slwo"))
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    with pytest.raises(ScenarioRefused) as refused:
        load_scenarios(tmp_path)
    assert {fault.file for fault in refused.value.faults} == {"storm.yaml", "empty.yaml"}
    assert sum(fault.file == "storm.yaml" for fault in refused.value.faults) == 2


def test_power_outage_runs_its_course(demo: Site) -> None:
    stage = stage_of(demo)
    played = stage.start("power-outage")
    back = next(step.at for step in played.scenario.steps if step.do == "return_mains")
    dark = {}
    while stage.playing:
        stage.step()
        dark[stage.plant.time] = stage.plant.values("incomer-1")["voltage_l1"] == 0
    assert stage.plant.time == played.scenario.lasts
    assert len(played.done) == len(played.scenario.steps)
    assert [time for time, lost in dark.items() if lost] == [time for time in dark if 0 < time <= back]


def test_gateway_lost_silences_a_pump_room_and_ends(demo: Site) -> None:
    stage = stage_of(demo)
    stage.start("gateway-lost")
    assert stage.faults.of("pumps-1", "silence")
    stage.plant.steps = int(239.75 * 4)
    stage.step()
    assert not stage.faults.all()
    assert stage.plant.values("pump-1")["run_state"] == "running"


def test_a_scenario_may_bring_its_time_factor(demo: Site) -> None:
    estate = Estate(demo, SystemClock())
    estate.play("transformer-overheats")
    assert estate.factor == 10
    estate.stage.stop()
    estate.play("transformer-overheats", factor=60)
    assert estate.factor == 60
    estate.stage.stop()
    estate.play("power-outage")
    assert estate.factor == 1


def test_the_router_takes_links_without_a_battery_and_the_channels_of_the_internet_along(demo: Site) -> None:
    stage = stage_of(demo)
    stage.start("mains-and-internet-lost")
    silent = {link for link in demo.links if stage.faults.of(link, "silence")}
    assert silent == demo.links.keys() - {"distribution-1", "distribution-2", "generation"}
    assert stage.unreachable == {"wecom", "dingtalk", "feishu", "mail", "sms"}
    stage.stop()
    assert not stage.unreachable
    assert not stage.faults.all()
    named = stage_of(replace(demo, simulation={**demo.simulation, "behind_router": ["gates"]}))
    named.start("mains-and-internet-lost")
    assert [fault.target for fault in named.faults.all()] == ["gates"]


def test_a_sensor_drifts_and_its_neighbours_do_not(demo: Site) -> None:
    stage = stage_of(demo)
    readout = Readout(stage.plant, stage.faults)
    room, transformer = demo.assets["environment-1"], demo.assets["transformer-1"]
    stage.start("sensor-drift")
    for _ in range(4 * 120):
        stage.step()
    shown, true = readout.values(room), stage.plant.values(room.id)
    assert isinstance(shown["temperature"], float)
    assert isinstance(true["temperature"], float)
    assert shown["temperature"] == pytest.approx(true["temperature"] + 20.0)
    assert {name for name in shown if shown[name] != true[name]} == {"temperature"}
    assert readout.values(transformer) == stage.plant.values(transformer.id)


def test_one_scenario_at_a_time_and_stopping_puts_everything_in_order(demo: Site) -> None:
    stage = stage_of(demo)
    stage.start("power-outage")
    with pytest.raises(Conflict, match="power-outage is being played"):
        stage.start("gateway-lost")
    stage.stop()
    stage.step()
    assert stage.plant.values("incomer-1")["voltage_l1"] > 200
    stage.start("gateway-lost")
    with pytest.raises(NotFound, match="Did you mean 'power-outage'"):
        stage.start("power-outag")


TARGETS = {
    "mains": "@incomers",
    "ways": "building-1",
    "breakers": "@breakers",
    "pumps": "@pumps",
    "city": "@tanks",
    "gas": "@gas",
}
TARGETS |= {"fire": "@panels", "gates": "@gates", "assets": "@gateway", "nothing": ""}
TARGETS |= {
    "generators": "@generator",
    "controllers": "@banks",
    "switches": "@switches",
    "transformers": "@transformers",
}
TARGETS |= {"banks": "@banks", "channels": "@internet"}
TARGETS |= {"pits": "@pits", "transmitters": "@fire_mains", "valves": "@valves"}


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_can_be_done(demo: Site, action: str) -> None:
    stage = stage_of(demo)
    target = "@fire_pumps" if action == "stop_fire_pump" else TARGETS[ACTIONS[action].split()[0].rstrip(":,")]
    before = {id: device.values() for id, device in stage.plant.devices.items()}
    fault = "silence" if action == "fault" else ""
    stage.act(Step(0.0, action, Title("", ""), (target,) if target else (), fault))
    for _ in range(4):
        stage.step()
    assert stage.plant.steps == 4
    assert before.keys() == stage.plant.devices.keys()


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Step(0, "explode", Title("", ""), ("incomer-1",)), "no action"),
        (Step(0, "trip", Title("", "")), "no target"),
        (Step(0, "trip", Title("", ""), ("pump-1",)), "cannot be done to pump-1"),
        (Step(0, "lose_mains", Title("", ""), ("building-1",)), "cannot be done to building-1"),
        (Step(0, "trip", Title("", ""), ("@incomer",)), "no selector"),
        (Step(0, "trip", Title("", ""), ("bulding-1",)), "Did you mean 'building-1'"),
    ],
)
def test_actions_that_do_not_fit_are_refused_before_anything_happens(demo: Site, step: Step, says: str) -> None:
    with pytest.raises((ActionRefused, NotFound), match=says):
        stage_of(demo).act(step)


def test_scenarios_that_ship_are_complete_in_both_languages(demo: Site) -> None:
    scenarios = load_scenarios()
    power = {
        "generator-fails-to-start",
        "transformer-overheats",
        "mains-and-internet-lost",
        "sensor-drift",
        "breaker-trips",
    }
    assert {"power-outage", "gateway-lost"} | power <= scenarios.keys()
    for scenario in scenarios.values():
        titles = [scenario.title, scenario.explanation, scenario.see, *(step.title for step in scenario.steps)]
        assert all(title.en and title.zh for title in titles)
        assert not any("  " in title.zh or "。 " in title.zh for title in titles)
    assert set(ACTIONS) >= WITHOUT_TARGET
    assert "silence" in KINDS
