"""The worst time of a rule, part by part."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from facility.domain.rule import Compare, Comparison
from facility.site import load
from facility.site.timing import worst_times

SITE = load(Path(__file__).resolve().parents[3] / "examples" / "demo" / "site.yaml")


def seconds(owner: str, rule: str) -> float:
    return next(t.total.total_seconds() for t in worst_times(SITE) if (t.owner, t.rule) == (owner, rule))


def test_rule_of_an_asset() -> None:
    assert seconds("gas-1", "gas_detected") == 5 + 0 + 1 + 5 + 15 + 30


def test_site_rule_waits_for_the_condition_that_it_uses() -> None:
    assert seconds("", "mains_lost") == (5 + 3 + 1) + 2 + 1 + 5 + 15 + 30


def test_loss_of_gas_waits_for_the_intake() -> None:
    assert seconds("", "gas_lost_area_1") == (5 + 10 + 1) + 0 + 1 + 5 + 15 + 30


def test_silence_is_seen_when_it_has_lasted() -> None:
    assert seconds("pump-1", "comm_lost") == 90 + 1 + 5 + 15 + 30
    assert seconds("fire-panels", "link_lost") == 60 + 1 + 5 + 15 + 30


def test_first_step_of_the_ladder_and_slow_channels_count() -> None:
    rung = replace(SITE.ladders[1].rungs[0], after=timedelta(seconds=60))
    ladder = replace(SITE.ladders[1], rungs=(rung, *SITE.ladders[1].rungs[1:]))
    siren = replace(SITE.channels["siren"], timeout=timedelta(seconds=40))
    slow = replace(SITE, ladders={**SITE.ladders, 1: ladder}, channels={**SITE.channels, "siren": siren})
    time = next(time for time in worst_times(slow) if time.rule == "fire_alarm")
    assert time.total == timedelta(seconds=1 + 0 + 1 + 5 + 60 + 40 + 30)
    assert time.kept
    assert time.sum.endswith("+ first step 60 s + channel 40 s + second channel 30 s = 137 s")


def test_live_value_of_another_asset_is_seen_after_its_period() -> None:
    rule = replace(SITE.rules["mains_lost"], when=Compare("voltage_l1", Comparison.BELOW, 50.0, asset="incomer-1"))
    time = next(t for t in worst_times(replace(SITE, rules={"mains_lost": rule})) if not t.owner)
    assert time.seen == timedelta(seconds=6)


def test_retired_assets_and_rules_without_level_are_left_out() -> None:
    gas = replace(SITE.assets["gas-1"], retired=True)
    times = worst_times(replace(SITE, assets={**SITE.assets, "gas-1": gas}))
    assert "gas-1" not in {time.owner for time in times}
    assert "no_voltage" not in {time.rule for time in times}
