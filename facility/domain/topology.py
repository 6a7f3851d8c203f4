"""The graph of a site: who feeds, supplies and carries whom, and therefore which alert may be another's cause.

Electricity, water and gas go down through `fed_by` and `supplied_by`: an asset with two sources has lost its supply only
when both are lost. Communication goes through an asset's link and the asset it is `behind`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from facility.domain.asset import COMM_LOST, LINK_LOST, Site, link_lost
from facility.domain.rule import (
    AllOf,
    AnyOf,
    Compare,
    ConditionOf,
    Expression,
    Leaf,
    Negation,
    Rate,
    Rule,
    Share,
    Silence,
    leaves,
    points_of,
)

Owned = tuple[str, Rule]
"""An asset or a link, and a rule that stands there."""

COMMIT = timedelta(seconds=1)  # an edge or a present value is written and read
MOST_WAIT = timedelta(seconds=45)  # no consequence waits longer for a cause that is slower
SILENCES = (COMM_LOST, LINK_LOST)


@dataclass(frozen=True, slots=True)
class Graph:
    """What follows from a site, made once; the queries walk it. Cheap for thousands of assets."""

    site: Site
    sources: Mapping[str, tuple[tuple[str, ...], ...]] = field(init=False)  # by medium; all of one medium lost: dead
    below: Mapping[str, tuple[str, ...]] = field(init=False)  # whom it feeds or supplies
    above: Mapping[str, tuple[str, ...]] = field(init=False)  # whose loss may reach it, by any way
    carriers: Mapping[str, tuple[str, ...]] = field(init=False)  # link, and the asset it is behind
    carries: Mapping[str, frozenset[str]] = field(init=False)  # the assets that are heard through it, directly or not
    kinds: frozenset[str] = field(init=False)  # of alerts that some rule names as its cause
    standing: Mapping[str, Mapping[str, tuple[Owned, ...]]] = field(
        init=False
    )  # rules that make such alerts: kind → place

    def __post_init__(self) -> None:
        site = self.site
        sources = {asset.id: (asset.fed_by, asset.supplied_by) for asset in site.assets.values()}
        sources |= {link.id: (link.fed_by, ()) for link in site.links.values()}
        below: dict[str, list[str]] = {}
        for name, media in sources.items():
            for upper in {upper for medium in media for upper in medium}:
                below.setdefault(upper, []).append(name)
        carriers = {asset.id: tuple(filter(None, (asset.link, asset.behind))) for asset in site.assets.values()}
        fed = {name: tuple(upper for medium in media for upper in medium) for name, media in sources.items()}
        owned = owned_rules(site)
        kinds = frozenset(kind for _, rule in owned for kind in rule.consequence_of)
        standing: dict[str, dict[str, list[Owned]]] = {}
        for owner, rule in owned:
            if rule.level is not None and rule.alert in kinds:
                for place in places(owner, rule):
                    standing.setdefault(rule.alert, {}).setdefault(place, []).append((owner, rule))
        object.__setattr__(self, "sources", sources)
        object.__setattr__(self, "below", {upper: tuple(names) for upper, names in below.items()})
        object.__setattr__(self, "carriers", carriers)
        object.__setattr__(self, "carries", _inverted({name: _closure([name], carriers) for name in carriers}))
        object.__setattr__(self, "above", {name: (*fed[name], *carriers.get(name, ())) for name in fed})
        object.__setattr__(self, "kinds", kinds)
        by_place = {kind: {name: tuple(rules) for name, rules in found.items()} for kind, found in standing.items()}
        object.__setattr__(self, "standing", by_place)

    def downstream(self, places: Iterable[str]) -> frozenset[str]:
        """These, and whatever they feed or supply by any way; another source may still carry some of it."""
        return _closure(places, self.below)

    def without_supply(self, lost: Iterable[str]) -> frozenset[str]:
        """These, and what has no source of one medium left when they are lost."""
        gone = set(lost)
        wanted = list(gone)
        while wanted:
            for name in self.below.get(wanted.pop(), ()):
                dead = any(medium and gone.issuperset(medium) for medium in self.sources[name])
                if dead and name not in gone:
                    gone.add(name)
                    wanted.append(name)
        return frozenset(gone)

    def carried_by(self, name: str) -> frozenset[str]:
        """Links and assets through which this asset is heard, itself included."""
        return _closure([name], self.carriers)

    def upstream(self, name: str) -> frozenset[str]:
        """Everything whose loss may reach it, by any way, itself included."""
        return _closure([name], self.above)

    def possible_causes(self, owner: str, rule: Rule) -> list[Owned]:
        """Rules whose alerts may be the cause of this rule's condition there."""
        if not rule.consequence_of:
            return []
        above, carrying = self.upstream(owner), self.carried_by(owner)
        found = {
            (where, cause.id): (where, cause)
            for kind in rule.consequence_of
            for place in sorted(above | carrying)
            for where, cause in self.standing.get(kind, {}).get(place, ())
            if place in (carrying if cause.id in SILENCES else above)
            and (where, cause.id) != (owner, rule.id)
            and (cause.level or 3) <= (rule.level or 3)
        }
        return list(found.values())

    def wait(self, owner: str, rule: Rule) -> timedelta:
        """How long after its onset a condition waits at most for a slower cause that has shown; level 1 never waits."""
        return self._wait(rule, [self.opens_within(*cause) for cause in self.possible_causes(owner, rule)])

    def first_wait(self, owner: str, rule: Rule) -> timedelta:
        """How long after its onset a condition waits for a first sign of a slower cause."""
        return self._wait(rule, [self.shows_within(*cause) for cause in self.possible_causes(owner, rule)])

    def _wait(self, rule: Rule, causes: list[timedelta]) -> timedelta:
        if rule.level in (None, 1):
            return timedelta(0)
        slowest = max(causes, default=timedelta(0))
        silences = [leaf.longer_than for leaf in leaves(rule.when) if isinstance(leaf, Silence)]
        soonest = rule.hold + min(silences, default=timedelta(0))
        wait = min(slowest, MOST_WAIT)
        return timedelta(0) if wait <= soonest else wait

    def shows_within(self, owner: str, rule: Rule) -> timedelta:
        """The worst time until its cause can be told: of a site rule, until it is pending; of another, until it opens."""
        opens = self.opens_within(owner, rule)
        return opens - rule.hold if rule.id in self.site.rules else opens

    def opens_within(self, owner: str, rule: Rule) -> timedelta:
        """The worst time from what happens to the condition's row: polling, hold, commit."""
        seen = max((seen_after(leaf, owner, self.site) for leaf in leaves(rule.when)), default=timedelta(0))
        return seen + rule.hold + COMMIT


def owned_rules(site: Site) -> list[Owned]:
    """All rules with where they stand: the assets', the links', the site's (at the asset that stands for them)."""
    inside = [(asset.id, rule) for asset in site.assets.values() if not asset.retired for rule in asset.rules.values()]
    links = [(link.id, link_lost(link)) for link in site.links.values()]
    return [*inside, *links, *((rule.asset, rule) for rule in site.rules.values())]


def places(owner: str, rule: Rule) -> frozenset[str]:
    """Where it is lost when the rule is true: its owner, and the assets that its expression does not negate."""
    named = (leaf.asset for leaf in _affirmed(rule.when) if isinstance(leaf, Compare | ConditionOf))
    return frozenset({owner, *named}) - {""}


def seen_after(leaf: Leaf, owner: str, site: Site) -> timedelta:
    """The longest time until a leaf is seen to be true."""
    match leaf:
        case Silence(longer_than):
            return longer_than
        case ConditionOf(other, name):
            inner = site.assets[other].rules[name]
            seen = max((seen_after(part, other, site) for part in leaves(inner.when)), default=timedelta(0))
            return seen + inner.hold + COMMIT
        case Compare(asset=other, point=point) if other:
            return site.assets[other].profile.points[point].every + COMMIT
        case Compare() | Rate() | Share() if owner in site.assets:
            points = site.assets[owner].profile.points
            return max((points[name].every for name in points_of(leaf) if name in points), default=timedelta(0))
        case _:
            return timedelta(0)


def _affirmed(expression: Expression) -> list[Leaf]:
    match expression:
        case AllOf(parts) | AnyOf(parts):
            return [leaf for part in parts for leaf in _affirmed(part)]
        case Negation():
            return []
        case _:
            return [expression]


def _inverted(through: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, carriers in through.items():
        for carrier in carriers - {name}:
            found.setdefault(carrier, set()).add(name)
    return {carrier: frozenset(names) for carrier, names in found.items()}


def _closure(start: Iterable[str], following: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found = set(start)
    wanted = list(found)
    while wanted:
        for name in following.get(wanted.pop(), ()):
            if name not in found:
                found.add(name)
                wanted.append(name)
    return frozenset(found)
