"""The worst time of a rule: from the onset at the device until a channel has accepted the message."""

from dataclasses import dataclass
from datetime import timedelta

from facility.domain.alert import DEADLINES
from facility.domain.asset import Site, link_lost
from facility.domain.rule import Rule, leaves
from facility.domain.topology import COMMIT, Graph, seen_after

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
    wait: timedelta = timedelta(0)  # for a slower cause that would explain it

    @property
    def total(self) -> timedelta:
        """Their sum."""
        return self.seen + max(self.hold, self.wait) + COMMIT + GROUP + self.step + self.channel + SECOND_CHANNEL

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
            f"seen after {_seconds(self.seen)} + {self._held} + commit {_seconds(COMMIT)}"
            f" + group {_seconds(GROUP)}{step} + channel {_seconds(self.channel)}"
            f" + second channel {_seconds(SECOND_CHANNEL)} = {_seconds(self.total)}"
        )

    @property
    def _held(self) -> str:
        return f"hold {_seconds(self.hold)}" if self.hold >= self.wait else f"wait for a cause {_seconds(self.wait)}"


def worst_times(site: Site) -> list[WorstTime]:
    """Of every rule with a level: the site's, the links', the assets' (retired ones left out)."""
    graph = Graph(site)
    owned = [("", rule) for rule in site.rules.values()]
    used = {asset.link for asset in site.assets.values() if not asset.retired}
    lost = [(link.id, link_lost(link)) for link in site.links.values() if link.id in used]
    inside = [(asset.id, rule) for asset in site.assets.values() if not asset.retired for rule in asset.rules.values()]
    return [_worst(owner, rule, site, graph) for owner, rule in (*owned, *lost, *inside) if rule.level is not None]


def _worst(owner: str, rule: Rule, site: Site, graph: Graph) -> WorstTime:
    assert rule.level is not None
    ladder = site.ladders.get(rule.level)
    first = ladder.rungs[0] if ladder and ladder.rungs else None
    timeouts = [site.channels[name].timeout for name in first.channels if name in site.channels] if first else []
    place = owner or rule.asset
    return WorstTime(
        owner,
        rule.id,
        rule.level,
        max((seen_after(leaf, place, site) for leaf in leaves(rule.when)), default=timedelta(0)),
        rule.hold,
        first.after if first else timedelta(0),
        max(timeouts, default=_CHANNEL),
        graph.wait(place, rule),
    )


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():g} s"
