"""Cause, not storm: what a cause explains is told by its alert, and what it explains no more is told within 60 s (G15)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facility.domain.alert import Alert, AlertState
from facility.domain.asset import LINK_LOST, Asset, Site
from facility.domain.fold import Fold
from facility.domain.notice import Answer, NoticeState, Verdict
from facility.domain.rule import ConditionOf, Rule
from facility.domain.text import Title
from facility.flow.acknowledge import acknowledge
from facility.store.sql import SqlWork
from tests.harness.flow_stage import Stage
from tests.harness.small_site import FIRE, PRESSURE_LOW, TRIPPED, small_site

NAME = Title("x", "x")


def with_rules(asset: Asset, **rules: Rule) -> Asset:
    return replace(asset, rules={**asset.rules, **rules})


def folding_site() -> Site:
    """Incomer 1 feeds pump 1, incomer 2 feeds pump 2, both feed the panel and the gateway of the pumps."""
    site = small_site()
    low = replace(PRESSURE_LOW, consequence_of=("mains_lost", "power_lost", "breaker_tripped"))
    fire = replace(FIRE, consequence_of=("mains_lost", "power_lost", "comm_lost"))
    assets = dict(site.assets)
    assets["pump-1"] = with_rules(replace(assets["pump-1"], fed_by=("incomer-1",)), pressure_low=low)
    assets["pump-2"] = with_rules(replace(assets["pump-2"], fed_by=("incomer-2",)), pressure_low=low)
    assets["panel-1"] = with_rules(
        replace(assets["panel-1"], fed_by=("incomer-1", "incomer-2")), fire_alarm=fire, pressure_low=low
    )
    area = Rule(
        "area_lost",
        NAME,
        ConditionOf("incomer-1", "no_voltage"),
        level=2,
        alert="power_lost",
        asset="incomer-1",
        clear_hold=timedelta(0),
    )
    mains = replace(site.rules["mains_lost"], clear_hold=timedelta(0))
    links = {name: replace(link, fed_by=("incomer-1", "incomer-2")) for name, link in site.links.items()}
    return replace(site, assets=assets, links=links, rules={"mains_lost": mains, "area_lost": area})


@pytest.fixture
def estate(stage: Stage) -> Stage:
    stage.site = folding_site()
    return stage


def only(stage: Stage, *rules: str) -> None:
    """The site's rules, and no others."""
    stage.site = replace(stage.site, rules={name: stage.site.rules[name] for name in rules})


def voltage(stage: Stage, *, there: bool, incomers: tuple[str, ...] = ("incomer-1", "incomer-2")) -> None:
    for incomer in incomers:
        (stage.ends if there else stage.opens)(incomer, "no_voltage")


def run(stage: Stage, seconds: int, **voltages: float) -> None:
    """Ticks, with incomers whose values are good and fresh."""
    for _ in range(seconds):
        for incomer in ("incomer-1", "incomer-2"):
            stage.knows(incomer, voltage_l1=voltages.get("volts", 0.0))
        stage.tick()


def by_rule(stage: Stage) -> Mapping[tuple[str, str], Alert]:
    return {(alert.asset, alert.rule): alert for alert in stage.alerts()}


def folds(stage: Stage) -> list[Fold]:
    with stage.work.reading() as unit:
        return unit.folds.unended()


def lose_mains(stage: Stage) -> Alert:
    only(stage, "mains_lost")
    voltage(stage, there=False)
    run(stage, 4)
    (alert,) = stage.alerts()
    assert alert.rule == "mains_lost"
    return alert


def test_consequences_have_no_alert_and_no_message_and_a_row_says_whose_they_are(estate: Stage) -> None:
    mains = lose_mains(estate)
    told = len(estate.sent)
    for pump in ("pump-1", "pump-2"):
        estate.opens(pump, "pressure_low")
    run(estate, 120)
    assert estate.alerts() == [mains]
    assert [notice.alert for notice in estate.sent[told:] if notice.alert] == [mains.id], "its own escalation"
    assert [(row.asset, row.rule, row.cause, row.by) for row in folds(estate)] == [
        ("pump-1", "pressure_low", mains.id, ("incomer-1", "mains_lost")),
        ("pump-2", "pressure_low", mains.id, ("incomer-1", "mains_lost")),
    ]
    with estate.work.reading() as unit:
        assert unit.folds.of_alerts([mains.id]) == {mains.id: 2}


def test_what_comes_in_the_tick_of_its_cause_is_folded(estate: Stage) -> None:
    only(estate, "mains_lost")
    voltage(estate, there=False)
    estate.opens("pump-1", "pressure_low")
    run(estate, 30)
    assert [alert.rule for alert in estate.alerts()] == ["mains_lost"]
    assert [row.key for row in folds(estate)] == [("pump-1", "pressure_low")]


@pytest.mark.two_engines
def test_a_consequence_that_outlives_its_cause_is_told_within_a_minute(estate: Stage) -> None:
    mains = lose_mains(estate)
    estate.opens("pump-1", "pressure_low")
    run(estate, 2)
    estate.now += timedelta(hours=1)
    run(estate, 2)
    voltage(estate, there=True)
    ended = estate.now
    while ("pump-1", "pressure_low") not in by_rule(estate):
        run(estate, 1, volts=230.0)
    alert = by_rule(estate)["pump-1", "pressure_low"]
    assert estate.now - ended <= timedelta(seconds=60)
    assert estate.told(alert.id) == ["adams"]
    assert alert.onset < ended - timedelta(seconds=3600), "the true onset"
    assert not alert.late, "until now its cause told of it"
    with estate.work.reading() as unit:
        deadline = unit.alerts.deadline(alert.id)
    assert ended < deadline.due_at <= ended + timedelta(seconds=602)
    assert "let_go" in estate.events(alert.id)
    assert "returned" in estate.events(mains.id)
    estate.now += timedelta(minutes=10)
    run(estate, 2, volts=230.0)
    assert "deadline_missed" not in estate.events(alert.id)
    assert estate.told(alert.id).count("adams") == 1


def test_a_consequence_that_ends_with_its_cause_is_never_told(estate: Stage) -> None:
    lose_mains(estate)
    estate.opens("pump-1", "pressure_low")
    run(estate, 10)
    voltage(estate, there=True)
    run(estate, 20, volts=230.0)
    estate.ends("pump-1", "pressure_low")
    run(estate, 120, volts=230.0)
    assert [alert.rule for alert in estate.alerts()] == ["mains_lost"]
    assert folds(estate) == []


def test_a_consequence_that_came_and_went_between_two_ticks_is_folded(estate: Stage) -> None:
    mains = lose_mains(estate)
    estate.opens("pump-1", "pressure_low")
    estate.ends("pump-1", "pressure_low")
    run(estate, 5)
    assert estate.alerts() == [mains]
    with estate.work.reading() as unit:
        assert [row.ended_at is not None for row in unit.folds.of_cause(mains.id, 10)] == [True]


def test_a_slower_cause_is_waited_for(estate: Stage) -> None:
    only(estate, "mains_lost")
    estate.opens("pump-1", "pressure_low")
    run(estate, 6, volts=230.0)
    voltage(estate, there=False)
    run(estate, 60)
    assert [alert.rule for alert in estate.alerts()] == ["mains_lost"]


def test_nobody_waits_longer_than_the_cause_takes(estate: Stage) -> None:
    only(estate, "mains_lost")
    estate.opens("pump-1", "pressure_low")
    graph = estate.memory.graph_of(estate.site)
    patience = estate.memory.patience(graph, "pump-1", estate.site.rule("pump-1", "pressure_low"))
    assert timedelta(seconds=5) < patience.first < patience.most <= timedelta(seconds=45)
    run(estate, int(patience.first.total_seconds()) + 1, volts=230.0)
    assert [alert.rule for alert in estate.alerts()] == ["pressure_low"]


def test_a_cause_that_is_pending_is_waited_for_longer(estate: Stage) -> None:
    mains = replace(estate.site.rules["mains_lost"], hold=timedelta(seconds=25))
    estate.site = replace(estate.site, rules={"mains_lost": mains})
    estate.opens("pump-1", "pressure_low")
    run(estate, 5, volts=230.0)
    voltage(estate, there=False)
    run(estate, 60)
    assert [alert.rule for alert in estate.alerts()] == ["mains_lost"]


def test_the_wait_ends_before_the_deadline(estate: Stage) -> None:
    only(estate, "mains_lost")
    estate.opens("pump-1", "pressure_low", estate.now - timedelta(seconds=490))
    run(estate, 1, volts=230.0)
    assert [alert.rule for alert in estate.alerts()] == ["pressure_low"]


def child_before_parent(stage: Stage) -> tuple[Alert, Alert]:
    only(stage, "mains_lost")
    stage.opens("pump-1", "pressure_low")
    run(stage, 50, volts=230.0)
    voltage(stage, there=False)
    run(stage, 5)
    alerts = by_rule(stage)
    return alerts["pump-1", "pressure_low"], alerts["incomer-1", "mains_lost"]


def test_a_child_that_was_told_before_its_parent_is_escalated_no_further(estate: Stage) -> None:
    child, parent = child_before_parent(estate)
    estate.now += timedelta(minutes=15)
    run(estate, 5)
    assert estate.told(child.id) == ["adams"], "its first step was told before; the manager was told of the cause"
    assert "folded" in estate.events(child.id)
    assert [(row.own, row.cause) for row in folds(estate)] == [(child.id, parent.id)]
    estate.restart()
    run(estate, 10)
    assert estate.told(child.id) == ["adams"], "the row is the truth, not the memory"


def test_an_untold_child_is_proven_by_its_parent_and_told_again_when_the_parent_ends(estate: Stage) -> None:
    answers = {"water": None}
    only(estate, "mains_lost")
    estate.answers = lambda notice: (
        answers["water"] if notice.message.params.get("rule") == "pressure_low" else Answer(Verdict.ACCEPTED, "0")
    )
    child, parent = child_before_parent(estate)
    with estate.work.reading() as unit:
        deadline = unit.alerts.deadline(child.id)
        assert deadline.notice == unit.alerts.deadline(parent.id).notice is not None
    assert deadline.met_at is not None
    assert {notice.state for notice in estate.notices(child.id)} == {NoticeState.WITHDRAWN}
    answers["water"] = Answer(Verdict.ACCEPTED, "0")
    voltage(estate, there=True)
    run(estate, 60, volts=230.0)
    assert estate.told(child.id)[:1] == ["adams"]
    assert estate.events(child.id).count("let_go") == 1


def test_a_child_that_stood_long_before_its_parent_is_a_fault_of_its_own(estate: Stage) -> None:
    only(estate, "mains_lost")
    estate.opens("pump-1", "pressure_low")
    run(estate, 200, volts=230.0)
    voltage(estate, there=False)
    run(estate, 400)
    child = by_rule(estate)["pump-1", "pressure_low"]
    assert estate.told(child.id) == ["adams", "chen"]
    assert folds(estate) == []


def test_level_1_keeps_its_own_notice_under_a_lesser_cause(estate: Stage) -> None:
    only(estate, "area_lost")
    voltage(estate, there=False, incomers=("incomer-1", "incomer-2"))
    run(estate, 3)
    estate.opens("power-link", LINK_LOST)
    estate.opens("panel-1", "fire_alarm")
    run(estate, 3)
    fire = by_rule(estate)["panel-1", "fire_alarm"]
    assert estate.told(fire.id) == ["chen"]


@pytest.mark.two_engines
def test_level_1_is_folded_under_level_1_that_the_same_position_is_told_of(estate: Stage) -> None:
    mains = lose_mains(estate)
    estate.opens("panel-1", "fire_alarm")
    run(estate, 10)
    assert [row.cause for row in folds(estate)] == [mains.id]


def test_level_1_never_waits_and_is_no_consequence_when_another_position_is_told(estate: Stage) -> None:
    ladder = estate.site.ladders[1]
    first = replace(ladder.rungs[0], position="@area_owner")
    site = replace(estate.site, ladders={**estate.site.ladders, 1: replace(ladder, rungs=(first, *ladder.rungs[1:]))})
    areas = {**site.areas, "pump-room": replace(site.areas["pump-room"], owner="foreman")}
    assets = {**site.assets, "panel-1": replace(site.assets["panel-1"], area="pump-room")}
    estate.site = replace(site, areas=areas, assets=assets)
    lose_mains(estate)
    estate.opens("panel-1", "fire_alarm")
    run(estate, 1)
    assert estate.told(by_rule(estate)["panel-1", "fire_alarm"].id) == ["li"]


def test_a_cause_of_unknown_state_folds_nothing(estate: Stage) -> None:
    lose_mains(estate)
    estate.states.clear()
    estate.opens("power-link", LINK_LOST, estate.now - timedelta(seconds=60))
    for _ in range(60):
        estate.tick()
    estate.opens("pump-1", "pressure_low")
    for _ in range(60):
        estate.tick()
    assert {alert.rule for alert in estate.alerts()} >= {"mains_lost", "pressure_low"}
    assert ("pump-1", "pressure_low") not in {row.key for row in folds(estate) if row.hidden}


@pytest.mark.parametrize("period", [5, 12, 20, 29, 40])
def test_a_flapping_parent_hides_nothing_for_long(estate: Stage, period: int) -> None:
    lose_mains(estate)
    estate.opens("pump-1", "pressure_low")
    run(estate, 30)
    began = estate.now
    there = False
    while ("pump-1", "pressure_low") not in by_rule(estate):
        there = not there
        voltage(estate, there=there)
        run(estate, period, volts=230.0 if there else 0.0)
        assert estate.now - began <= timedelta(seconds=60 + period)
    alert = by_rule(estate)["pump-1", "pressure_low"]
    assert alert.raised_at - began <= timedelta(seconds=60)
    run(estate, 3)
    assert estate.told(alert.id) == ["adams"]


def test_one_of_two_sources_explains_only_the_changeover(estate: Stage) -> None:
    only(estate, "area_lost")
    voltage(estate, there=False, incomers=("incomer-1",))
    run(estate, 3)
    estate.opens("panel-1", "pressure_low")
    run(estate, 10)
    assert [row.key for row in folds(estate)] == [("panel-1", "pressure_low")]
    run(estate, 60)
    alert = by_rule(estate)["panel-1", "pressure_low"]
    assert alert.raised_at - alert.onset <= timedelta(seconds=60), "the other source carries it: it is told"


def test_both_sources_lost_explain_it_for_good(estate: Stage) -> None:
    only(estate, "mains_lost")
    voltage(estate, there=False)
    run(estate, 60)
    estate.opens("panel-1", "pressure_low")
    run(estate, 200)
    assert [row.hidden for row in folds(estate)] == [True]


def test_a_chain_is_folded_under_its_root_and_unfolds_link_by_link(estate: Stage) -> None:
    """Mains, then the gateway that they feed, then the pumps behind it."""
    mains = lose_mains(estate)
    estate.opens("water-link", LINK_LOST)
    run(estate, 10)
    for pump in ("pump-1", "pump-2"):
        estate.opens(pump, "comm_lost")
    run(estate, 10)
    assert {(row.asset, row.by, row.cause) for row in folds(estate)} == {
        ("water-link", ("incomer-1", "mains_lost"), mains.id),
        ("pump-1", ("water-link", LINK_LOST), mains.id),
        ("pump-2", ("water-link", LINK_LOST), mains.id),
    }
    voltage(estate, there=True)
    run(estate, 120, volts=230.0)
    assert sorted(alert.rule for alert in estate.alerts()) == [LINK_LOST, "mains_lost"], "the pumps stay folded"
    link = by_rule(estate)["water-link", LINK_LOST]
    assert {row.cause for row in folds(estate) if row.hidden} == {link.id}


def test_what_its_link_took_along_has_time_to_answer(estate: Stage) -> None:
    estate.opens("water-link", LINK_LOST)
    estate.tick()
    estate.ends("water-link", LINK_LOST)
    estate.tick()
    estate.opens("pump-1", "comm_lost", estate.now - timedelta(seconds=90))
    estate.tick(20)
    assert [alert.rule for alert in estate.alerts()] == [LINK_LOST]
    estate.tick(20)
    assert [alert.rule for alert in estate.alerts()] == [LINK_LOST, "comm_lost"]


def test_a_cause_that_was_acknowledged_and_closed_lets_go(estate: Stage) -> None:
    mains = lose_mains(estate)
    estate.opens("pump-1", "pressure_low")
    run(estate, 5)
    with estate.work.writing() as unit:
        acknowledge(unit, mains.id, estate.person("chen"), estate.now)
    voltage(estate, there=True)
    run(estate, 60, volts=230.0)
    assert by_rule(estate)["incomer-1", "mains_lost"].state is AlertState.CLOSED
    assert ("pump-1", "pressure_low") in by_rule(estate)


def test_two_rules_that_name_each_other_are_both_told_in_the_end(estate: Stage) -> None:
    one = replace(PRESSURE_LOW, id="one", alert="one", consequence_of=("other",))
    other = replace(TRIPPED, id="other", alert="other", level=2, consequence_of=("one",))
    pump = with_rules(estate.site.assets["pump-1"], one=one, other=other)
    estate.site = replace(estate.site, assets={**estate.site.assets, "pump-1": pump}, rules={})
    estate.opens("pump-1", "one")
    estate.opens("pump-1", "other")
    run(estate, 120)
    assert {alert.rule for alert in estate.alerts()} == {"one", "other"}
    assert [row.hidden for row in folds(estate)] == [False, False]


Change = st.tuples(st.sampled_from(["mains", "low", "link", "comm", "restart", "wait"]), st.integers(1, 70))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(Change, min_size=3, max_size=9))
def test_nothing_that_is_active_is_silent_for_long(
    staffed_work: Callable[[], SqlWork], changes: list[tuple[str, int]]
) -> None:
    """Whatever comes and goes in whatever order: a child that is active, and whose parents are not, is told within 60 s."""
    stage = Stage(folding_site(), staffed_work())
    only(stage, "mains_lost")
    on = dict.fromkeys(("mains", "low", "link", "comm"), False)
    alone = {"low": 0, "comm": 0}
    for what, seconds in changes:
        if what == "restart":
            stage.restart()
        elif what != "wait":
            on[what] = not on[what]
            for asset, rule in {
                "mains": [("incomer-1", "no_voltage"), ("incomer-2", "no_voltage")],
                "low": [("pump-1", "pressure_low")],
                "link": [("water-link", LINK_LOST)],
                "comm": [("pump-1", "comm_lost")],
            }[what]:
                (stage.opens if on[what] else stage.ends)(asset, rule)
        for _ in range(seconds):
            run(stage, 1, volts=0.0 if on["mains"] else 230.0)
            active = {(alert.asset, alert.rule) for alert in stage.alerts() if alert.state.active}
            alone["low"] = alone["low"] + 1 if on["low"] and not on["mains"] else 0
            alone["comm"] = alone["comm"] + 1 if on["comm"] and not (on["mains"] or on["link"]) else 0
            assert alone["low"] <= 60 or ("pump-1", "pressure_low") in active
            assert alone["comm"] <= 60 or ("pump-1", "comm_lost") in active
    keys = [notice.key for notice in stage.sent]
    assert len(keys) == len(set(keys)), "nobody is told the same twice"
