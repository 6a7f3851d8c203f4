"""Drills: what simulated assets do meanwhile is marked, nothing else ever is; one at a time; evaluated when it is over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from facility.domain.drill import Asked, Drill, DrillSpec
from facility.domain.emergency import EmergencyPlan, EmergencyPlans, PlanStep
from facility.domain.errors import Conflict, FacilityError, NotFound
from facility.domain.text import Language, Title
from facility.flow.drill import drill_of, end, evaluate, running
from facility.flow.follow_plan import tick_off
from facility.flow.rehearse import begin_drill, end_drill
from facility.ports import Scenario
from scheduler.texts import Writer
from tests.harness.flow_stage import START, Stage

POWER = Scenario("power-outage", Title("Power outage", "停电"), Title("", ""), Title("", ""), timedelta(minutes=3))
PLANS = EmergencyPlans(
    {
        "fire": EmergencyPlan(
            "fire",
            ("fire_alarm",),
            Title("Fire", "火灾"),
            (),
            (PlanStep(None, Title("Go and see", "到现场核实")), PlanStep(None, Title("Call 119", "拨打119"))),
        )
    }
)


class Simulators:
    """Port Stage; `broken`: they refuse to play and to stop. `stops`: called while they stop."""

    def __init__(self, *, broken: bool = False, stops: Callable[[], object] = lambda: None) -> None:
        self.playing, self.broken, self.stops = "", broken, stops

    def scenarios(self) -> list[Scenario]:
        return [POWER]

    def play(self, scenario: str) -> None:
        if self.broken:
            raise FacilityError("busy")
        self.playing = scenario

    def stop(self) -> None:
        self.stops()
        if self.broken:
            raise FacilityError("busy")
        self.playing = ""


class At:
    """The stage's time as a clock."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def now(self):  # type: ignore[no-untyped-def]
        return self.stage.now

    def monotonic(self) -> float:
        return (self.stage.now - START).total_seconds()


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """Simulators serve the power link alone."""
    stage.site = replace(stage.site, drills=DrillSpec("http://127.0.0.1:9", frozenset({"power-link"})))
    return stage


def begun(stage: Stage, simulators: Simulators | None = None) -> Drill:
    asked = Asked("power-outage", stage.person("wang"), 20, ("赵师",))
    return begin_drill(stage.work, simulators or Simulators(), asked, At(stage))


def test_only_what_simulators_serve_is_of_the_drill(stage: Stage) -> None:
    drill = begun(stage)
    stage.tick(10)
    stage.opens("panel-1", "fire_alarm")
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    assert {alert.asset: alert.drill for alert in stage.alerts()} == {"panel-1": drill.id, "pump-1": None}
    assert stage.told(stage.alerts()[0].id), "real people are told"


def test_without_a_drill_nothing_is_marked_and_what_began_before_is_not(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm", onset=stage.now - timedelta(seconds=30))
    drill = begun(stage)
    stage.tick()
    assert stage.alerts()[0].drill is None
    with stage.work.writing() as unit:
        end(unit, drill.id, stage.now)
    with stage.work.reading() as unit:
        assert drill_of(stage.site, unit, "panel-1", stage.now + timedelta(minutes=1)) == drill.id, "its aftermath"
        assert drill_of(stage.site, unit, "panel-1", stage.now + timedelta(minutes=3)) is None


def test_each_message_says_that_it_is_a_drill_first(stage: Stage) -> None:
    begun(stage)
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    stage.tick()
    writer = Writer(stage.site, "http://facility.test", b"k" * 32)
    with stage.work.reading() as unit:
        for notice in stage.sent:
            person = unit.people.get(notice.person)
            for language, word in ((Language.ZH_CN, "【演习】"), (Language.EN, "[DRILL]")):
                outgoing = writer.outgoing(notice, replace(person, language=language), stage.now)
                assert outgoing.title.startswith(word)
                assert outgoing.text.startswith(word)
    assert {notice.order is not None for notice in stage.sent} == {True, False}, "alert and order"


def test_one_at_a_time_and_it_ends_by_itself(stage: Stage) -> None:
    first = begun(stage)
    with pytest.raises(Conflict, match="a drill is running"):
        begun(stage)
    stage.now += timedelta(minutes=20)
    with stage.work.reading() as unit:
        assert running(unit, stage.now) is None
    second = begun(stage)
    with stage.work.reading() as unit:
        assert unit.drills.get(first.id).ended_at == first.ends_at
        assert running(unit, stage.now) == second


def test_what_the_simulators_refuse_is_no_drill(stage: Stage) -> None:
    with pytest.raises(FacilityError, match="busy"):
        begun(stage, Simulators(broken=True))
    with stage.work.reading() as unit:
        assert running(unit, stage.now) is None
    with pytest.raises(NotFound):
        begin_drill(stage.work, Simulators(), Asked("no-such", stage.person("wang"), 20), At(stage))
    with pytest.raises(NotFound):
        begin_drill(stage.work, Simulators(), Asked("power-outage", 4711, 20), At(stage))
    with pytest.raises(Conflict):
        begin_drill(stage.work, Simulators(), Asked("power-outage", stage.person("wang"), 0), At(stage))


def test_the_simulators_stop_first_and_its_end_is_recorded_also_when_they_do_not(stage: Stage) -> None:
    def runs() -> bool:
        stage.now += timedelta(seconds=8)
        with stage.work.reading() as unit:
            return running(unit, stage.now) is not None

    seen: list[bool] = []
    drill = begun(stage)
    with pytest.raises(FacilityError, match="busy"):
        end_drill(stage.work, Simulators(broken=True, stops=lambda: seen.append(runs())), drill.id, At(stage))
    assert seen == [True]
    with stage.work.reading() as unit:
        assert unit.drills.get(drill.id).ended_at == stage.now
    with pytest.raises(NotFound):
        end_drill(stage.work, Simulators(), 4711, At(stage))


def test_who_ends_an_earlier_drill_again_does_not_stop_the_one_that_runs(stage: Stage) -> None:
    first = begun(stage)
    ended = end_drill(stage.work, Simulators(), first.id, At(stage))
    simulators = Simulators()
    second = begun(stage, simulators)
    assert end_drill(stage.work, simulators, first.id, At(stage)) == ended
    assert simulators.playing == "power-outage"
    with stage.work.reading() as unit:
        assert running(unit, stage.now) == second


def test_an_alert_of_a_link_is_of_the_drill_as_those_of_its_assets(stage: Stage) -> None:
    drill = begun(stage)
    with stage.work.reading() as unit:
        found = [drill_of(stage.site, unit, asset, stage.now) for asset in ("power-link", "panel-1", "pump-1", "gone")]
        assert found == [drill.id, drill.id, None, None]
        assert drill_of(replace(stage.site, drills=None), unit, "panel-1", stage.now) is None


def test_it_is_evaluated_when_it_is_over(stage: Stage) -> None:
    simulators = Simulators()
    drill = begun(stage, simulators)
    assert simulators.playing == "power-outage"
    with pytest.raises(Conflict, match="still running"), stage.work.writing() as unit:
        evaluate(unit, drill.id, "too early", stage.person("wang"), stage.now)
    stage.now += timedelta(minutes=5)
    ended = end_drill(stage.work, simulators, drill.id, At(stage))
    assert simulators.playing == ""
    assert ended.ended_at == stage.now
    with stage.work.writing() as unit:
        evaluate(unit, drill.id, "the key was missing", stage.person("wang"), stage.now)
        assert unit.drills.recent(5) == [
            replace(ended, evaluation="the key was missing", evaluated_by=stage.person("wang"))
        ]


def test_a_step_of_the_plan_is_ticked_off_once_by_whom(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    alert, wang, li = stage.alerts()[0].id, stage.person("wang"), stage.person("li")
    with stage.work.writing() as unit:
        first = tick_off(unit, PLANS, alert=alert, step=1, person=wang, at=stage.now, note="false alarm")
        again = tick_off(unit, PLANS, alert=alert, step=1, person=wang, at=stage.now + timedelta(seconds=5))
        assert again == first
        with pytest.raises(Conflict, match="王主管"):
            tick_off(unit, PLANS, alert=alert, step=1, person=li, at=stage.now)
        for step in (0, 3):
            with pytest.raises(NotFound):
                tick_off(unit, PLANS, alert=alert, step=step, person=li, at=stage.now)
        assert unit.plan_steps.of_alert(alert) == [first]
    assert stage.events(alert).count("plan_step") == 1
