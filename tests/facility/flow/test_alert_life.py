"""The life of an alert: latched, shelved, out of service, suppressed by design, told again, over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from facility.domain.alert import AlertState
from facility.domain.asset import Site
from facility.domain.errors import Conflict, Taken, Unfit
from facility.domain.notice import Answer, Notice, Verdict
from facility.domain.rule import Compare, Comparison, ConditionOf
from facility.domain.suppression import DesignedSuppression
from facility.domain.text import Title
from facility.flow.acknowledge import acknowledge
from facility.flow.answer import reset
from facility.flow.compose import ALL_CLEAR
from facility.flow.shelve import end_suppression, shelve, take_out_of_service
from tests.harness.flow_stage import Stage

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AU, AA, RU, C = AlertState


def latched(site: Site, reset_by: str = "") -> Site:
    """The small estate with a latched fire alarm; `panel_reset` is a rule of the panel."""
    panel = site.assets["panel-1"]
    fire = replace(panel.rules["fire_alarm"], latched=True, reset_by=reset_by)
    done = replace(fire, id="panel_reset", level=None, alert="", order=False, latched=False, reset_by="")
    rules = {**panel.rules, "fire_alarm": fire, "panel_reset": done}
    return replace(site, assets={**site.assets, "panel-1": replace(panel, rules=rules)})


def state(stage: Stage) -> AlertState:
    return stage.alerts()[-1].state


def acknowledged(stage: Stage, login: str = "chen") -> None:
    with stage.work.writing() as unit:
        acknowledge(unit, stage.alerts()[-1].id, stage.person(login), stage.now)


def shelved(stage: Stage, minutes: int = 60) -> int:
    with stage.work.writing() as unit:
        until = stage.now + minutes * MINUTE
        return shelve(unit, stage.alerts()[-1].id, stage.person("chen"), until, "pump is being mended", stage.now).id


@pytest.mark.two_engines
def test_a_pulse_of_a_latched_rule_stands_until_reset_and_acknowledgement(stage: Stage) -> None:
    """200 ms on an event topic: opened and ended between two ticks, and the leader dies."""
    stage.site = latched(stage.site)
    stage.opens("panel-1", "fire_alarm")
    stage.ends("panel-1", "fire_alarm")
    stage.restart()
    stage.run(3)
    assert (state(stage), stage.told(1)) == (AU, ["chen"])
    assert "signal_gone" in stage.events(1)
    acknowledged(stage)
    stage.restart()
    stage.run(3)
    assert state(stage) is AA, "acknowledged, but the panel was not reset"
    with stage.work.writing() as unit:
        reset(unit, 1, stage.person("li"), stage.now, stage.now)
    assert state(stage) is C


def test_the_panel_itself_reports_its_reset(stage: Stage) -> None:
    stage.site = latched(stage.site, "panel_reset")
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    stage.ends("panel-1", "fire_alarm")
    stage.run(3)
    assert state(stage) is AU
    stage.opens("panel-1", "panel_reset")
    stage.ends("panel-1", "panel_reset")
    stage.run(2)
    assert state(stage) is RU
    acknowledged(stage)
    assert state(stage) is C


def test_a_panel_that_holds_its_signal_is_reset_when_the_signal_ends(stage: Stage) -> None:
    stage.site = latched(stage.site, "fire_alarm")
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    acknowledged(stage)
    stage.ends("panel-1", "fire_alarm")
    stage.tick()
    assert state(stage) is C


def test_fire_again_after_the_acknowledgement_is_told_again(stage: Stage) -> None:
    stage.site = latched(stage.site)
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    acknowledged(stage)
    stage.ends("panel-1", "fire_alarm")
    stage.tick(10)
    stage.opens("panel-1", "fire_alarm")
    stage.ends("panel-1", "fire_alarm")
    stage.run(2)
    assert (state(stage), stage.told(1)) == (AU, ["chen", "chen"])


def test_nothing_keeps_a_latched_alert_quiet(stage: Stage) -> None:
    stage.site = latched(stage.site)
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    with pytest.raises(Conflict, match="latched: it cannot be shelved"):
        shelved(stage)
    with stage.work.writing() as unit:
        person, until = stage.person("chen"), stage.now + HOUR
        with pytest.raises(Conflict, match="cannot be taken out of service"):
            take_out_of_service(stage.site, unit, "panel-1", "fire_alarm", person, until, "test", stage.now)
        take_out_of_service(stage.site, unit, "panel-1", "", person, until, "test", stage.now)
    with stage.work.writing() as unit, pytest.raises(Conflict, match="still reports it"):
        reset(unit, 1, stage.person("li"), stage.now, stage.now)
    stage.tick()
    assert stage.alerts()[0].hidden == ""
    acknowledged(stage)
    stage.ends("panel-1", "fire_alarm")
    stage.tick()
    with stage.work.writing() as unit:
        reset(unit, 1, stage.person("li"), stage.now, stage.now)
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    assert stage.told(2) == ["chen"], "the whole panel is out of service, its fire alarm is told all the same"


def test_what_recurs_is_told_again_with_a_new_deadline(stage: Stage) -> None:
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    stage.ends("pump-1", "pressure_low")
    stage.tick(60)
    assert state(stage) is RU
    stage.tick(540)
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    assert (state(stage), stage.told(1)) == (AU, ["adams", "adams"])
    with stage.work.reading() as unit:
        first, second = (each for each in unit.alerts.deadlines(1) if each.step == 0)
    assert second.due_at - first.due_at == timedelta(seconds=601)
    assert second.met_at == stage.now
    stage.run(301)
    assert stage.told(1) == ["adams", "adams", "chen"], "the ladder begins anew"


@pytest.mark.two_engines
def test_a_shelf_hides_until_its_end_and_tells_what_is_still_there(stage: Stage) -> None:
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    shelved(stage, minutes=60)
    stage.run(2)
    assert stage.alerts()[0].hidden == "shelved"
    stage.tick(3500)
    assert stage.told(1) == ["adams"]
    stage.restart()
    stage.run(150)
    assert stage.told(1) == ["adams", "adams"], "told within a minute of its end"
    assert stage.events(1).count("shelved_over") == 1
    assert stage.alerts()[0].hidden == ""


def test_what_comes_and_goes_on_the_shelf_is_recorded_and_told_to_nobody(stage: Stage) -> None:
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    shelved(stage)
    stage.ends("pump-1", "pressure_low")
    stage.tick()
    with stage.work.writing() as unit:
        acknowledge(unit, 1, stage.person("adams"), stage.now)
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    assert stage.alerts()[1].hidden == "shelved"
    stage.ends("pump-1", "pressure_low")
    stage.tick()
    assert (stage.alerts()[1].state, stage.told(2)) == (C, []), "nobody was told, so nobody has to acknowledge"


def test_a_shelf_is_for_a_time_and_a_reason_once(stage: Stage) -> None:
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    person = stage.person("chen")
    with stage.work.writing() as unit:
        with pytest.raises(Unfit, match="reason"):
            shelve(unit, 1, person, stage.now + HOUR, "  ", stage.now)
        with pytest.raises(Unfit, match="until"):
            shelve(unit, 1, person, stage.now, "why", stage.now)
        with pytest.raises(Unfit, match="until"):
            shelve(unit, 1, person, stage.now + 8 * 24 * HOUR, "why", stage.now)
        with pytest.raises(Conflict, match="has changed since you saw it"):
            shelve(unit, 1, person, stage.now + HOUR, "why", stage.now, seen=99)
    number = shelved(stage)
    with pytest.raises(Taken, match="陈经理"):
        shelved(stage)
    with stage.work.writing() as unit:
        end_suppression(unit, number, person, stage.now)
        with pytest.raises(Taken, match="ended by 陈经理"):
            end_suppression(unit, number, person, stage.now)


def test_who_had_to_be_told_first_is_told_even_when_it_is_shelved_meanwhile(stage: Stage) -> None:
    stage.answers = lambda _notice: None
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    shelved(stage)
    stage.tick()
    stage.answers = stage_accepts
    stage.tick()
    assert stage.told(1) == ["chen"]


def test_out_of_service_to_an_open_end(stage: Stage) -> None:
    with stage.work.writing() as unit:
        person = stage.person("li")
        number = take_out_of_service(stage.site, unit, "pump-1", "", person, None, "new bearings", stage.now).id
    stage.opens("pump-1", "pressure_low")
    stage.run(5)
    (alert,) = stage.alerts()
    assert (alert.hidden, stage.notices(1), stage.told(1)) == ("out_of_service", [], [])
    with stage.work.reading() as unit:
        assert unit.orders.of_alert(1) is None
    stage.tick(86_400)
    with stage.work.writing() as unit:
        end_suppression(unit, number, person, stage.now)
    ended = stage.now
    stage.run(3)
    assert stage.told(1) == ["adams"]
    with stage.work.reading() as unit:
        deadline = unit.alerts.deadline(1)
        assert unit.orders.of_alert(1) is not None, "the order that was not opened then is opened now"
    assert deadline.met_at is not None
    assert deadline.met_at - ended <= MINUTE
    assert deadline.kept


def test_suppressed_by_a_rule_of_the_site_file(stage: Stage) -> None:
    """No pressure while the pump room has no supply: nobody is told, until the supply is back and the pressure is not."""
    design = DesignedSuppression(
        "no-supply", Title("no supply", "无电"), ConditionOf("incomer-1", "no_voltage"), (("pump-1", "pressure_low"),)
    )
    stage.site = replace(stage.site, suppressions={"no-supply": design})
    stage.opens("incomer-1", "no_voltage")
    stage.opens("pump-1", "pressure_low")
    stage.opens("pump-2", "pressure_low")
    stage.run(3)
    hidden = {alert.asset: alert.hidden for alert in stage.alerts()}
    assert hidden == {"pump-1": "suppressed", "pump-2": ""}
    stage.ends("incomer-1", "no_voltage")
    stage.run(2)
    assert {notice.alert for notice in stage.sent if notice.alert} == {1, 2}


def test_unknown_suppresses_nothing(stage: Stage) -> None:
    when = Compare("voltage_l1", Comparison.BELOW, 50.0, asset="incomer-1")
    design = DesignedSuppression("no-supply", Title("", ""), when, (("pump-1", "pressure_low"),))
    stage.site = replace(stage.site, suppressions={"no-supply": design})
    stage.opens("pump-1", "pressure_low")
    stage.run(2)
    assert stage.told(1) == ["adams"]


def test_all_clear_goes_to_those_who_were_told(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.run(121)
    assert stage.told(1) == ["chen", "wang"]
    stage.ends("panel-1", "fire_alarm")
    stage.run(2)
    assert stage.told(1, ALL_CLEAR) == ["chen", "wang"]
    acknowledged(stage)
    stage.run(3)
    assert stage.told(1, ALL_CLEAR) == ["chen", "wang"], "once"
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    stage.ends("pump-1", "pressure_low")
    stage.run(2)
    assert stage.told(2, ALL_CLEAR) == [], "of level 1 only"


def test_who_is_told_after_it_is_over_gets_the_all_clear_too(stage: Stage) -> None:
    stage.answers = lambda _notice: None
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    stage.ends("panel-1", "fire_alarm")
    stage.tick()
    stage.answers = stage_accepts
    stage.run(2)
    assert stage.told(1) == ["chen"]
    assert stage.told(1, ALL_CLEAR) == ["chen"]


def test_two_who_acknowledge_at_once(stage: Stage) -> None:
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    acknowledged(stage)
    acknowledged(stage)
    with pytest.raises(Taken, match="acknowledged by 陈经理"):
        acknowledged(stage, "wang")
    assert stage.events(1).count("acknowledged") == 1


def stage_accepts(_notice: Notice) -> Answer:
    return Answer(Verdict.ACCEPTED)
