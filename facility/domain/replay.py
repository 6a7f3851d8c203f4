"""Replay: a rule judged again over what history holds, by the evaluator that judges it on the wire.

History leaves out what stays within a point's deadband, so each stored value stands until the next one. A good point comes
at least once a minute: one that does not was not recorded, and the rule is not judged on it. A point that is called good
although it was good already says that the collectors were started again: what was pending then is pending no more.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from facility.domain.asset import Asset
from facility.domain.condition import Condition, EdgeKind
from facility.domain.moment import moment, nanoseconds, span
from facility.domain.reading import Value
from facility.domain.rule import Rate, Rule, Silence, leaves, points_of
from facility.domain.running import Freshness, Run, View
from facility.domain.stored import GONE, GOOD, Stored

REWRITTEN = timedelta(seconds=60)  # a good point comes to history at least so often
SLACK = timedelta(seconds=10)
NEVER = ""
NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A time in which what is stored does not say whether the rule was true; `why`: not_recorded, or a quality (stale, bad:timeout)."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a rule makes of a stretch of history."""

    conditions: tuple[Condition, ...]
    unjudged: tuple[Unjudged, ...]


def warm_up(rule: Rule) -> timedelta:
    """So long before its period a replay begins, so that the period does not begin with a rule that knows nothing."""
    within = [leaf.within for leaf in leaves(rule.when) if isinstance(leaf, Rate)]
    silent = [leaf.longer_than for leaf in leaves(rule.when) if isinstance(leaf, Silence)]
    return timedelta(hours=1) + rule.hold + rule.clear_hold + max([*within, *silent], default=timedelta(0))


def watched(asset: Asset, rule: Rule) -> list[str]:
    """The asset's points that decide: those that the rule reads; all of them when it is about silence."""
    found = leaves(rule.when)
    if any(isinstance(leaf, Silence) for leaf in found):
        return list(asset.profile.points)
    named = {point for leaf in found for point in points_of(leaf)}
    return [name for name in asset.profile.points if name in named]


class Replay:
    """One rule of one asset. Takes lines in the order of their times."""

    def __init__(self, asset: Asset, rule: Rule, begin: datetime) -> None:
        points = asset.profile.points
        self._freshness = Freshness(nanoseconds(begin))
        self._present: list[Value | None] = [None] * len(points)
        self._view = View({name: n for n, name in enumerate(points)}, self._present, self._freshness)
        self._run = Run(asset.id, rule, self._view)
        self._watched = watched(asset, rule)
        self._every = {name: span(point.every) for name, point in points.items()}
        self._marks = dict.fromkeys(points, NEVER)
        self._written = dict.fromkeys(points, 0)
        self._seen = 0  # the newest stored value
        self._now = nanoseconds(begin)
        self._lapse_at = 0  # before that, no good point has waited too long; 0: none is good
        self._conditions: list[Condition] = []
        self._unjudged: list[Unjudged] = []
        self._unknown: tuple[int, str] | None = (self._now, NOT_RECORDED)

    def take(self, line: Stored) -> None:
        """What was stored at one time."""
        self._pass(line.at)
        self._now = line.at
        if any(mark == GOOD and self._marks.get(name) == GOOD for name, mark in line.qualities.items()):
            self._begin_again(line.at)
        if all(mark == NEVER for mark in self._marks.values()):
            self._freshness.started = line.at
        self._apply(line)
        self._lapse(line.at)
        self._step(line.at)

    def finish(self, until: datetime) -> Replayed:
        """Let time pass until the end."""
        end = nanoseconds(until)
        self._pass(end)
        self._close_unknown(end)
        return Replayed(tuple(self._conditions), tuple(self._unjudged))

    def _pass(self, until: int) -> None:
        """What time alone changes before `until`."""
        while True:
            due = self._run.due(self._now) if not self._blind() else 0
            times = [at for at in (due, self._lapse_at) if self._now < at < until]
            if not times:
                return
            self._now = min(times)
            self._lapse(self._now)
            if not self._blind():
                if GOOD in self._marks.values():
                    self._freshness.last_good = (
                        self._now
                    )  # its values stand still; were it silent, history would say so
                self._step(self._now)

    def _blind(self) -> bool:
        return all(self._marks[name] == NEVER for name in self._watched)

    def _patience(self, name: str) -> int:
        return span(REWRITTEN + SLACK) + 4 * self._every[name]

    def _lapse(self, now: int) -> None:
        """Good points of which nothing came for too long were not recorded."""
        if not 0 < self._lapse_at <= now:
            return
        good = [name for name in self._watched if self._marks[name] == GOOD]
        for name in [name for name in good if self._written[name] + self._patience(name) <= now]:
            self._forget(name)
            good.remove(name)
            self._note_unknown(self._written[name], NOT_RECORDED)
            self._run.since = 0
        self._lapse_at = min([self._written[name] + self._patience(name) for name in good], default=0)
        if self._blind():
            self._freshness.last_good, self._freshness.gone = 0, False

    def _forget(self, name: str) -> None:
        self._marks[name] = NEVER
        self._present[self._view.index[name]] = None

    def _begin_again(self, at: int) -> None:
        for name in self._marks:
            self._forget(name)
        self._freshness.last_good, self._freshness.gone, self._freshness.started = 0, False, at
        self._run.since = 0
        self._run.step(at)  # nothing is known: windows of change begin anew

    def _apply(self, line: Stored) -> None:
        lost: list[int] = []  # how long ago each point that has no value now may have been good
        for name, mark in line.qualities.items():
            if name in self._marks and mark != GOOD:
                if self._marks[name] == GOOD:
                    lost.append(self._every[name] * (3 if mark == "stale" else 1))
                self._forget(name)
                self._marks[name], self._written[name] = mark, line.at
        for name, value in line.values.items():
            if name in self._marks and line.qualities.get(name, GOOD) == GOOD:
                self._present[self._view.index[name]] = value
                self._marks[name], self._written[name] = GOOD, line.at
                self._freshness.last_good = self._seen = line.at
                self._freshness.gone = False
                self._lapse_at = self._lapse_at or line.at + self._patience(name)
        if GOOD not in self._marks.values():
            if lost:
                self._freshness.last_good = max(self._seen, line.at - min(lost))
            self._freshness.gone = self._freshness.gone or GONE in line.qualities.values()

    def _step(self, at: int) -> None:
        edge = self._run.step(at)
        if edge is EdgeKind.OPENED:
            point, value, limit = self._run.evidence()
            opened = Condition(
                self._run.asset, self._run.rule.id, moment(self._run.onset), moment(at), "", None, point, value, limit
            )
            self._conditions.append(opened)
        elif edge is EdgeKind.ENDED:
            self._conditions[-1] = replace(self._conditions[-1], ended_at=moment(at))
        if self._run.unknown(at):
            marks = [self._marks[name] for name in self._watched if self._marks[name] != GOOD]
            self._note_unknown(at, min(marks) or NOT_RECORDED if marks else NOT_RECORDED)
        else:
            self._close_unknown(at)

    def _note_unknown(self, at: int, why: str) -> None:
        if self._unknown is None or self._unknown[1] != why:
            self._close_unknown(at)
            self._unknown = at, why

    def _close_unknown(self, at: int) -> None:
        if self._unknown is not None and at > self._unknown[0]:
            self._unjudged.append(Unjudged(moment(self._unknown[0]), moment(at), self._unknown[1]))
        self._unknown = None
