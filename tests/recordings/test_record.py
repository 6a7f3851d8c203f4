"""What goes over the wires is recorded, without cards, and a replay of it gives the same values and qualities.

`python -m tests.recordings.test_record FOLDER` records the case busy_gateway anew into a folder.
"""

import json
import sys
from pathlib import Path

from facility.bus import publisher
from facility.domain.recording import Exchange, Heard
from simulators.replay import load_recording
from tests.harness.patient_loop import run_patiently
from tests.recordings.playing import Played, playing, site_of

HERE = Path(__file__).parent
CARD = "A1B2C3D4"
SAID = {"meter": ["bad_payload", "good", "refused"], "tank": ["good", "timeout"]}


async def record(file: Path, folder: Path) -> dict[str, list[str]]:
    """A meter that is busy, then garbles, then recovers; a tank that falls silent once; a swipe at a gate, and garbage."""
    async with playing(site_of(HERE / "busy_gateway" / "site.yaml"), folder, record=file) as played:
        faults = played.estate.faults
        await played.until(lambda: heard(played, "meter", "good") and heard(played, "tank", "good"), "all good")
        faults.add("meter", "busy")
        await played.until(lambda: heard(played, "meter", "refused"), "busy")
        faults.clear()
        faults.add("meter", "garbage")
        await played.until(lambda: heard(played, "meter", "bad_payload"), "garbage")
        faults.clear()
        faults.add("tank", "silence")
        await played.until(lambda: heard(played, "tank", "timeout"), "silence")
        faults.clear()
        await swipe(played)
        await played.until(lambda: last(played, "meter") == last(played, "tank") == "good", "all good again")
        await played.until(lambda: "last_card" in played.points("gate"), "the swipe")
        return played.said()


async def swipe(played: Played) -> None:
    async with publisher(played.site.links["broker"], "reader") as publish:
        body = {"card": CARD, "owner": "Wang", "result": "passage", "time": "2026-11-23T08:00:00+08:00", "sequence": 1}
        await publish("court/gate/event", json.dumps(body).encode())
        await publish("court/gate/event", b'{"card": "A1B2C3D4", "resu')


def heard(played: Played, asset: str, word: str) -> bool:
    return all(word in sink.said for sink in played.sinks[asset])


def last(played: Played, asset: str) -> str:
    words = {sink.said[-1] for sink in played.sinks[asset]}
    return words.pop() if len(words) == 1 else "different"


def test_traffic_is_recorded_without_cards_and_replayed_the_same(tmp_path: Path) -> None:
    run_patiently(record_and_replay(tmp_path))


async def record_and_replay(tmp_path: Path) -> None:
    file = tmp_path / "traffic.jsonl"
    said = await record(file, tmp_path / "first")
    assert said == SAID
    text = file.read_text(encoding="utf-8")
    assert (file.stat().st_mode & 0o777) == 0o600
    assert CARD not in text
    assert "Wang" not in text
    site = site_of(HERE / "busy_gateway" / "site.yaml")
    recording = load_recording(file, 0, site)
    failures = {entry.failure for entry in recording.links["wire"] if isinstance(entry, Exchange)}
    assert failures == {"", "timeout", "bad_answer"}
    assert [entry for entry in recording.links["broker"] if isinstance(entry, Heard) and entry.topic.endswith("event")]
    async with playing(site, tmp_path / "second", recording=recording) as again:
        await again.until(lambda: again.said() == said, "the same qualities")
        await again.until(lambda: last(again, "meter") == last(again, "tank") == "good", "all good at the end")
        await again.until(lambda: "last_card" in again.points("gate"), "the masked swipe")
        assert again.points("gate")["last_result"].value == "passage"
        assert str(again.points("gate")["last_card"].value).startswith("x")
        assert again.said() == said


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print(run_patiently(record(target / "recording.jsonl", target / "work")))  # noqa: T201 - for expected.yaml
