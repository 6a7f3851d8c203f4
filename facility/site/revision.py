"""Revisions of the site file: what changed since the last one; equipment is retired or renamed, never deleted."""

from collections.abc import Mapping
from datetime import datetime

from facility.domain.errors import Fault, SiteRefused
from facility.ports import Revision
from facility.site.equipment import FILE
from facility.site.loading import Loaded
from facility.site.tree import Faults, parse, plain

_SECTIONS = {
    "teams": "team",
    "positions": "position",
    "areas": "area",
    "links": "link",
    "rules": "rule",
    "channels": "channel",
    "ladders": "ladder",
    "plans": "plan",
}
_ESTATE = ("title", "zone", "language", "public_url", "simulation")
Tree = Mapping[str, object]


def make_revision(loaded: Loaded, last: Revision | None, at: datetime, file: str) -> Revision | None:
    """The revision that follows `last`; None when nothing changed. SiteRefused when an asset is missing."""
    if last is not None and last.digest == loaded.site.digest:
        return None
    old, new = _estate(last.files) if last else {}, _estate(loaded.files)
    if last is not None and old.get("site") != new.get("site"):
        what = f"site: the estate is {old.get('site')} in the database, {new.get('site')} here."
        raise SiteRefused([Fault(file, 1, what, "Keep the name, or use a database of its own (FACILITY_WORK).")])
    changes = [*_assets(old, new, file), *_others(old, new)]
    before = last.files if last else {}
    changes += [line for line in _profiles(before, loaded.files) if last]
    if last is not None and not changes:
        changes = ["wording or comments only"]
    return Revision(0, loaded.site.digest, at, dict(loaded.files), tuple(changes))


def _estate(files: Mapping[str, str]) -> Tree:
    """The site file, with the equipment of the file beside it among its assets."""
    tree, beside = _tree(files["site.yaml"]), _tree(files.get(FILE, ""))
    return {**tree, "assets": {**_section(tree, "assets"), **_section(beside, "equipment")}}


def _tree(text: str) -> Tree:
    tree = plain(parse(text, "site.yaml", Faults(), {}))
    return tree if isinstance(tree, dict) else {}


def _section(tree: Tree, name: str) -> Tree:
    section = tree.get(name)
    return section if isinstance(section, dict) else {}


def _assets(old_tree: Tree, new_tree: Tree, file: str) -> list[str]:
    old, new = _section(old_tree, "assets"), _section(new_tree, "assets")
    renamed = {was: name for name, asset in new.items() for was in _was(asset) if was in old}
    missing = [name for name in old if name not in new and name not in renamed]
    if missing:
        mend = "Keep it with `retired: true`, or name it in `was:` of the asset that it became."
        raise SiteRefused(
            [Fault(file, 1, f"assets.{name}: was deleted, but it has a history.", mend) for name in missing]
        )
    changes = [f"renamed asset {was} to {name}" for was, name in renamed.items() if was not in new]
    for name, asset in new.items():
        before = old.get(name, old.get(next((was for was, now in renamed.items() if now == name), ""), None))
        if before is None:
            changes.append(f"added asset {name}")
        elif _field(asset, "retired", False) != _field(before, "retired", False):
            changes.append(f"{'retired' if _field(asset, 'retired', False) else 'took back into use'} asset {name}")
        elif keys := _differences(before, asset):
            changes.append(f"changed asset {name}: {', '.join(keys)}")
    return changes


def _others(old_tree: Tree, new_tree: Tree) -> list[str]:
    changes = [f"changed {key}" for key in _ESTATE if old_tree and old_tree.get(key) != new_tree.get(key)]
    for section, kind in _SECTIONS.items():
        old, new = _section(old_tree, section), _section(new_tree, section)
        changes += [f"added {kind} {name}" for name in new if name not in old]
        changes += [f"removed {kind} {name}" for name in old if name not in new]
        for name in new:
            if name in old and old[name] != new[name]:
                keys = _differences(old[name], new[name])
                changes.append(f"changed {kind} {name}" + (f": {', '.join(keys)}" if keys else ""))
    return changes


def _profiles(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    names = [name for name in new if name.startswith("profiles/") and name in old and old[name] != new[name]]
    return [f"changed profile {name.removeprefix('profiles/').removesuffix('.yaml')}" for name in names]


def _field(asset: object, key: str, default: object) -> object:
    return asset.get(key, default) if isinstance(asset, dict) else default


def _differences(old: object, new: object) -> list[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return []
    return [key for key in dict.fromkeys([*old, *new]) if key != "was" and old.get(key) != new.get(key)]


def _was(asset: object) -> list[str]:
    was = _field(asset, "was", [])
    return [str(name) for name in was] if isinstance(was, list) else []
