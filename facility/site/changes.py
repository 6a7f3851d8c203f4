"""Applies a site's changes to the rules of an asset: `off`, or another limit, hysteresis, hold, clear_hold, level, causes."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import replace

from facility.domain.errors import SiteRefused
from facility.domain.profile import Profile
from facility.domain.rule import AllOf, AnyOf, Compare, Comparison, Expression, Leaf, Negation, Rate, Rule, leaves
from facility.site import grammar
from facility.site.expressions import check_limit
from facility.site.kinds import did_you_mean
from facility.site.records import Entry
from facility.site.tree import Faults, Mapping, Node, Scalar

_TRIED = "--set"  # the file of a change that is only tried
_LIMITED = (Comparison.BELOW, Comparison.ABOVE)


def tried(rule: Rule, profile: Profile, settings: Sequence[str]) -> Rule:
    """The rule with changes as the site file has them, written `limit=5.2`; SiteRefused with all faults."""
    faults, items = Faults(), dict[str, Node]()
    for number, setting in enumerate(settings, start=1):
        key, equals, text = setting.partition("=")
        node = Scalar(_TRIED, number, key, text, plain=True)
        if not equals or key in items:
            faults.add(node, "is given twice." if equals else "has no value.", "Write each once, like limit=5.2.")
        items[key] = node
    changes = Mapping(_TRIED, 1, "", items)
    changed = _changed(rule, grammar.CHANGE.read(changes, faults), profile, faults)
    if faults.found:
        raise SiteRefused(faults.ordered)
    return changed


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
            changed[name] = _changed(rules[name], grammar.CHANGE.read(node, faults), profile, faults)
    return changed


def _changed(rule: Rule, entry: Entry, profile: Profile, faults: Faults) -> Rule:
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
    return replace(rule, when=_with_limit(rule, entry, profile, faults))


def _with_limit(rule: Rule, entry: Entry, profile: Profile, faults: Faults) -> Expression:
    place = entry.at("limit") if entry["limit"] is not None else entry.at("hysteresis")
    limited = [leaf for leaf in leaves(rule.when) if isinstance(leaf, Compare) and leaf.comparison in _LIMITED]
    rates = [leaf for leaf in leaves(rule.when) if isinstance(leaf, Rate)]
    if len({(leaf.comparison, leaf.limit) for leaf in limited}) + len({leaf.change for leaf in rates}) != 1:
        several = "several limits" if limited or rates else "no limit"
        faults.add(
            place, f"rule {rule.id} has {several}.", "Change hold, clear_hold or level, or write a profile of your own."
        )
        return rule.when
    if rates and entry["hysteresis"] is not None:
        faults.add(entry.at("hysteresis"), f"rule {rule.id} is about a change and has no hysteresis.", "Remove it.")

    def change(leaf: Leaf) -> Leaf:
        if isinstance(leaf, Rate) and entry["limit"] is not None:
            return replace(leaf, change=abs(entry["limit"]) * (1 if leaf.change > 0 else -1))
        if not isinstance(leaf, Compare) or leaf.comparison not in _LIMITED:
            return leaf
        limit = leaf.limit if entry["limit"] is None else entry["limit"]
        hysteresis = leaf.hysteresis if entry["hysteresis"] is None else entry["hysteresis"]
        leaf = replace(leaf, limit=limit, hysteresis=hysteresis)
        check_limit(leaf, profile.points[leaf.point], entry.at("limit"), entry.at("hysteresis"), faults)
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
