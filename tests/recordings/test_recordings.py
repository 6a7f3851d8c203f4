"""Faults met in the field as tests: a folder a case, with the site, its recording, and what the collectors must make of it.

`recording.jsonl` is what FACILITY_RECORD wrote. `expected.yaml`: `said`, how good each asset's blocks ever were, and
`finally`, points as they are at the end: a value, or {bad: reason}. The recording is served on real wires, as fast as asked.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from facility.domain.reading import Quality
from facility.domain.recording import Heard
from simulators.replay import load_recording
from tests.harness.patient_loop import run_patiently
from tests.recordings.playing import Played, playing, site_of

CASES = sorted(folder.parent for folder in Path(__file__).parent.glob("*/recording.jsonl"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_recorded_fault_is_read_as_it_must_be(case: Path, tmp_path: Path) -> None:
    run_patiently(read_again(case, tmp_path))


async def read_again(case: Path, tmp_path: Path) -> None:
    site = site_of(case / "site.yaml")
    recording = load_recording(case / "recording.jsonl", 0, site)
    expected = yaml.safe_load((case / "expected.yaml").read_text(encoding="utf-8"))
    async with playing(site, tmp_path, recording=recording) as played:
        await played.until(lambda: at_its_end(played), "the end of the recording")
        await played.until(lambda: is_as_expected(played, expected["finally"]), "the last values")
        assert played.said() == expected["said"]
        assert all(server.wire.counted()[unrecorded(server.wire.link.id)] == 0 for server in played.estate.servers)


def unrecorded(link: str) -> str:
    return f'facility_simulator_unrecorded_total{{link="{link}"}}'


def at_its_end(played: Played) -> bool:
    """Every recorded answer was given, every message sent."""
    return all(server.wire.at_its_end for server in played.estate.servers) and all(  # type: ignore[attr-defined]
        bus.at_its_end for bus in played.estate.replays
    )


def found(played: Played, wanted: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The points that are asked for, as they are now."""
    return {id: {name: now(played, id, name) for name in names} for id, names in wanted.items()}


def is_as_expected(played: Played, wanted: dict[str, dict[str, Any]]) -> bool:
    is_now = found(played, wanted)
    print(is_now)  # noqa: T201 - what there was instead
    return is_now == wanted


def now(played: Played, asset: str, point: str) -> Any:
    state = played.points(asset).get(point)
    if state is None:
        return None
    if state.quality is not Quality.GOOD:
        return {"bad": state.reason.value}
    return round(state.value, 6) if isinstance(state.value, float) else state.value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_shipped_recording_holds_no_card(case: Path) -> None:
    entries = load_recording(case / "recording.jsonl", 0, site_of(case / "site.yaml")).links.values()
    heard = [entry for row in entries for entry in row if isinstance(entry, Heard)]
    cards = [card for entry in heard for card in re.findall(rb'"card": "([^"]*)"', entry.payload)]
    assert all(re.fullmatch(rb"x[0-9a-f]{8}", card) for card in cards)
