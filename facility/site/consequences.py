"""Checks `consequence_of`: kinds of alerts that explain a rule's condition. A kind that no rule makes is refused."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from facility.domain.asset import COMM_LOST, SUPPLY_LOST, Site
from facility.domain.fold import Key
from facility.domain.topology import Graph, owned_rules
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


def refuse_circles(site: Site, entry: Entry, faults: Faults) -> None:
    """No condition may explain itself by way of others: neither would be told by the other."""
    graph = Graph(site)
    owned = [pair for pair in owned_rules(site) if pair[1].consequence_of]
    above = {
        (owner, rule.id): [(place, cause.id) for place, cause in graph.possible_causes(owner, rule)]
        for owner, rule in owned
    }
    done: set[Key] = set()
    for start in above:
        circle = _circle(start, [], above, done)
        if circle:
            what = f"consequence_of goes in a circle: {' → '.join(f'{rule} of {owner}' for owner, rule in circle)}."
            faults.add(_place(circle[0], entry), what, "Break it at one place.")


def _circle(key: Key, path: list[Key], above: Mapping[Key, list[Key]], done: set[Key]) -> list[Key]:
    if key in path:
        return [*path[path.index(key) :], key]
    if key in done:
        return []
    path.append(key)
    found = next((circle for upper in above.get(key, ()) if (circle := _circle(upper, path, above, done))), [])
    path.pop()
    done.add(key)
    return found


def _place(key: Key, entry: Entry) -> Node:
    owner, rule = key
    rules: Mapping[str, Entry] = entry["rules"]
    if rule in rules:
        return rules[rule].at("consequence_of")
    assets: Mapping[str, Entry] = entry["assets"]
    if owner not in assets:
        links: Mapping[str, Entry] = entry["links"]
        return links[owner].node
    changed: Mapping[str, Node] = assets[owner]["rules"]
    return changed.get(rule, assets[owner].at("profile"))


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
