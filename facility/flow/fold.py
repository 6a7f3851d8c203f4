"""Fold: what a cause explains is told by the cause's alert. Nothing is swallowed: what is explained no more is told."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from facility.domain.alert import DEADLINES, Alert, AlertEvent
from facility.domain.asset import COMM_LOST, LINK_LOST, Site
from facility.domain.condition import Condition, Phase
from facility.domain.fold import LET_GO, Fold, Key, looked_at
from facility.domain.notice import Notice, NoticeState
from facility.domain.rule import Rule
from facility.domain.topology import Graph
from facility.flow.causes import Cause, Causes, causes_now
from facility.flow.memory import Memory
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

MARGIN = timedelta(seconds=120)  # nothing waits for a cause so shortly before its own deadline
HELD_BACK = timedelta(seconds=60)  # nor longer than so for one whose alert is on its way

Ruled = Mapping[Key, tuple[Condition, Rule]]


@dataclass(slots=True)
class Sifted:
    """What is to be told now; what is decided later; and, of what was folded until now, from when its deadline counts."""

    tell: list[Condition] = field(default_factory=list)
    put_off: set[Condition] = field(default_factory=set)
    counted_from: dict[Key, datetime] = field(default_factory=dict)


def fold(
    site: Site,
    unit: WorkUnit,
    standing: Mapping[Key, Alert],
    conditions: list[Condition],
    memory: Memory,
    now: datetime,
) -> Sifted:
    """Sift conditions (open ones, and those that came and went) into those that tell and those that their cause tells of."""
    graph = memory.graph_of(site)
    folds = {row.key: row for row in unit.folds.unended()}
    ruled = _ruled(site, conditions)
    open_now = {key: pair for key, pair in ruled.items() if pair[0].ended_at is None}
    causes = causes_now(graph, standing.values(), folds, open_now, memory.truths, now)
    sifting = _Sifting(site, unit, standing, memory, now, graph, causes, folds)
    sifting.look_after(open_now)
    for condition in conditions:
        pair = ruled.get((condition.asset, condition.rule))
        sifting.sift(condition, pair[1] if pair else None)
    memory.consequences = {row.own for row in sifting.folds.values() if row.hidden and row.own is not None}
    memory.held_back = {key: at for key, at in memory.held_back.items() if key in sifting.waiting}
    return sifting.sifted


def _ruled(site: Site, conditions: list[Condition]) -> dict[Key, tuple[Condition, Rule]]:
    """Conditions with their rules, an open one rather than one that ended; those of no rule are left out."""
    found: dict[Key, tuple[Condition, Rule]] = {}
    for condition in conditions:
        key = (condition.asset, condition.rule)
        if key in found and condition.ended_at is not None:
            continue
        try:
            found[key] = condition, site.rule(*key)
        except KeyError:
            continue
    return found


@dataclass(slots=True)
class _Sifting:
    """One tick's work."""

    site: Site
    unit: WorkUnit
    standing: Mapping[Key, Alert]
    memory: Memory
    now: datetime
    graph: Graph
    causes: Causes
    folds: dict[Key, Fold]
    sifted: Sifted = field(default_factory=Sifted)
    waiting: set[Key] = field(default_factory=set)
    _just_over: set[str] | None = None

    def look_after(self, open_now: Ruled) -> None:
        """Folded ones that ended, that are explained no more, and whose cause was told meanwhile."""
        for key, row in list(self.folds.items()):
            if key not in open_now or open_now[key][0].onset != row.onset:
                self._change(row, replace(row, ended_at=self.now))
                del self.folds[key]
            elif row.released_at is None:
                self._look(row, *open_now[key])
        own = [row for row in self.folds.values() if row.hidden and row.own is not None]
        untold = {deadline.alert for deadline in self.unit.alerts.open_deadlines()} if own else set()
        for row in own:
            if row.own in untold:
                prove(self.unit, row, self.now)

    def sift(self, condition: Condition, rule: Rule | None) -> None:
        """One condition: told, folded, or put off."""
        key = (condition.asset, condition.rule)
        row = self.folds.get(key)
        if rule is None or rule.level is None or not rule.consequence_of:
            self.sifted.tell.append(condition)
        elif condition.ended_at is not None:
            self._sift_ended(condition, rule)
        elif row is not None:
            self._sift_folded(condition, row)
        elif key in self.standing:
            self._take_in(condition, rule, self.standing[key])
            self.sifted.tell.append(condition)
        else:
            self._sift_new(condition, rule)

    def _look(self, row: Fold, condition: Condition, rule: Rule) -> None:
        cause = self.causes.explaining(condition, rule, told=row.own is not None)
        after = looked_at(row, explained=cause is not None, now=self.now)
        if cause is not None and cause.alert is not None and after.hidden:
            after = replace(after, cause=cause.alert, by_asset=cause.key[0], by_rule=cause.key[1])
        self._change(row, after)
        self.folds[row.key] = after
        if after.released_at is not None and row.own is not None:
            tell_again(self.unit, row.own, self.now)

    def _sift_folded(self, condition: Condition, row: Fold) -> None:
        if row.own is not None or row.released_at is not None:
            self.sifted.tell.append(condition)
        if row.own is None and row.doubted_at is not None:
            self.sifted.counted_from[row.key] = row.doubted_at

    def _sift_ended(self, condition: Condition, rule: Rule) -> None:
        """It came and went: told by its cause, or by itself."""
        if self.unit.folds.told(condition.asset, condition.rule, condition.onset):
            return
        cause = self.causes.explaining(condition, rule, told=False)
        if cause is None or (condition.asset, condition.rule) in self.folds:
            self.sifted.tell.append(condition)
        elif cause.alert is None:
            self.sifted.put_off.add(condition)
        else:
            self._add(condition, cause, ended_at=condition.ended_at)

    def _sift_new(self, condition: Condition, rule: Rule) -> None:
        cause = self.causes.explaining(condition, rule, told=False)
        if cause is not None and cause.alert is not None:
            self._add(condition, cause)
        elif not self._waits(condition, rule, cause):
            self.sifted.tell.append(condition)

    def _waits(self, condition: Condition, rule: Rule, cause: Cause | None) -> bool:
        """For an alert of its cause that is on its way, for a slower cause, or for its own end after that of its cause."""
        key = (condition.asset, condition.rule)
        begun = self.memory.held_back.get(key, self.now)
        if cause is not None:
            wait = self.now - begun < HELD_BACK
        elif rule.level == 1:
            wait = False
        else:
            due = condition.onset + DEADLINES[rule.level or 3] - MARGIN
            wait = self.now < min(self._waits_until(condition, rule), due) or self._taken_along(condition)
        if wait:
            self.waiting.add(key)
            self.memory.held_back[key] = begun
        return wait

    def _waits_until(self, condition: Condition, rule: Rule) -> datetime:
        """For a first sign of a slower cause; longer only while such a cause is pending."""
        patience = self.memory.patience(self.graph, condition.asset, rule)
        known = (self.memory.progress.get(cause) for cause in patience.causes)
        pending = any(progress is not None and progress.phase is Phase.PENDING for progress in known)
        return condition.onset + (patience.most if pending else patience.first)

    def _taken_along(self, condition: Condition) -> bool:
        """It is silent and its link came back a moment ago: assets need time to answer."""
        if condition.rule != COMM_LOST:
            return False
        if self._just_over is None:
            ended = self.unit.conditions.ended(LINK_LOST, self.now - LET_GO)
            self._just_over = {found.asset for found in ended}
        return not self._just_over.isdisjoint(self.graph.carriers.get(condition.asset, ()))

    def _take_in(self, condition: Condition, rule: Rule, alert: Alert) -> None:
        """A consequence that was told before its cause: it is escalated no further, its history says why."""
        cause = self.causes.explaining(condition, rule, told=True)
        if cause is None or cause.alert is None or cause.alert == alert.id or not alert.state.active:
            return
        if self._add(condition, cause, own=alert.id):
            self.unit.alerts.log(AlertEvent(alert.id, self.now, "folded", None, str(cause.alert)))
            withdraw(self.unit, [notice for notice in self.unit.notices.of_alert(alert.id) if notice.rung], self.now)
            prove(self.unit, self.folds[condition.asset, condition.rule], self.now)

    def _add(self, condition: Condition, cause: Cause, **more: object) -> bool:
        assert cause.alert is not None
        row = Fold(0, condition.asset, condition.rule, condition.onset, cause.alert, *cause.key, self.now)
        row = replace(row, **more)  # type: ignore[arg-type]
        added = self.unit.folds.add(row)
        if added and row.ended_at is None:
            self.folds[row.key] = row
        log.info("%s at %s is a consequence of alert %d", row.rule, row.asset, row.cause)
        return added

    def _change(self, before: Fold, after: Fold) -> None:
        if after != before:
            self.unit.folds.change(after)


def prove(unit: WorkUnit, row: Fold, now: datetime) -> None:
    """Who was told of the cause was told of its consequence: its open promise is met, its waiting messages are withdrawn."""
    assert row.own is not None
    own, cause = unit.alerts.deadline(row.own), unit.alerts.deadline(row.cause)
    if own.met_at is not None or cause.met_at is None:
        return
    unit.alerts.change_deadline(replace(own, met_at=max(cause.met_at, row.since), notice=cause.notice))
    unit.alerts.log(AlertEvent(row.own, now, "met_by_cause", None, str(row.cause)))
    withdraw(unit, unit.notices.of_alert(row.own), now)


def withdraw(unit: WorkUnit, notices: list[Notice], now: datetime) -> None:
    """Those that wait are not needed any more."""
    for notice in notices:
        if notice.state is NoticeState.WAITING:
            unit.notices.change(replace(notice, state=NoticeState.WITHDRAWN, done_at=now))


def tell_again(unit: WorkUnit, alert: int, now: datetime) -> None:
    """Its cause explains it no more: whoever had to be told first and was not is told now; the ladder goes on by itself."""
    unit.alerts.log(AlertEvent(alert, now, "let_go"))
    first = [notice for notice in unit.notices.of_alert(alert) if notice.rung == 0]
    if any(notice.state in (NoticeState.SENT, NoticeState.WAITING) for notice in first):
        return
    for notice in first:
        if notice.state is NoticeState.WITHDRAWN:
            unit.notices.change(replace(notice, state=NoticeState.WAITING, next_at=now, done_at=None))
