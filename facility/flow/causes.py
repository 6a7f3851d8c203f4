"""Causes: which alert explains a condition now. Only what is known to be true explains anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facility.domain.alert import Alert
from facility.domain.asset import COMM_LOST, LINK_LOST
from facility.domain.condition import Condition
from facility.domain.fold import Fold, Key
from facility.domain.rule import Rule, Truth
from facility.domain.topology import SILENCES, Graph, places
from facility.flow.notify import position_of, step_of

CHANGEOVER = timedelta(seconds=30)  # so long after a loss, what has another source may have been taken along
EARLIER = timedelta(
    seconds=120
)  # a consequence may be seen so long before its cause; what is older is a fault of its own


@dataclass(frozen=True, slots=True)
class Cause:
    """A condition that may explain others. `alert`: the one that tells of it; None: it has none yet."""

    key: Key
    rule: Rule
    onset: datetime
    alert: int | None
    level: int
    told_for: str  # asset or link of the alert that tells of it
    reach: frozenset[str]  # silence: who is heard no more; else whom it feeds or supplies by any way
    chain: frozenset[Key]  # the causes of this one: none of them is its consequence

    @property
    def of_silence(self) -> bool:
        """It is communication that was lost."""
        return self.rule.id in SILENCES


@dataclass(slots=True)
class Causes:
    """All causes of one moment."""

    graph: Graph
    now: datetime
    found: list[Cause] = field(default_factory=list)
    reaching: dict[str, list[int]] = field(default_factory=dict)  # by asset: which of them reach it
    gone: frozenset[str] = frozenset()  # without supply, whatever the source

    def put(self, cause: Cause) -> None:
        """One more; the nearest ones, that reach least, must come first."""
        for name in cause.reach:
            self.reaching.setdefault(name, []).append(len(self.found))
        self.found.append(cause)

    def explaining(self, condition: Condition, rule: Rule, *, told: bool) -> Cause | None:
        """The nearest cause of a condition; `told`: it has an alert of its own. None: it stands for itself."""
        key = (condition.asset, condition.rule)
        silent = condition.rule in SILENCES
        targets = self.graph.carried_by(condition.asset) if silent else frozenset({condition.asset})
        numbers = sorted({number for name in targets for number in self.reaching.get(name, ())})
        return next(
            (
                cause
                for cause in (self.found[number] for number in numbers)
                if cause.rule.alert in rule.consequence_of
                and cause.key != key
                and key not in cause.chain
                and self._in_time(cause, condition, told=told)
                and self._reaches(cause, condition.asset, targets)
                and self._may_hide(cause, condition, rule)
            ),
            None,
        )

    def _in_time(self, cause: Cause, condition: Condition, *, told: bool) -> bool:
        return (cause.of_silence and not told) or condition.onset >= cause.onset - EARLIER

    def _reaches(self, cause: Cause, asset: str, targets: frozenset[str]) -> bool:
        if cause.of_silence:
            return asset in cause.reach
        below = targets & cause.reach
        return bool(below) and (not below.isdisjoint(self.gone) or self.now - cause.onset <= CHANGEOVER)

    def _may_hide(self, cause: Cause, condition: Condition, rule: Rule) -> bool:
        """A cause hides nothing that is more severe, and of level 1 only what the same position is told of."""
        level = rule.level or 3
        if level > 1:
            return cause.level <= level
        return cause.level == 1 and self._first(cause.told_for) == self._first(condition.asset)

    def _first(self, asset: str) -> str:
        step = step_of(self.graph.site, 1, 0)
        return position_of(self.graph.site, asset, step.rung.position) if step else asset


def causes_now(
    graph: Graph,
    alerts: Iterable[Alert],
    folds: Mapping[Key, Fold],
    conditions: Mapping[Key, tuple[Condition, Rule]],
    truths: Mapping[str, Truth],
    now: datetime,
) -> Causes:
    """What may explain other conditions: those that are open and known to be, of a kind that some rule names."""
    standing = {(alert.asset, alert.rule): alert for alert in alerts if alert.state.active and not alert.hidden}
    numbered = {alert.id: alert for alert in standing.values()}
    causes = Causes(graph, now)
    lost: set[str] = set()
    found = []
    for key, (condition, rule) in conditions.items():
        if rule.alert not in graph.kinds or rule.level is None:
            continue
        where = places(condition.asset, rule)
        reach = graph.carries.get(condition.asset, frozenset()) if rule.id in SILENCES else graph.downstream(where)
        if not reach or not _known(graph, where, rule, conditions, truths):
            continue
        if rule.id not in SILENCES:
            lost |= where
        teller = _teller(key, standing, folds, numbered)
        number, level, owner = (
            (teller.id, teller.level, teller.asset) if teller else (None, rule.level, condition.asset)
        )
        found.append(Cause(key, rule, condition.onset, number, level, owner, reach, _chain(key, folds)))
    for cause in sorted(found, key=lambda cause: (len(cause.reach), cause.level, cause.key)):
        causes.put(cause)
    causes.gone = graph.without_supply(lost)
    return causes


def _teller(
    key: Key, standing: Mapping[Key, Alert], folds: Mapping[Key, Fold], numbered: Mapping[int, Alert]
) -> Alert | None:
    """The alert that tells of a condition: its cause's when it is folded, else its own."""
    fold = folds.get(key)
    if fold is not None and fold.hidden:
        return numbered.get(fold.cause) or standing.get(key)
    return standing.get(key)


def _chain(key: Key, folds: Mapping[Key, Fold]) -> frozenset[Key]:
    found: set[Key] = set()
    fold = folds.get(key)
    while fold is not None and fold.hidden and fold.by not in found:
        found.add(fold.by)
        fold = folds.get(fold.by)
    return frozenset(found)


def _known(
    graph: Graph,
    where: frozenset[str],
    rule: Rule,
    conditions: Mapping[Key, tuple[Condition, Rule]],
    truths: Mapping[str, Truth],
) -> bool:
    """An open condition stays open while nothing is known of it; then it explains nothing."""
    if rule.id in SILENCES:
        return True
    if truths.get(rule.id) is Truth.UNKNOWN and rule.id in graph.site.rules:
        return False
    links = (graph.site.assets[name].link for name in where if name in graph.site.assets)
    silent = any((name, COMM_LOST) in conditions for name in where) or any(
        (link, LINK_LOST) in conditions for link in links
    )
    return not silent
