"""Writes the file of equipment without a wire: what is there stays, rows of a list are added or replaced; a try before it is kept."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from facility.site.equipment import FILE
from facility.site.equipment_rows import Equipment
from facility.site.loading import Loaded, load_with_texts
from facility.site.tree import Faults, parse, plain
from facility.site.writing import flow

_HEAD = """\
# Equipment without a wire. Written by `facility assets import`: an asset a line; comments of your own do not stay.
equipment:
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a list would change: names that are new, and keys that change by name; the text that then stands in the file."""

    added: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    text: str

    @property
    def nothing(self) -> bool:
        """The file has it all already."""
        return not self.added and not self.changed


def plan_equipment(site_file: Path, rows: Equipment) -> Planned:
    """What the rows would change; SiteRefused when the estate would not load with them."""
    before = _before(site_file.parent / FILE)
    after = {**before, **{name: _kept(before.get(name, {}), entry) for name, entry in rows.items()}}
    changed = {
        name: tuple(key for key in dict.fromkeys([*before[name], *after[name]]) if before[name].get(key) != after[name].get(key))
        for name in rows
        if name in before and before[name] != after[name]
    }  # fmt: skip
    text = _HEAD + "".join(f"  {name}: {flow(entry)}\n" for name, entry in after.items())
    load_with_texts(site_file, text)
    return Planned(tuple(name for name in rows if name not in before), changed, text)


def write_equipment(site_file: Path, planned: Planned) -> Loaded:
    """Put the text in place of the file in one step, and load the estate with it."""
    path = site_file.parent / FILE
    beside = path.with_suffix(".yaml.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(planned.text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return load_with_texts(site_file)


def _before(path: Path) -> Equipment:
    if not path.exists():
        return {}
    tree = plain(parse(path.read_text(encoding="utf-8"), str(path), Faults(), {}))
    found = tree.get("equipment") if isinstance(tree, dict) else None
    return {str(name): entry for name, entry in (found or {}).items() if isinstance(entry, dict)}


def _kept(before: Mapping[str, object], entry: dict[str, object]) -> dict[str, object]:
    """The row's entry; `was` is not a column, so it stays."""
    return {**entry, "was": before["was"]} if "was" in before else entry
