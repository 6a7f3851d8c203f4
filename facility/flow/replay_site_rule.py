"""Replay a rule of the site: judged by the leader's own evaluator on the conditions that were found and the readings that were kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import merge

from facility.domain.asset import Site
from facility.domain.condition import Condition, Phase, Progress
from facility.domain.moment import moment, nanoseconds
from facility.domain.profile import Point
from facility.domain.recorded import Recorded
from facility.domain.replay import NOT_RECORDED, Replayed, Unjudged, warm_up
from facility.domain.rule import Compare, ConditionOf, Rule, Truth, judge, leaves, points_of
from facility.domain.stored import Stored
from facility.flow import replay_rule as rules
from facility.flow.judge_site import Sight, judge_rule
from facility.ports import History, Work

Event = tuple[int, Stored | None, str]
"""Unix nanoseconds; a line of an asset, or nothing but the time at which a condition opened or ended."""


class _Run:
    """One version of the rule, running."""

    def __init__(self, rule: Rule, begin: datetime) -> None:
        self.rule, self.progress = rule, Progress()
        self.conditions: list[Condition] = []
        self.unjudged: list[Unjudged] = []
        self._open: Condition | None = None
        self._unknown_since: datetime | None = begin

    def step(self, sight: Sight) -> None:
        open_now = self.progress.open_now
        truth = judge(self.rule.when, lambda leaf: sight.truth(leaf, open_now=open_now))
        self._note(sight.now, unknown=truth is Truth.UNKNOWN)
        self.progress, changed = judge_rule(self.rule, self._open, self.progress, sight)
        if changed is None:
            return
        if changed.ended_at is None:
            self.conditions.append(changed)
            self._open = changed
        else:
            self.conditions[-1] = changed
            self._open = None

    def due(self) -> datetime | None:
        """When time alone may change it."""
        if self.progress.since is None:
            return None
        pending = self.progress.phase is Phase.PENDING
        return self.progress.since + (self.rule.hold if pending else self.rule.clear_hold)

    def finish(self, until: datetime) -> Replayed:
        self._note(until, unknown=False)
        return Replayed(tuple(self.conditions), tuple(self.unjudged))

    def _note(self, at: datetime, *, unknown: bool) -> None:
        if unknown:
            self._unknown_since = self._unknown_since or at
        elif self._unknown_since is not None:
            if at > self._unknown_since:
                self.unjudged.append(Unjudged(self._unknown_since, at, NOT_RECORDED))
            self._unknown_since = None


class _Scene:
    """The site as history shows it: goes from event to event, and lets time pass between them."""

    def __init__(self, site: Site, versions: Sequence[Rule], conditions: Sequence[Condition], begin: datetime) -> None:
        self._site, self._conditions, self._now = site, conditions, nanoseconds(begin)
        self.runs = [_Run(rule, begin) for rule in versions]
        self.recorded = {asset: Recorded(site.assets[asset]) for asset in assets_of(versions[0])}
        self._open: Mapping[tuple[str, str], Condition] = {}
        self._open_anew(begin)

    def take(self, event: Event) -> None:
        at, line, asset = event
        self.pass_until(at)
        self._now = at
        if line is None:
            self._open_anew(moment(at))
        else:
            self.recorded[asset].take(line)
        self._step()

    def pass_until(self, end: int) -> None:
        """What time alone changes before `end`."""
        while True:
            due = [nanoseconds(at) for run in self.runs if (at := run.due()) is not None]
            due += [each.lapses_at for each in self.recorded.values()]
            times = [at for at in due if self._now < at < end]
            if not times:
                return
            self._now = min(times)
            self._step()

    def _step(self) -> None:
        at = moment(self._now)
        states = {name: each.state(self._now, at) for name, each in self.recorded.items()}
        sight = Sight(self._site, self._open, states, at)
        for run in self.runs:
            run.step(sight)

    def _open_anew(self, at: datetime) -> None:
        self._open = {
            (each.asset, each.rule): replace(each, ended_at=None)
            for each in self._conditions
            if each.opened_at <= at and (each.ended_at is None or each.ended_at > at)
        }


def replay_site_rule(
    site: Site,
    versions: Sequence[Rule],
    history: History,
    work: Work,
    since: datetime,
    until: datetime,
    progress: rules.Progress = lambda day: None,
) -> rules.Found:
    """All versions in one pass over the readings of the assets that the rule names, and over their conditions."""
    rule = versions[0]
    begin = since - max(warm_up(each) for each in versions)
    conditions = _conditions(rule, work, begin, until)
    scene = _Scene(site, versions, conditions, begin)
    rolled: list[datetime] = []
    for day, end in rules.days(begin, until):
        progress(day)
        events, empty = _events(site, scene.recorded, conditions, history, day, end)
        if end > since and any(rules.rolled_up(site.assets[each], (), history, day, end) for each in empty):
            rolled.append(day)
        for event in events:
            scene.take(event)
    scene.pass_until(nanoseconds(until))
    real, alerts = rules.what_was(work, rule.asset, rule.id, since, until)
    outcomes = tuple(rules.inside(run.finish(until), since) for run in scene.runs)
    points = points_that_decide(site, rule)
    compared = tuple(sorted(f"{leaf.asset}.{leaf.point}" for leaf in leaves(rule.when) if isinstance(leaf, Compare)))
    return rules.Found(rule.asset, points, compared, outcomes, real, alerts, tuple(rolled))


def assets_of(rule: Rule) -> list[str]:
    """The assets that the rule names."""
    return list(dict.fromkeys(leaf.asset for leaf in leaves(rule.when) if isinstance(leaf, Compare | ConditionOf)))


def points_that_decide(site: Site, rule: Rule) -> dict[str, Point]:
    """`asset.point`: what the rule reads, and what the rules read whose conditions it looks at."""
    found: dict[str, Point] = {}
    for leaf in leaves(rule.when):
        if isinstance(leaf, Compare | ConditionOf):
            own = points_of(leaf) if isinstance(leaf, Compare) else _read_by(site, leaf)
            profile = site.assets[leaf.asset].profile
            found |= {f"{leaf.asset}.{name}": profile.points[name] for name in own}
    return found


def _read_by(site: Site, leaf: ConditionOf) -> list[str]:
    return [name for part in leaves(site.assets[leaf.asset].rules[leaf.rule].when) for name in points_of(part)]


def _conditions(rule: Rule, work: Work, begin: datetime, until: datetime) -> list[Condition]:
    named = dict.fromkeys((leaf.asset, leaf.rule) for leaf in leaves(rule.when) if isinstance(leaf, ConditionOf))
    with work.reading() as unit:
        return [each for pair in named for each in unit.conditions.between(*pair, begin, until)]


def _events(
    site: Site,
    recorded: Mapping[str, Recorded],
    conditions: Sequence[Condition],
    history: History,
    since: datetime,
    until: datetime,
) -> tuple[Iterator[Event], list[str]]:
    """A day's events in the order of time, and the assets without any reading on it."""
    lines = {asset: history.readings(site.assets[asset].profile.asset_class, asset, since, until) for asset in recorded}
    edges = sorted(
        nanoseconds(at)
        for each in conditions
        for at in (each.opened_at, each.ended_at)
        if at is not None and since <= at < until
    )
    streams: list[list[Event]] = [[(line.at, line, asset) for line in found] for asset, found in lines.items()]
    streams.append([(at, None, "") for at in edges])
    return merge(*streams, key=lambda event: event[0]), [asset for asset, found in lines.items() if not found]
