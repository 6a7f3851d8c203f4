"""An outage is what a rule of the site says it is: who is told, at which level, and what is no outage but unknown."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from facility.domain.asset import LINK_LOST, Site
from facility.domain.person import Person
from facility.domain.rule import Compare, ConditionOf, Leaf, Rule, Truth, compare, judge
from facility.domain.text import Language
from facility.flow.notify import position_of
from facility.site import load
from facility.store.sql import SqlWork
from scheduler.texts import Writer
from tests.harness.flow_stage import Stage

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"
T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
NOTHING: Mapping[tuple[str, str], float | str | None] = MappingProxyType({})


@pytest.fixture(scope="module")
def site() -> Site:
    return load(DEMO)


@pytest.fixture(scope="module")
def empty(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which each position is filled by one person of the same name."""
    path = tmp_path_factory.mktemp("outages") / "work.db"
    work = SqlWork(f"sqlite:///{path}", site.id)
    work.prepare()
    with work.writing() as unit:
        for position in site.positions:
            unit.people.put(Person(0, position, position, Language.EN, (position,), {}))
    work.close()
    return path


@pytest.fixture
def stage(site: Site, empty: Path, tmp_path: Path) -> Iterator[Stage]:
    path = tmp_path / "work.db"
    path.write_bytes(empty.read_bytes())
    work = SqlWork(f"sqlite:///{path}", site.id)
    yield Stage(site, work)
    work.close()


def truth(
    rule: Rule,
    points: Mapping[tuple[str, str], float | str | None] = NOTHING,
    conditions: Mapping[tuple[str, str], bool | None] = MappingProxyType({}),
) -> Truth:
    def leaf(part: Leaf) -> Truth:
        if isinstance(part, ConditionOf):
            known = conditions.get((part.asset, part.rule))
            return U if known is None else T if known else F
        assert isinstance(part, Compare)
        return compare(part, points.get((part.asset, part.point)), open_now=False)

    return judge(rule.when, leaf)


@pytest.mark.parametrize(
    ("first", "second", "mains", "area_1", "area_2"),
    [
        (True, True, T, F, F),
        (True, False, F, T, F),
        (False, True, F, F, T),
        (False, False, F, F, F),
        (True, None, U, U, F),  # whether the other incomer has voltage is not known: told as lost communication
        (None, None, U, U, U),
    ],
)
def test_mains_and_areas(
    site: Site, first: bool | None, second: bool | None, mains: Truth, area_1: Truth, area_2: Truth
) -> None:
    dark = {("incomer-1", "no_voltage"): first, ("incomer-2", "no_voltage"): second}
    rules = [site.rules[name] for name in ("mains_lost", "area_1_lost", "area_2_lost")]
    assert [truth(rule, NOTHING, dark) for rule in rules] == [mains, area_1, area_2]
    assert {rule.level for rule in rules} == {1}


@pytest.mark.parametrize(
    ("volts", "all_lost", "one_lost"),
    [
        ((0.0, 0.0, 0.0), T, F),
        ((0.0, 230.0, 230.0), F, T),
        ((230.0, 0.0, 0.0), F, T),
        ((230.0, 230.0, 230.0), F, F),
        ((0.0, 0.0, None), U, U),
        ((None, None, None), U, U),
        ((0.0, 230.0, None), F, T),
    ],
)
def test_all_phases_against_one(site: Site, volts: tuple[float | None, ...], all_lost: Truth, one_lost: Truth) -> None:
    points = {("", f"voltage_l{number}"): value for number, value in enumerate(volts, 1)}
    incomer = site.assets["incomer-1"]
    assert truth(incomer.rules["no_voltage"], points) is all_lost
    assert truth(incomer.rules["phase_lost"], points) is one_lost
    assert incomer.rules["phase_lost"].level == 2, "of an incomer: the area's administrator"


@pytest.mark.parametrize(
    ("pressure", "state", "expected"), [(0.1, "running", T), (0.1, "stopped", F), (None, "running", U), (0.1, None, U)]
)
def test_pressure_lost_while_a_pump_runs(
    site: Site, pressure: float | None, state: str | None, expected: Truth
) -> None:
    rule = site.assets["pump-1"].rules["pressure_low"]
    assert truth(rule, {("", "outlet_pressure"): pressure, ("", "run_state"): state}) is expected
    assert "water_lost" in rule.consequence_of, "homes without water are told once, by the outage"


@pytest.mark.parametrize(
    ("pressure", "valve", "expected"), [(0.2, "open", T), (0.2, "closed", F), (None, "open", U), (0.2, None, U)]
)
def test_gas_lost(site: Site, pressure: float | None, valve: str | None, expected: Truth) -> None:
    rule = site.assets["gas-1"].rules["gas_lost"]
    assert truth(rule, {("", "pressure"): pressure, ("", "valve_state"): valve}) is expected
    assert site.rules["gas_lost_area_1"].level == 1


def lose_mains(stage: Stage) -> None:
    for incomer in ("incomer-1", "incomer-2"):
        stage.opens(incomer, "no_voltage", point="voltage_l1", value=0.0, limit=50.0)
    stage.run(4)


def text_of(stage: Stage, number: int) -> str:
    writer = Writer(stage.site, "http://facility.test", b"secret")
    notice = [notice for notice in stage.sent if notice.alert][number]
    with stage.work.reading() as unit:
        return writer.outgoing(notice, unit.people.get(notice.person), stage.now).text


def test_mains_lost_is_level_1_and_says_whether_the_generator_carries(stage: Stage) -> None:
    lose_mains(stage)
    (alert,) = stage.alerts()
    assert (alert.kind, alert.level, stage.told(alert.id)) == ("mains_lost", 1, ["manager"])
    assert "the generator does not carry the load yet" in text_of(stage, 0)
    stage.run(12)
    stage.opens("ats-1", "on_standby")
    stage.now += stage.site.ladders[1].rungs[1].after
    stage.tick()
    assert stage.told(alert.id) == ["manager", "engineering-supervisor"]
    assert "the generator carries the load" in text_of(stage, 1)


def test_of_a_silent_transfer_switch_the_message_says_nothing(stage: Stage) -> None:
    stage.opens("generation", LINK_LOST)
    stage.run(2)
    lose_mains(stage)
    (mains,) = [alert for alert in stage.alerts() if alert.kind == "mains_lost"]
    number = [notice.alert for notice in stage.sent if notice.alert].index(mains.id)
    assert "generator carries" not in text_of(stage, number)
    assert "does not carry" not in text_of(stage, number)


def test_a_power_outage_tells_the_manager_once_and_folds_the_rest(stage: Stage) -> None:
    lose_mains(stage)
    stage.opens("fire-panel-1", "panel_fault")
    for building in range(1, 11):
        stage.opens(f"building-{building}", "voltage_low")
    stage.run(20)
    (alert,) = stage.alerts()
    assert alert.kind == "mains_lost"
    with stage.work.reading() as unit:
        assert unit.folds.of_alerts([alert.id]) == {alert.id: 11}


def test_a_fault_that_outlives_the_changeover_is_told_though_the_mains_are_away(stage: Stage) -> None:
    """The generator carries the fire panels: their fault is one of their own."""
    lose_mains(stage)
    stage.opens("fire-panel-1", "panel_fault")
    stage.run(70)
    assert [alert.kind for alert in stage.alerts()] == ["mains_lost", "panel_fault"]


def test_communication_lost_is_no_outage_and_goes_to_the_administrator(stage: Stage) -> None:
    stage.opens("pumps-2", LINK_LOST)
    for pump in ("pump-5", "pump-6"):
        stage.opens(pump, "comm_lost")
    stage.run(3)
    (alert,) = stage.alerts()
    assert (alert.kind, alert.level) == ("comm_lost", 2)
    assert stage.told(alert.id) == ["area-2-administrator"]


def test_level_2_goes_to_the_administrator_of_its_area(site: Site) -> None:
    first = site.ladders[2].rungs[0].position
    assert position_of(site, "pump-1", first) == "area-1-administrator"
    assert position_of(site, "pump-5", first) == "area-2-administrator"
