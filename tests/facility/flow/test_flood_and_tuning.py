"""The flood flag with its hysteresis, and the order to tune a rule."""

from dataclasses import replace
from datetime import timedelta

import pytest

from facility.domain.errors import NotFound
from facility.domain.order import OrderState, WorkKind
from facility.flow.tune_rule import tune_rule
from tests.harness.flow_stage import Stage


def storm(stage: Stage, count: int, asset: str = "pump-1") -> None:
    """So many alerts, a second apart."""
    pump = stage.site.assets[asset]
    rules = {f"low_{n}": replace(pump.rules["pressure_low"], id=f"low_{n}") for n in range(count)}
    assets = {**stage.site.assets, asset: replace(pump, rules={**pump.rules, **rules})}
    stage.site = replace(stage.site, assets=assets)
    for rule in rules:
        stage.opens(asset, rule)
        stage.tick()


def flood_told(stage: Stage) -> list[str]:
    return [notice.key for notice in stage.sent if notice.key.startswith("flood:")]


@pytest.mark.two_engines
def test_more_than_ten_alerts_in_ten_minutes_are_a_flood_and_told_once(stage: Stage) -> None:
    storm(stage, 10)
    stage.run(3)
    with stage.work.reading() as unit:
        assert unit.alert_records.flood() is None
    storm(stage, 15, "pump-2")
    with stage.work.reading() as unit:
        flood = unit.alert_records.flood()
    assert flood is not None
    assert flood.peak == 25
    assert flood_told(stage) == [f"flood:{flood.id}:{stage.person('wang')}:wecom"], "the supervisor, once"
    stage.restart()
    stage.run(3)
    assert len(flood_told(stage)) == 1
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    fire = stage.alerts()[-1]
    assert stage.told(fire.id) == ["chen"], "level 1 goes on"


def test_it_ends_when_five_are_left_and_begins_anew(stage: Stage) -> None:
    storm(stage, 12)
    stage.tick(300)
    storm(stage, 6, "pump-2")
    stage.tick(290)
    with stage.work.reading() as unit:
        assert unit.alert_records.flood() is not None, "18 less those that are older than ten minutes"
    stage.tick(12)
    with stage.work.reading() as unit:
        assert unit.alert_records.flood() is not None, "six are left: it has not ended"
    stage.tick(310)
    with stage.work.reading() as unit:
        assert unit.alert_records.flood() is None
        (ended,) = unit.alert_records.floods(stage.now - timedelta(days=1), stage.now)
    assert ended.ended_at == stage.now


def test_an_order_to_tune_a_rule_goes_to_the_supervisor_and_is_opened_once(stage: Stage) -> None:
    with stage.work.writing() as unit:
        first = tune_rule(stage.site, unit, "pump-1", "pressure_low", stage.now)
        second = tune_rule(stage.site, unit, "pump-2", "pressure_low", stage.now)
        with pytest.raises(NotFound):
            tune_rule(stage.site, unit, "pump-1", "no_such_rule", stage.now)
    assert first == second
    assert (first.kind, first.title_id, first.position) == (WorkKind.TUNING, "pressure_low", "supervisor")
    assert (first.state, first.person) == (OrderState.ISSUED, stage.person("wang"))
    stage.tick()
    assert [notice.order for notice in stage.sent] == [first.id]
    with stage.work.writing() as unit:
        unit.orders.change(replace(first, state=OrderState.CANCELLED))
        assert tune_rule(stage.site, unit, "pump-1", "pressure_low", stage.now).id != first.id
