"""Loads a site file and the profiles it uses; refuses with all faults at once, never repairs."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from facility.domain.asset import Site
from facility.domain.profile import Profile
from facility.site import grammar
from facility.site.checks import check_whole
from facility.site.equipment import FILE, equipment_entries, equipment_text
from facility.site.estate import Builder
from facility.site.kinds import did_you_mean
from facility.site.profiles import SHIPPED, read_profile
from facility.site.records import Entry
from facility.site.text_files import read_text, refuse, shown
from facility.site.tree import Faults, parse
from facility.site.tree import Mapping as Tree

Change = Callable[[Tree, Faults], Tree]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A site with the texts that it was made of: `site.yaml` and `profiles/<id>.yaml`."""

    site: Site
    files: Mapping[str, str]


def load(path: Path) -> Site:
    """The site of a site file; SiteRefused carries every fault."""
    return load_with_texts(path).site


def load_with_texts(path: Path, equipment: str | None = None, change: Change | None = None) -> Loaded:
    """The site and its texts; SiteRefused carries every fault. `equipment`: another text of that file, to try it; `change`: of the site
    file's tree, to try that.
    """
    faults = Faults()
    files = {"site.yaml": read_text(path, faults)}
    refuse(faults)
    tree = parse(files["site.yaml"], shown(path), faults)
    if not tree.items:
        refuse(faults)
    if change is not None:
        tree = change(tree, faults)
    entry = grammar.SITE.read(tree, faults)
    profiles = _profiles(entry, path.parent / "profiles", files, faults)
    unwired = _equipment(path.parent, equipment, files, faults)
    site = Builder(entry, path.parent, profiles, faults, unwired).build(digest_of(files))
    check_whole(site, entry, faults)
    refuse(faults)
    return Loaded(site, files)


def _equipment(folder: Path, text: str | None, files: dict[str, str], faults: Faults) -> Mapping[str, Entry]:
    """What stands in the file of equipment without a wire, if there is one."""
    text = equipment_text(folder, faults) if text is None else text
    if text is None:
        return {}
    files[FILE] = text
    return equipment_entries(text, folder, faults)


def digest_of(files: Mapping[str, str]) -> str:
    """SHA-256 over names and texts."""
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text.encode())}\0{text}".encode())
    return digest.hexdigest()


def _profiles(entry: Entry, own: Path, files: dict[str, str], faults: Faults) -> dict[str, Profile]:
    """The profiles that assets use: those beside the site file come before the shipped ones."""
    found: dict[str, Profile] = {}
    missing: set[str] = set()
    known = profile_files(own)
    for asset in entry["assets"].values():
        name = asset["profile"]
        if name and name not in known:
            faults.add(asset.at("profile"), f"profile {name} does not exist.", did_you_mean(name, known))
        elif name and name not in found and name not in missing:
            text, profile = _profile(known[name], faults)
            files[f"profiles/{name}.yaml"] = text
            if profile is not None and profile.points:
                found[name] = profile
            else:
                missing.add(name)
    return found


def load_profiles(own: Path, names: Iterable[str] | None = None) -> dict[str, Profile]:
    """Profiles by name, all that are at hand unless `names` are given; SiteRefused carries every fault."""
    faults, found = Faults(), {}
    known = profile_files(own)
    for name in known if names is None else names:
        _, profile = _profile(known[name], faults)
        if profile is not None:
            found[name] = profile
    refuse(faults)
    return found


def _profile(path: Path, faults: Faults) -> tuple[str, Profile | None]:
    """Its text, and what it says; None when it is not YAML."""
    if path.parent == SHIPPED:
        return _shipped(path.stem)
    text = read_text(path, faults)
    return text, read_profile(text, shown(path), path.stem, faults)


@cache  # it is part of this version, and a process that tries changes of a site reads the site again and again
def _shipped(name: str) -> tuple[str, Profile | None]:
    faults, path = Faults(), SHIPPED / f"{name}.yaml"
    text = read_text(path, faults)
    profile = read_profile(text, shown(path), name, faults)
    refuse(faults)
    return text, profile


def profile_files(own: Path) -> dict[str, Path]:
    """Files of all profiles by name."""
    return {path.stem: path for folder in (SHIPPED, own) for path in sorted(folder.glob("*.yaml"))}
