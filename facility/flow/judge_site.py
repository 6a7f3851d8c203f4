"""Judge the site's rules over the conditions and present values of several assets; open and end site conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from facility.domain.asset import Asset, Site, fresh_for
from facility.domain.condition import Condition, EdgeKind, Phase, Progress, advance
from facility.domain.reading import Quality, Value
from facility.domain.rule import (
    AllOf,
    AnyOf,
    Compare,
    ConditionOf,
    Expression,
    Leaf,
    Rate,
    Rule,
    Share,
    Silence,
    Truth,
    compare,
    judge,
    leaves,
    points_of,
)
from facility.domain.state import AssetState
from facility.flow.count_use import counted
from facility.flow.memory import Memory
from facility.ports import WorkUnit

SITE = ""  # collector of the conditions that are found here


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen of the site at one moment: open conditions by (asset, rule), and present values by asset."""

    site: Site
    conditions: Mapping[tuple[str, str], Condition]
    states: Mapping[str, AssetState]
    now: datetime

    def truth(self, leaf: Leaf, *, open_now: bool) -> Truth:
        """The truth of one leaf. FALSE needs good, fresh points of an asset that is online; without them it is UNKNOWN."""
        match leaf:
            case ConditionOf(asset, rule):
                if (asset, rule) in self.conditions:
                    return Truth.TRUE
                return Truth.FALSE if self._well_known(asset, rule) else Truth.UNKNOWN
            case Compare():
                return compare(leaf, self.value(leaf.asset, leaf.point), open_now=open_now)
            case Rate() | Share() | Silence():
                return Truth.UNKNOWN  # these are found inside an asset, by its collector

    def value(self, asset: str, point: str) -> Value | None:
        """The point's present value if it is good and fresh."""
        state = self.states.get(asset)
        owner = self.site.assets.get(asset)
        if state is None or owner is None or not self._fresh(owner, state):
            return None
        known = state.points.get(point)
        return known.value if known is not None and known.quality is Quality.GOOD else None

    def since(self, expression: Expression, *, open_now: bool) -> datetime | None:
        """When an expression that is TRUE became so, as far as the onsets of its conditions tell."""
        match expression:
            case ConditionOf(asset, rule):
                condition = self.conditions.get((asset, rule))
                return condition.onset if condition else None
            case AllOf(parts):
                begins = [self.since(part, open_now=open_now) for part in parts]
                known = [begin for begin in begins if begin is not None]
                return max(known) if known and len(known) == len(begins) else None
            case AnyOf(parts):
                true = [
                    part
                    for part in parts
                    if judge(part, lambda leaf: self.truth(leaf, open_now=open_now)) is Truth.TRUE
                ]
                return min(filter(None, (self.since(part, open_now=open_now) for part in true)), default=None)
            case _:
                return None

    def _fresh(self, asset: Asset, state: AssetState) -> bool:
        return state.online and self.now - state.at <= fresh_for(asset)

    def _well_known(self, asset: str, rule: str) -> bool:
        owner, state = self.site.assets.get(asset), self.states.get(asset)
        if owner is None or state is None or rule not in owner.rules:
            return False
        points = [point for leaf in leaves(owner.rules[rule].when) for point in points_of(leaf)]
        return self._fresh(owner, state) and all(
            point in state.points and state.points[point].quality is Quality.GOOD for point in points
        )


def watched(site: Site) -> set[str]:
    """The assets whose present values the site's rules and suppressions look at, and plans by use."""
    looked_at = [rule.when for rule in site.rules.values()] + [each.when for each in site.suppressions.values()]
    return {asset for asset, _ in counted(site)} | {
        leaf.asset
        for expression in looked_at
        for leaf in leaves(expression)
        if isinstance(leaf, Compare | ConditionOf) and leaf.asset in site.assets
    }


def judge_site(
    site: Site, unit: WorkUnit, states: Mapping[str, AssetState], memory: Memory, now: datetime
) -> list[Condition]:
    """Store what changed and return all conditions that are open now, the site's among them.

    Conditions of site rules that were open before a restart are taken up again from their rows; those of a rule that
    the site file no longer has are ended.
    """
    stored = {(found.asset, found.rule): found for found in unit.conditions.open()}
    sight = Sight(site, stored, states, now)
    after = dict(stored)
    for rule in site.rules.values():
        before = stored.get((rule.asset, rule.id))
        memory.progress[rule.id], changed = judge_rule(rule, before, memory.progress.get(rule.id), sight)
        if before is not None:
            memory.truths[rule.id] = judge(rule.when, lambda leaf: sight.truth(leaf, open_now=True))
        if changed is not None:
            unit.conditions.put_site(changed)
            after[changed.asset, changed.rule] = changed
    for orphan in stored.values():
        if orphan.collector == SITE and orphan.rule not in site.rules:
            after[orphan.asset, orphan.rule] = replace(orphan, ended_at=now)
            unit.conditions.put_site(after[orphan.asset, orphan.rule])
    return [condition for condition in after.values() if condition.ended_at is None]


def judge_rule(
    rule: Rule, before: Condition | None, progress: Progress | None, sight: Sight
) -> tuple[Progress, Condition | None]:
    """Where one rule stands now, and its condition if it opened or ended; `before`: the one that is open."""
    if before is not None and (progress is None or not progress.open_now):
        progress = Progress(Phase.OPEN, None, before.onset)
    elif progress is None or (before is None and progress.open_now):
        progress = Progress()
    open_now = progress.open_now
    truth = judge(rule.when, lambda leaf: sight.truth(leaf, open_now=open_now))
    progress, edge = advance(progress, truth, sight.now, rule.hold, rule.clear_hold)
    if edge is EdgeKind.OPENED:
        onset = progress.onset or sight.now
        began = sight.since(rule.when, open_now=open_now)
        opened = _opened(rule, min(onset, began) if began else onset, sight)
        return replace(progress, onset=opened.onset), opened
    if edge is EdgeKind.ENDED and before is not None:
        return progress, replace(before, ended_at=sight.now)
    return progress, None


def _opened(rule: Rule, onset: datetime, sight: Sight) -> Condition:
    """The condition, with the point that shows it best: that of the first leaf that is true."""
    point, value, limit = "", None, None
    for leaf in leaves(rule.when):
        if sight.truth(leaf, open_now=True) is not Truth.TRUE:
            continue
        if isinstance(leaf, ConditionOf):
            part = sight.conditions[leaf.asset, leaf.rule]
            point, value, limit = part.point, part.value, part.limit
        elif isinstance(leaf, Compare):
            point, value, limit = leaf.point, sight.value(leaf.asset, leaf.point), leaf.limit
        break
    return Condition(rule.asset, rule.id, onset, sight.now, SITE, None, point, value, limit)
