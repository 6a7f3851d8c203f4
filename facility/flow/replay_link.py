"""Replay a link: when it would have been lost, from the readings of all assets on it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import merge

from facility.domain.asset import LINK_LOST, Asset, Link, Site, link_lost
from facility.domain.errors import NotFound
from facility.domain.replay import Replay, warm_up
from facility.domain.stored import Stored
from facility.flow.replay_rule import Found, Progress, days, inside, rolled_up, what_was
from facility.ports import History, Work


def links_of(site: Site, link: str) -> list[Link]:
    """The links that are meant: this one, or all that have assets; NotFound."""
    if link and link not in site.links:
        raise NotFound("link", link)
    return [each for each in site.links.values() if link in ("", each.id) and _assets(site, each)]


def replay_link(
    site: Site,
    versions: Sequence[Link],
    history: History,
    work: Work,
    since: datetime,
    until: datetime,
    progress: Progress = lambda day: None,
) -> Found:
    """All assets of the link as if they were one: it is lost when all of them are silent."""
    link, assets = versions[0], _assets(site, versions[0])
    rules = [link_lost(each) for each in versions]
    whole = _as_one(link, assets)
    begin = since - max(warm_up(rule) for rule in rules)
    replays = [Replay(whole, rule, begin) for rule in rules]
    rolled: list[datetime] = []
    for day, end in days(begin, until):
        progress(day)
        lines = [history.readings(each.profile.asset_class, each.id, day, end) for each in assets]
        if not any(lines) and end > since and any(rolled_up(each, (), history, day, end) for each in assets):
            rolled.append(day)
        named = [_named(each.id, found) for each, found in zip(assets, lines, strict=True)]
        for line in merge(*named, key=lambda line: line.at):
            for replay in replays:
                replay.take(line)
    real, alerts = what_was(work, link.id, LINK_LOST, since, until)
    outcomes = tuple(inside(replay.finish(until), since) for replay in replays)
    return Found(link.id, whole.profile.points, (), outcomes, real, alerts, tuple(rolled))


def _assets(site: Site, link: Link) -> list[Asset]:
    return [each for each in site.assets.values() if each.link == link.id and not each.retired and each.profile.points]


def _as_one(link: Link, assets: Sequence[Asset]) -> Asset:
    points = {
        f"{asset.id}.{name}": replace(point, name=f"{asset.id}.{name}")
        for asset in assets
        for name, point in asset.profile.points.items()
    }
    return replace(assets[0], id=link.id, title=link.title, profile=replace(assets[0].profile, points=points), rules={})


def _named(asset: str, lines: Sequence[Stored]) -> Iterator[Stored]:
    for line in lines:
        values = {f"{asset}.{name}": value for name, value in line.values.items()}
        qualities = {f"{asset}.{name}": mark for name, mark in line.qualities.items()}
        yield Stored(line.at, values, qualities)
