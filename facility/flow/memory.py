"""What the leader remembers between two ticks. All of it can be made again from rows, so a tick that fails forgets it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.condition import Progress
from facility.domain.fold import Key
from facility.domain.rule import Rule, Truth
from facility.domain.topology import Graph


@dataclass(frozen=True, slots=True)
class Patience:
    """How long after its onset a condition waits: for a first sign of a cause, and at most, while one of these is pending."""

    first: timedelta
    most: timedelta
    causes: frozenset[str]  # site rules


@dataclass(slots=True)
class Memory:
    """Progress of site rules, and which rows need no second look."""

    progress: dict[str, Progress] = field(default_factory=dict)  # by site rule: what is pending or clearing
    rungs: dict[int, int] = field(default_factory=dict)  # alert → how many rungs of its ladder were told
    handed_on: set[int] = field(default_factory=set)  # waiting notices whose next channel is queued as well
    told_orders: set[tuple[int, int]] = field(default_factory=set)  # (order, version) whose people have their notices
    lonely_orders: set[int] = field(default_factory=set)  # orders on which nobody can act, said in the log
    unknown_rules: set[tuple[str, str]] = field(default_factory=set)  # (asset, rule) of conditions without a rule
    truths: dict[str, Truth] = field(default_factory=dict)  # by site rule: what it says now
    consequences: set[int] = field(default_factory=set)  # alerts that are told by their cause's and escalate no further
    held_back: dict[Key, datetime] = field(default_factory=dict)  # conditions that wait for a cause, since when
    waits: dict[Key, Patience] = field(default_factory=dict)  # how long a rule of an asset waits for slower causes
    graph: Graph | None = None

    def graph_of(self, site: Site) -> Graph:
        """The site's graph, made once."""
        if self.graph is None or self.graph.site is not site:
            self.graph, self.waits = Graph(site), {}
        return self.graph

    def patience(self, graph: Graph, asset: str, rule: Rule) -> Patience:
        """How long a condition of the rule waits for slower causes."""
        key = (asset, rule.id)
        if key not in self.waits:
            causes = graph.possible_causes(asset, rule)
            slow = frozenset(cause.id for _, cause in causes if cause.id in graph.site.rules)
            self.waits[key] = Patience(graph.first_wait(asset, rule), graph.wait(asset, rule), slow)
        return self.waits[key]
