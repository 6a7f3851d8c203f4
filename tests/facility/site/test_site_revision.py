"""Revisions: what changed, renames, retirement instead of deletion."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facility.domain.errors import SiteRefused
from facility.ports import Revision
from facility.site import load_with_texts
from facility.site.revision import make_revision

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo" / "site.yaml"
AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class Edited:
    """A copy of the demo's site file that a test edits; `revise` makes the next revision."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "site.yaml"
        self.text = DEMO.read_text(encoding="utf-8")
        self.last: Revision | None = None

    def replace(self, old: str, new: str) -> None:
        assert old in self.text
        self.text = self.text.replace(old, new)

    def asset(self, name: str) -> str:
        match = re.search(rf"  {name}:\n(?:    .*\n)+", self.text)
        assert match
        return match[0]

    def revise(self) -> tuple[str, ...] | None:
        self.path.write_text(self.text, encoding="utf-8")
        made = make_revision(load_with_texts(self.path), self.last, AT, "site.yaml")
        self.last = made or self.last
        return None if made is None else made.changes


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    edited = Edited(tmp_path)
    first = edited.revise()
    assert first is not None
    assert "added asset incomer-1" in first
    assert all(change.startswith("added ") for change in first)
    return edited


def test_revision_holds_the_texts(edited: Edited) -> None:
    assert edited.last is not None
    assert edited.last.files["site.yaml"] == edited.text
    used = {f"profiles/{name}.yaml" for name in re.findall(r"^    profile: (\w+)$", edited.text, re.MULTILINE)}
    assert {name for name in edited.last.files if name.startswith("profiles/")} == used
    assert edited.last.applied_at == AT


def test_same_text_is_no_revision(edited: Edited) -> None:
    assert edited.revise() is None


def test_remark_is_a_revision_of_wording(edited: Edited) -> None:
    edited.text += "# looked through in November\n"
    assert edited.revise() == ("wording or comments only",)


def test_rename_by_was(edited: Edited) -> None:
    asset = edited.asset("air-sensor-1")
    edited.replace(asset, asset.replace("air-sensor-1", "air-garage") + "    was: [air-sensor-1]\n")
    assert edited.revise() == ("renamed asset air-sensor-1 to air-garage",)
    edited.text += "# one more\n"
    assert edited.revise() == ("wording or comments only",)


def test_deleted_asset_is_refused(edited: Edited) -> None:
    edited.replace(edited.asset("air-sensor-1"), "")
    with pytest.raises(SiteRefused) as refused:
        edited.revise()
    assert str(refused.value) == (
        "site.yaml:1 assets.air-sensor-1: was deleted, but it has a history. "
        "Keep it with `retired: true`, or name it in `was:` of the asset that it became."
    )


def test_retired_and_taken_back(edited: Edited) -> None:
    asset = edited.asset("air-sensor-1")
    edited.replace(asset, asset + "    retired: true\n")
    assert edited.revise() == ("retired asset air-sensor-1",)
    edited.replace("    retired: true\n", "")
    assert edited.revise() == ("took back into use asset air-sensor-1",)


def test_changes_are_named(edited: Edited) -> None:
    edited.replace("Gas intake of area 1", "Gas intake 1")
    edited.replace("port: 15026", "port: 15036")
    edited.replace("cadence: weekly", "cadence: monthly")
    edited.replace("{seed: 7}", "{seed: 8}")
    assert edited.revise() == (
        "changed asset gas-1: title",
        "changed simulation",
        "changed link gas-intakes: port",
        "changed plan fire-pump-start: cadence",
    )


def test_changed_profile_is_named(edited: Edited) -> None:
    folder = edited.path.parent / "profiles"
    folder.mkdir()
    shipped = DEMO.parents[2] / "facility" / "profiles" / "tank.yaml"
    (folder / "tank.yaml").write_text(shipped.read_text(encoding="utf-8").replace("below: 0.8", "below: 0.9"), "utf-8")
    assert edited.revise() == ("changed profile tank",)


def test_other_estate_is_refused(edited: Edited) -> None:
    edited.replace("site: demo-garden", "site: other-garden")
    with pytest.raises(SiteRefused, match="the estate is demo-garden in the database, other-garden here"):
        edited.revise()
