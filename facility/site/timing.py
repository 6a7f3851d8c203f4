"""The worst time of a rule: from the onset at the device until a channel has accepted the message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from facility.domain.alert import DEADLINES
from facility.domain.asset import Asset, Site, link_lost
from facility.domain.rule import Compare, ConditionOf, Leaf, Rate, Rule, Silence, leaves

COMMIT = timedelta(seconds=1)  # edge or present value written and read by the scheduler
GROUP = timedelta(seconds=5)  # alerts of one cause are told together
SECOND_CHANNEL = timedelta(seconds=30)  # when the first channel did not accept
_CHANNEL = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class WorstTime:
    """The parts of a rule's worst time, and the deadline of its level. `owner`: asset, link, or "" for a site rule."""

    owner: str
    rule: str
    level: int
    seen: timedelta  # until the expression is seen to be true: poll period or silence
    hold: timedelta
    step: timedelta  # `after` of the first step of the ladder
    channel: timedelta  # longest timeout of the first step's channels

    @property
    def total(self) -> timedelta:
        """Their sum."""
        return self.seen + self.hold + COMMIT + GROUP + self.step + self.channel + SECOND_CHANNEL

    @property
    def deadline(self) -> timedelta:
        """Of the level."""
        return DEADLINES[self.level]

    @property
    def kept(self) -> bool:
        """In time even when everything takes longest."""
        return self.total <= self.deadline

    @property
    def sum(self) -> str:
        """The arithmetic, for people."""
        step = f" + first step {_seconds(self.step)}" if self.step else ""
        return (
            f"seen after {_seconds(self.seen)} + hold {_seconds(self.hold)} + commit {_seconds(COMMIT)}"
            f" + group {_seconds(GROUP)}{step} + channel {_seconds(self.channel)}"
            f" + second channel {_seconds(SECOND_CHANNEL)} = {_seconds(self.total)}"
        )


def worst_times(site: Site) -> list[WorstTime]:
    """Of every rule with a level: the site's, the links', the assets' (retired ones left out)."""
    owned = [("", rule, None) for rule in site.rules.values()]
    used = {asset.link for asset in site.assets.values() if not asset.retired}
    lost = [(link.id, link_lost(link), None) for link in site.links.values() if link.id in used]
    inside = [
        (asset.id, rule, asset) for asset in site.assets.values() if not asset.retired for rule in asset.rules.values()
    ]
    return [
        _worst(owner, rule, asset, site) for owner, rule, asset in (*owned, *lost, *inside) if rule.level is not None
    ]


def _worst(owner: str, rule: Rule, asset: Asset | None, site: Site) -> WorstTime:
    assert rule.level is not None
    ladder = site.ladders.get(rule.level)
    first = ladder.rungs[0] if ladder and ladder.rungs else None
    timeouts = [site.channels[name].timeout for name in first.channels if name in site.channels] if first else []
    return WorstTime(
        owner,
        rule.id,
        rule.level,
        max((_seen(leaf, asset, site.assets) for leaf in leaves(rule.when)), default=timedelta(0)),
        rule.hold,
        first.after if first else timedelta(0),
        max(timeouts, default=_CHANNEL),
    )


def _seen(leaf: Leaf, asset: Asset | None, assets: Mapping[str, Asset]) -> timedelta:
    match leaf:
        case Silence(longer_than):
            return longer_than
        case ConditionOf(other, name):
            inner = assets[other].rules[name]
            seen = max((_seen(part, assets[other], assets) for part in leaves(inner.when)), default=timedelta(0))
            return seen + inner.hold + COMMIT
        case Compare() if leaf.asset:
            return assets[leaf.asset].profile.points[leaf.point].every + COMMIT
        case Compare(point=point) | Rate(point=point) if asset is not None and point in asset.profile.points:
            return asset.profile.points[point].every
        case _:
            return timedelta(0)


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():g} s"
