"""Replay a rule: what it, or a changed version of it, make of recorded history, beside those that really were."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facility.domain.asset import LINK_LOST, POSITION_EMPTY, Asset, Site
from facility.domain.condition import Condition
from facility.domain.errors import Conflict, NotFound
from facility.domain.moment import EPOCH
from facility.domain.profile import Point
from facility.domain.replay import Replay, Replayed, warm_up, watched
from facility.domain.rule import Compare, Rule, leaves
from facility.ports import AlertFilter, History, Work

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MOST_ALERTS = 100_000  # of one asset in one period; more than are ever made

Progress = Callable[[datetime], None]
"""Hears of each day."""


@dataclass(frozen=True, slots=True)
class Found:
    """Of one place (an asset, a link): what each version of the rule makes, what really was (conditions, and alerts by their onset).

    `points`: those that decide; `compared`: those of them that a limit is held against.
    """

    place: str
    points: Mapping[str, Point]
    compared: tuple[str, ...]
    versions: tuple[Replayed, ...]
    real: tuple[Condition, ...]
    alerts: tuple[tuple[datetime, int], ...]
    rolled_up: tuple[datetime, ...]  # starts of days of which only roll-ups are left: nothing can be replayed there


def assets_with(site: Site, rule: str, asset: str) -> list[Asset]:
    """The assets whose own rule is meant; NotFound, Conflict when such a rule cannot be replayed."""
    if rule == POSITION_EMPTY:
        raise Conflict(
            f"{rule} is found in the duty rosters, not in readings: facility people gaps lists what is empty"
        )
    if asset and asset not in site.assets:
        raise NotFound("asset", asset)
    found = [each for each in site.assets.values() if rule in each.rules and asset in ("", each.id)]
    if not found:
        raise NotFound("rule", f"{asset}/{rule}" if asset else rule)
    return found


def of_link(rule: str) -> bool:
    """It is the rule that every link has."""
    return rule == LINK_LOST


def replay_rule(
    asset: Asset,
    versions: Sequence[Rule],
    history: History,
    work: Work,
    since: datetime,
    until: datetime,
    progress: Progress = lambda day: None,
) -> Found:
    """One pass over the asset's readings for all versions."""
    begin = since - max(warm_up(rule) for rule in versions)
    replays = [Replay(asset, rule, begin) for rule in versions]
    rolled: list[datetime] = []
    points = watched(asset, versions[0])
    for day, end in days(begin, until):
        progress(day)
        lines = history.readings(asset.profile.asset_class, asset.id, day, end)
        if not lines and end > since and rolled_up(asset, points, history, day, end):
            rolled.append(day)
        for line in lines:
            for replay in replays:
                replay.take(line)
    real, alerts = what_was(work, asset.id, versions[0].id, since, until)
    return Found(
        asset.id,
        {name: asset.profile.points[name] for name in points},
        tuple(sorted({leaf.point for leaf in leaves(versions[0].when) if isinstance(leaf, Compare)})),
        tuple(inside(replay.finish(until), since) for replay in replays),
        real,
        alerts,
        tuple(rolled),
    )


def days(begin: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Days of UTC, cut at both ends: so much is in memory at once."""
    at = begin
    while at < until:
        end = min(at - (at - EPOCH) % DAY + DAY, until)
        yield at, end
        at = end


def rolled_up(asset: Asset, points: Sequence[str], history: History, since: datetime, until: datetime) -> bool:
    """Roll-ups tell of these points (of all, where none is named) in a time without readings."""
    begin = since - (since - EPOCH) % HOUR  # windows are asked for whole
    return any(
        history.windows(asset.profile.asset_class, asset.id, name, begin, until, HOUR)
        for name in points or list(asset.profile.points)
    )


def what_was(
    work: Work, place: str, rule: str, since: datetime, until: datetime
) -> tuple[tuple[Condition, ...], tuple[tuple[datetime, int], ...]]:
    """Conditions of the rule at a place, and its alerts with their onsets."""
    with work.reading() as unit:
        real = unit.conditions.between(place, rule, since, until)
        first = min([since, *(each.onset for each in real)])
        alerts, _ = unit.alerts.find(AlertFilter(assets=(place,), since=first, until=until, limit=MOST_ALERTS))
    return tuple(real), tuple((each.onset, each.id) for each in alerts if each.rule == rule)


def inside(outcome: Replayed, since: datetime) -> Replayed:
    """Without what had ended before the period."""
    conditions = (each for each in outcome.conditions if each.ended_at is None or each.ended_at > since)
    unjudged = (each for each in outcome.unjudged if each.until > since)
    return Replayed(tuple(conditions), tuple(unjudged))
