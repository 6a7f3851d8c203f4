"""Applies a site's changes to the rules of an asset: `off`, or another limit, hysteresis, hold, clear_hold, level, causes."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import replace

from facility.domain.asset import Link
from facility.domain.errors import SiteRefused
from facility.domain.profile import Point, Profile
from facility.domain.rule import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Expression,
    Leaf,
    Negation,
    Rate,
    Rule,
    Share,
    leaves,
)
from facility.site import grammar
from facility.site.expressions import check_limit
from facility.site.kinds import Duration, did_you_mean
from facility.site.records import Entry, Field, Record
from facility.site.tree import Faults, Mapping, Node, Scalar

_TRIED = "--set"  # the file of a change that is only tried
_LIMITED = (Comparison.BELOW, Comparison.ABOVE)
_LINK_CHANGE = Record({"lost_after": Field(Duration(positive=True), "silence after which it is lost")})

PointOf = Callable[[Compare], Point]
"""The point that a comparison reads."""


def tried(rule: Rule, point_of: PointOf, settings: Sequence[str]) -> Rule:
    """The rule with changes as the site file has them, written `limit=5.2`; SiteRefused with all faults."""
    faults = Faults()
    changes = settings_of(settings, faults, "limit=5.2")
    changed = _changed(rule, grammar.CHANGE.read(changes, faults), point_of, faults)
    if faults.found:
        raise SiteRefused(faults.ordered)
    return changed


def tried_link(link: Link, settings: Sequence[str]) -> Link:
    """The link with another silence, written `lost_after=2m`; SiteRefused with all faults."""
    faults = Faults()
    entry = _LINK_CHANGE.read(settings_of(settings, faults, "lost_after=2m"), faults)
    if faults.found:
        raise SiteRefused(faults.ordered)
    return replace(link, lost_after=entry["lost_after"])


def settings_of(settings: Sequence[str], faults: Faults, example: str) -> Mapping:
    """`key=value` as a tree; the line of a fault is the number of the setting."""
    items = dict[str, Node]()
    for number, setting in enumerate(settings, start=1):
        key, equals, text = setting.partition("=")
        node = Scalar(_TRIED, number, key, text, plain=True)
        if not equals or key in items:
            faults.add(node, "is given twice." if equals else "has no value.", f"Write each once, like {example}.")
        items[key] = node
    return Mapping(_TRIED, 1, "", items)


def apply_changes(
    changes: MappingOf[str, Node], rules: MappingOf[str, Rule], profile: Profile, faults: Faults
) -> dict[str, Rule]:
    """The asset's rules with the changes of the site file."""
    changed = dict(rules)
    for name, node in changes.items():
        if name not in rules:
            what = f"profile {profile.id} has no rule {name}."
            faults.add(node, what, did_you_mean(name, rules))
        elif isinstance(node, Scalar):
            if node.text == "off":
                del changed[name]
            else:
                faults.add(node, f'"{node.text}" is no change of a rule.', "Write `off`, or {limit: …, hold: …}.")
        else:
            read = grammar.CHANGE.read(node, faults)
            changed[name] = _changed(rules[name], read, lambda leaf: profile.points[leaf.point], faults)
    return changed


def _changed(rule: Rule, entry: Entry, point_of: PointOf, faults: Faults) -> Rule:
    for key in ("hold", "clear_hold"):
        if entry[key] is not None:
            rule = replace(rule, **{key: entry[key]})
    if rule.latched and rule.hold:
        faults.add(entry.at("hold"), f"rule {rule.id} is latched and is told at once.", "Remove hold.")
    if entry["level"] is not None:
        if rule.level is None:
            faults.add(
                entry.at("level"), "this rule makes no alert: it has no level.", "Define an alert in the profile."
            )
        rule = replace(rule, level=entry["level"])
    if entry["consequence_of"] is not None:
        rule = replace(rule, consequence_of=tuple(name for _, name in entry["consequence_of"]))
    if entry["limit"] is None and entry["hysteresis"] is None:
        return rule
    return replace(rule, when=_with_limit(rule, entry, point_of, faults))


def _with_limit(rule: Rule, entry: Entry, point_of: PointOf, faults: Faults) -> Expression:
    place = entry.at("limit") if entry["limit"] is not None else entry.at("hysteresis")
    limited = [leaf for leaf in leaves(rule.when) if isinstance(leaf, Compare) and leaf.comparison in _LIMITED]
    rates = [leaf for leaf in leaves(rule.when) if isinstance(leaf, Rate)]
    shares = [leaf for leaf in leaves(rule.when) if isinstance(leaf, Share)]
    if len({(leaf.comparison, leaf.limit) for leaf in limited} | {leaf.change for leaf in rates} | {*shares}) != 1:
        several = "several limits" if limited or rates or shares else "no limit"
        faults.add(
            place, f"rule {rule.id} has {several}.", "Change hold, clear_hold or level, or write a profile of your own."
        )
        return rule.when
    if (rates or shares) and entry["hysteresis"] is not None:
        about = "a change" if rates else "a share"
        faults.add(entry.at("hysteresis"), f"rule {rule.id} is about {about} and has no hysteresis.", "Remove it.")
    if shares and entry["limit"] is not None and not 0 <= entry["limit"] <= 100:
        faults.add(place, f"{entry['limit']:g} % is no share.", "Give 0 to 100.")

    def change(leaf: Leaf) -> Leaf:
        if isinstance(leaf, Rate) and entry["limit"] is not None:
            return replace(leaf, change=abs(entry["limit"]) * (1 if leaf.change > 0 else -1))
        if isinstance(leaf, Share) and entry["limit"] is not None:
            return replace(leaf, above=entry["limit"])
        if not isinstance(leaf, Compare) or leaf.comparison not in _LIMITED:
            return leaf
        limit = leaf.limit if entry["limit"] is None else entry["limit"]
        hysteresis = leaf.hysteresis if entry["hysteresis"] is None else entry["hysteresis"]
        leaf = replace(leaf, limit=limit, hysteresis=hysteresis)
        check_limit(leaf, point_of(leaf), entry.at("limit"), entry.at("hysteresis"), faults)
        return leaf

    return mapped(rule.when, change)


def mapped(expression: Expression, change: Callable[[Leaf], Leaf]) -> Expression:
    """The expression with every leaf changed."""
    match expression:
        case AllOf(parts):
            return AllOf(tuple(mapped(part, change) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(mapped(part, change) for part in parts))
        case Negation(part):
            return Negation(mapped(part, change))
        case _:
            return change(expression)
