"""Checks `consequence_of`: kinds of alerts that explain a rule's condition. A kind that no rule makes is refused."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from facility.domain.asset import COMM_LOST, SUPPLY_LOST, Site
from facility.site.kinds import did_you_mean
from facility.site.records import Entry
from facility.site.tree import Faults, Node, Scalar, Sequence
from facility.site.tree import Mapping as Tree

_KIND = re.compile(r"\balert: ([a-z0-9_]+)")


def check_in_profile(rules: Mapping[str, Entry], shipped: Path, faults: Faults) -> None:
    """A profile may name its own kinds, those of the profiles that are shipped, and the losses of supply that sites tell of."""
    known = {COMM_LOST, *SUPPLY_LOST, *(entry["alert"] for entry in rules.values() if entry["alert"])}
    for entry in rules.values():
        if entry["consequence_of"] and entry["level"] is None:
            faults.add(
                entry.at("consequence_of"), "the rule makes no alert: it has no level.", "Remove it, or add `level:`."
            )
        names = list(entry["consequence_of"])
        if any(name not in known for _, name in names):
            known |= shipped_kinds(shipped)
        _refuse_unknown(names, known, faults)


def check_in_site(site: Site, entry: Entry, faults: Faults) -> None:
    """A site names kinds that its own rules make; in its rules and in its changes to those of its assets."""
    known = {COMM_LOST, *(rule.alert for rule in site.rules.values() if rule.alert)}
    known |= {rule.alert for asset in site.assets.values() for rule in asset.rules.values() if rule.alert}
    for rule in entry["rules"].values():
        _refuse_unknown(list(rule["consequence_of"]), known, faults)
    for asset in entry["assets"].values():
        for change in asset["rules"].values():
            given = change.items.get("consequence_of") if isinstance(change, Tree) else None
            if isinstance(given, Sequence):
                _refuse_unknown([(node, node.text) for node in given.items if isinstance(node, Scalar)], known, faults)


@cache
def shipped_kinds(folder: Path) -> frozenset[str]:
    """Kinds of alerts that the profiles of a folder make."""
    files = folder.glob("*.yaml")
    return frozenset(kind for file in files for kind in _KIND.findall(file.read_text(encoding="utf-8")))


def _refuse_unknown(names: list[tuple[Node, str]], known: Collection[str], faults: Faults) -> None:
    seen: set[str] = set()
    for node, name in names:
        if faults.within(node):
            continue
        if name in seen:
            faults.add(node, f"{name} is given twice.", "Keep one of them.")
        elif name not in known:
            faults.add(node, f"no rule makes an alert of the kind {name}.", did_you_mean(name, sorted(known)))
        seen.add(name)
