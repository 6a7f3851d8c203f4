"""Reads the expressions of rules: over the points of one device, or over several assets (site rules)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facility.domain.asset import COMM_LOST, Asset
from facility.domain.profile import JsonField, Point, RawType
from facility.domain.reading import Value
from facility.domain.rule import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    ConditionOf,
    Expression,
    Negation,
    Rate,
    Share,
    Silence,
)
from facility.site import expression_grammar
from facility.site.kinds import did_you_mean
from facility.site.records import Entry
from facility.site.tree import NUMBER, Faults, Node, Scalar
from facility.site.tree import Mapping as Tree

_NOTHING = AllOf(())
_DEVICE_FORMS = ("all", "any", "not", "silent_for", "rises_by", "falls_by", "share")
_SITE_FORMS = ("all", "any", "not", "condition")


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may speak of: the points of one device, or the assets of a site."""

    points: Mapping[str, Point] | None = None
    assets: Mapping[str, Asset] | None = None
    known_assets: frozenset[str] = frozenset()  # with those that could not be read

    @property
    def forms(self) -> tuple[str, ...]:
        """Keys that tell the form of a part."""
        return _DEVICE_FORMS if self.assets is None else _SITE_FORMS


def read_expression(node: Node, scope: Scope, faults: Faults) -> Expression:
    """The expression at a node; an empty one when there is a fault."""
    if not isinstance(node, Tree):
        faults.add(node, "must be a mapping.", "Write {point: …, below: …}, or {all: […]}, {any: […]}, {not: …}.")
        return _NOTHING
    form = next((key for key in node.items if key in scope.forms), "")
    if not form:
        return _compare(node, scope, faults)
    entry = expression_grammar.FORMS[form].read(node, faults)
    match form:
        case "all" | "any":
            parts = tuple(read_expression(item, scope, faults) for _, item in entry[form])
            return AllOf(parts) if form == "all" else AnyOf(parts)
        case "not":
            return Negation(read_expression(entry[form], scope, faults)) if entry.given("not") else _NOTHING
        case "silent_for":
            return Silence(entry["silent_for"])
        case "share":
            return _share(entry, scope, faults)
        case "condition":
            return _condition(entry, scope, faults)
        case _:
            return _rate(entry, form, scope, faults)


def _compare(node: Tree, scope: Scope, faults: Faults) -> Expression:
    forms = (*expression_grammar.COMPARISONS, *scope.forms)
    named = [key for key in expression_grammar.COMPARISONS if key in node.items]
    if len(named) != 1:
        what = f"has {' and '.join(named)}." if named else "says nothing to compare."
        odd = next((key for key in node.items if key not in ("point", "asset", "hysteresis")), "")
        mend = (
            "Keep one of them." if named else (did_you_mean(odd, forms) if odd else f"Give one of {', '.join(forms)}.")
        )
        faults.add(node, what, mend)
        return _NOTHING
    entry = (expression_grammar.COMPARE if scope.assets is None else expression_grammar.ASSET_COMPARE).read(
        node, faults
    )
    asset, point = ("", _point(entry, scope, faults)) if scope.assets is None else _asset_point(entry, scope, faults)
    if point is None:
        return _NOTHING
    comparison = Comparison(named[0])
    limit = _limit(entry, comparison, point, faults)
    leaf = Compare(entry["point"], comparison, limit, entry["hysteresis"], asset)
    check_limit(leaf, point, entry.at(named[0]), entry.at("hysteresis"), faults)
    return leaf


def _limit(entry: Entry, comparison: Comparison, point: Point, faults: Faults) -> Value:
    key, node = comparison.value, entry.at(comparison.value)
    if comparison in (Comparison.BELOW, Comparison.ABOVE):
        if not is_number(point):
            faults.add(node, f"{point.name} is {nature(point)} and has no limit.", "Compare it by equals or differs.")
            return 0.0
        return float(entry[key])
    if entry.given("hysteresis"):
        faults.add(entry.at("hysteresis"), f"{key} knows no hysteresis.", "Leave it out, or use clear_hold.")
    if not isinstance(node, Scalar) or node.empty:
        faults.add(node, f"{key} needs one value.", "Give a label, a number or a text.")
        return 0.0
    if point.labels:
        if node.text not in point.labels:
            faults.add(node, f'{point.name} has no label "{node.text}".', did_you_mean(node.text, point.labels))
        return node.text
    if _is_text(point):
        return node.text
    if node.text in ("true", "false"):
        return float(node.text == "true")
    if not NUMBER.fullmatch(node.text):
        faults.add(node, f'"{node.text}" is not a number, but {point.name} is {nature(point)}.', "Give a number.")
        return 0.0
    return float(node.text)


def check_limit(leaf: Compare, point: Point, at: Node, at_hysteresis: Node, faults: Faults) -> None:
    """The limit lies inside the measuring range, and so does the value at which the condition ends."""
    if isinstance(leaf.limit, str) or leaf.comparison not in (Comparison.BELOW, Comparison.ABOVE):
        return
    low, high = point.low, point.high
    below = leaf.comparison is Comparison.BELOW
    span = f"[{_number(low)}, {_number(high)}] {point.unit}".rstrip()
    outside = (low is not None and (leaf.limit < low or (below and leaf.limit == low))) or (
        high is not None and (leaf.limit > high or (not below and leaf.limit == high))
    )
    if outside:
        never = f"limit {leaf.limit:g} of {point.name} is never passed inside its measuring range {span}."
        faults.add(at, never, "Choose a limit inside the range, or correct the range.")
        return
    end = leaf.limit + leaf.hysteresis if below else leaf.limit - leaf.hysteresis
    if (high is not None and end > high) or (low is not None and end < low):
        never = f"with hysteresis {leaf.hysteresis:g} it ends only at {end:g}, outside the measuring range {span}."
        faults.add(at_hysteresis, never, "Choose a smaller hysteresis.")


def _rate(entry: Entry, form: str, scope: Scope, faults: Faults) -> Expression:
    point = _point(entry, scope, faults)
    if entry.given("rises_by") and entry.given("falls_by"):
        faults.add(entry.node, "has rises_by and falls_by.", "Keep one of them.")
    if point is not None and not is_number(point):
        faults.add(entry.at("point"), f"{point.name} is {nature(point)} and cannot rise or fall.", "Name a number.")
    change = entry[form]
    if change <= 0:
        faults.add(entry.at(form), f"{change:g} is no change.", "Give a number above 0; the key says the direction.")
    return Rate(entry["point"], change if form == "rises_by" else -change, entry["within"])


def _share(entry: Entry, scope: Scope, faults: Faults) -> Expression:
    points = scope.points or {}
    named = [*entry["share"], (entry.at("of"), entry["of"])]
    for node, name in named:
        if name and name not in points:
            faults.add(node, f"point {name} does not exist.", did_you_mean(name, points))
        elif name and not is_number(points[name]):
            faults.add(node, f"{name} is {nature(points[name])} and counts nothing.", "Name a number.")
    return Share(tuple(name for _, name in entry["share"]), entry["of"], entry["above"])


def _condition(entry: Entry, scope: Scope, faults: Faults) -> Expression:
    asset = _asset(entry, scope, faults)
    rule = entry["condition"]
    if asset is None or not rule:
        return _NOTHING
    if rule not in asset.rules:
        reason = "is switched off there" if rule in asset.profile.rules or rule == COMM_LOST else "does not exist"
        names = sorted(asset.rules)
        mend = did_you_mean(rule, names) if reason == "does not exist" else f"Remove `{rule}: off` from the asset."
        faults.add(entry.at("condition"), f"rule {rule} of {asset.id} {reason}.", mend)
        return _NOTHING
    return ConditionOf(asset.id, rule)


def _asset_point(entry: Entry, scope: Scope, faults: Faults) -> tuple[str, Point | None]:
    asset = _asset(entry, scope, faults)
    if asset is None:
        return "", None
    return asset.id, _point(entry, Scope(points=asset.profile.points), faults)


def _asset(entry: Entry, scope: Scope, faults: Faults) -> Asset | None:
    name, assets = entry["asset"], scope.assets or {}
    if name and name not in scope.known_assets:
        faults.add(entry.at("asset"), f"asset {name} does not exist.", did_you_mean(name, scope.known_assets))
        return None
    asset = assets.get(name)
    if asset is not None and asset.retired:
        faults.add(
            entry.at("asset"), f"asset {name} is retired: the rule would never be decided.", "Take it out of the rule."
        )
    return asset


def _point(entry: Entry, scope: Scope, faults: Faults) -> Point | None:
    name: str = entry["point"]
    points = scope.points or {}
    if name and name not in points:
        faults.add(entry.at("point"), f"point {name} does not exist.", did_you_mean(name, points))
    return points.get(name)


def is_number(point: Point) -> bool:
    """Numbers have limits; enums, bits and texts do not."""
    if isinstance(point.read, JsonField):
        return point.read.type == "number"
    return point.read.type not in (RawType.ENUM, RawType.BIT, RawType.STRING)


def _is_text(point: Point) -> bool:
    return point.read.type in ("text", RawType.STRING)


def nature(point: Point) -> str:
    """What kind of value the point has, as a person would say it."""
    kind: Any = point.read.type
    return {"enum": "an enum", "bit": "a bit", "bool": "a bit", "text": "a text", "string": "a text"}.get(
        str(kind), "a number"
    )


def _number(value: float | None) -> str:
    return "…" if value is None else f"{value:g}"
