"""What the leader remembers between two ticks. All of it can be made again from rows, so a tick that fails forgets it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.condition import Progress
from facility.domain.fold import Key
from facility.domain.rule import Rule, Truth
from facility.domain.topology import Graph


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
    waits: dict[Key, timedelta] = field(default_factory=dict)  # how long a rule of an asset waits for a slower cause
    graph: Graph | None = None

    def graph_of(self, site: Site) -> Graph:
        """The site's graph, made once."""
        if self.graph is None or self.graph.site is not site:
            self.graph, self.waits = Graph(site), {}
        return self.graph

    def wait(self, graph: Graph, asset: str, rule: Rule) -> timedelta:
        """How long a condition of the rule waits for a slower cause."""
        if (asset, rule.id) not in self.waits:
            self.waits[asset, rule.id] = graph.wait(asset, rule)
        return self.waits[asset, rule.id]
