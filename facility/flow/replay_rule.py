"""Replay a rule: the conditions that it, and a changed version of it, make of recorded history, beside those that really were."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facility.domain.asset import LINK_LOST, POSITION_EMPTY, Asset, Site
from facility.domain.condition import Condition
from facility.domain.errors import Conflict, NotFound
from facility.domain.moment import EPOCH
from facility.domain.replay import Replay, Replayed, warm_up, watched
from facility.domain.rule import Rule
from facility.ports import AlertFilter, History, Work

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MOST_ALERTS = 100_000  # of one asset in one period; more than are ever made


@dataclass(frozen=True, slots=True)
class Found:
    """Of one asset: what each version of the rule makes, what really was (conditions, and numbers of alerts by their onset)."""

    asset: Asset
    versions: tuple[Replayed, ...]
    real: tuple[Condition, ...]
    alerts: tuple[tuple[datetime, int], ...]
    rolled_up: tuple[datetime, ...]  # starts of days of which only roll-ups are left: nothing can be replayed there


def assets_with(site: Site, rule: str, asset: str) -> list[Asset]:
    """The assets whose rule is meant; NotFound, Conflict when such a rule cannot be replayed."""
    if rule in site.rules:
        raise Conflict(
            f"{rule} is a rule of the site over several assets: it looks at what was told at the time, which history does not "
            "hold. Replay the rules of the assets that it names"
        )
    if rule in (LINK_LOST, POSITION_EMPTY):
        raise Conflict(
            f"{rule} is about a link or a position, of which history holds nothing. Replay comm_lost of the assets"
        )
    if asset and asset not in site.assets:
        raise NotFound("asset", asset)
    found = [each for each in site.assets.values() if rule in each.rules and asset in ("", each.id)]
    if not found:
        raise NotFound("rule", f"{asset}/{rule}" if asset else rule)
    return found


def replay_rule(
    asset: Asset,
    versions: Sequence[Rule],
    history: History,
    work: Work,
    since: datetime,
    until: datetime,
    progress: Callable[[datetime], None] = lambda day: None,
) -> Found:
    """One pass over the asset's readings for all versions; `progress` hears of each day."""
    begin = since - max(warm_up(rule) for rule in versions)
    replays = [Replay(asset, rule, begin) for rule in versions]
    rolled_up: list[datetime] = []
    for day, end in _days(begin, until):
        progress(day)
        lines = history.readings(asset.profile.asset_class, asset.id, day, end)
        if not lines and end > since and _rolled_up(asset, versions[0], history, day, end):
            rolled_up.append(day)
        for line in lines:
            for replay in replays:
                replay.take(line)
    real, alerts = _what_was(work, asset.id, versions[0].id, since, until)
    outcomes = tuple(_inside(replay.finish(until), since) for replay in replays)
    return Found(asset, outcomes, real, alerts, tuple(rolled_up))


def _days(begin: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    at = begin
    while at < until:
        end = min(at - (at - EPOCH) % DAY + DAY, until)
        yield at, end
        at = end


def _rolled_up(asset: Asset, rule: Rule, history: History, since: datetime, until: datetime) -> bool:
    names = watched(asset, rule) or list(asset.profile.points)
    begin = since - (since - EPOCH) % HOUR  # windows are asked for whole
    return any(history.windows(asset.profile.asset_class, asset.id, name, begin, until, HOUR) for name in names)


def _what_was(
    work: Work, asset: str, rule: str, since: datetime, until: datetime
) -> tuple[tuple[Condition, ...], tuple[tuple[datetime, int], ...]]:
    with work.reading() as unit:
        real = unit.conditions.between(asset, rule, since, until)
        first = min([since, *(each.onset for each in real)])
        alerts, _ = unit.alerts.find(AlertFilter(assets=(asset,), since=first, until=until, limit=MOST_ALERTS))
    return tuple(real), tuple((each.onset, each.id) for each in alerts if each.rule == rule)


def _inside(outcome: Replayed, since: datetime) -> Replayed:
    """Without what had ended before the period."""
    conditions = (each for each in outcome.conditions if each.ended_at is None or each.ended_at > since)
    unjudged = (each for each in outcome.unjudged if each.until > since)
    return Replayed(tuple(conditions), tuple(unjudged))
