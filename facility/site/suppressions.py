"""Reads what the site file suppresses by design: which rules are not told while something else is true."""

from collections.abc import Mapping

from facility.domain.asset import Asset
from facility.domain.rule import Rule
from facility.domain.suppression import DesignedSuppression
from facility.site.expressions import Scope, read_expression
from facility.site.kinds import did_you_mean
from facility.site.records import Entry
from facility.site.tree import Faults
from facility.site.tree import Mapping as Tree


def suppression_of(
    name: str,
    entry: Entry,
    assets: Mapping[str, Asset],
    site_rules: Mapping[str, Rule],
    known_assets: frozenset[str],
    faults: Faults,
) -> DesignedSuppression:
    """One entry; faults for a rule that does not exist, and for one that is latched: nothing keeps it quiet."""
    given = entry.given("while")
    node = entry["while"] if given else Tree(entry.node.file, 1, "", {})
    when = read_expression(node, Scope(assets=assets, known_assets=known_assets), faults if given else Faults())
    named = [_named(item, assets, site_rules, known_assets, faults) for _, item in entry["rules"]]
    return DesignedSuppression(name, entry["title"], when, tuple(named))


def _named(
    entry: Entry,
    assets: Mapping[str, Asset],
    site_rules: Mapping[str, Rule],
    known_assets: frozenset[str],
    faults: Faults,
) -> tuple[str, str]:
    asset, rule = entry["asset"], entry["rule"]
    if asset and asset not in known_assets:
        faults.add(entry.at("asset"), f"asset {asset} does not exist.", did_you_mean(asset, sorted(known_assets)))
    elif asset in assets and rule:
        here = {**assets[asset].rules, **{each.id: each for each in site_rules.values() if each.asset == asset}}
        if rule not in here:
            faults.add(entry.at("rule"), f"{asset} has no rule {rule}.", did_you_mean(rule, here))
        elif here[rule].latched:
            faults.add(entry.at("rule"), f"{rule} is latched: nothing keeps it quiet.", "Remove it from the list.")
    return asset, rule
