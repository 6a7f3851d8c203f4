"""The collectors leave alone what no link reads."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from facility.domain.asset import COMM_LOST
from facility.domain.profile import Profile, System
from facility.domain.rule import Rule, Silence
from tests.collectors.collect_stage import Stage, X, device, point


def test_what_nothing_reads_is_never_silent(tmp_path: Path) -> None:
    rule = Rule(COMM_LOST, X, Silence(timedelta(seconds=90)))
    read = device("m1", [point("u")], [rule])
    beside = replace(
        read, id="ext-1", link="", profile=Profile("", X, "extinguisher", System.FIRE, "", {}, {}), rules={}
    )
    stage = Stage(tmp_path, [read, beside])
    stage.wait(100)
    assert set(stage.monitor.tracks) == {"m1"}
    assert {asset for asset, _, _ in stage.edges()} == {"m1", "wire"}
