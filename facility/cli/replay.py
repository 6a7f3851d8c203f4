"""`facility replay`: what a rule or a plan, or a changed one, makes of what was recorded, before it is used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from facility import wiring
from facility.cli.office import Office, office
from facility.cli.output import AsJson, say, say_json
from facility.cli.replay_plan import replay_plan_command
from facility.cli.replay_words import Shown, data, say_found, say_sums
from facility.cli.wire_process import progress
from facility.domain.asset import Asset, link_lost
from facility.domain.errors import Conflict
from facility.domain.period import period_of
from facility.domain.rule import Rule
from facility.flow.replay_link import links_of, replay_link
from facility.flow.replay_rule import Found, assets_with, of_link, replay_rule
from facility.flow.replay_site_rule import replay_site_rule
from facility.settings import settings_from_environment
from facility.site.changes import PointOf, tried, tried_link


def command(
    rule: Annotated[str, typer.Option("--rule", help="Rule of the site file or a profile, or link_lost.")] = "",
    plan: Annotated[str, typer.Option("--plan", help="Instead of a rule: a maintenance plan.")] = "",
    asset: Annotated[
        str, typer.Option("--asset", help="Only this asset (of link_lost: link); default: all that have the rule.")
    ] = "",
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Try a change. Of a rule: limit, hysteresis, hold, clear_hold, level; of link_lost: lost_after; "
            "of a plan: any key of the site file, like cadence=monthly.",
        ),
    ] = None,
    changed: Annotated[
        Path | None, typer.Option("--changed", help="Of a plan: a changed site file.", exists=True, dir_okay=False)
    ] = None,
    month: Annotated[str, typer.Option(help="Month, like 2026-10.")] = "",
    since: Annotated[str, typer.Option(help="Begin, like 2026-10-01 or 2026-10-01T14:05, in the site's zone.")] = "",
    until: Annotated[str, typer.Option(help="End; a day is included; default: now.")] = "",
    json: AsJson = False,
) -> None:
    """Show what a rule or a plan would have made of recorded history, as it is or changed, beside what it really made. Nothing is changed.

    Rules: the evaluators of the collectors and of the leader judge the stored readings and
    conditions. What was not recorded, or is kept as roll-ups only, is not judged, and is said.

    Plans: which slots and orders the plan would have made in that month, with their days.

    Exit codes: 0 done, 1 refused or no readings are left, 2 wrong use or a store that does not answer.

    Examples: [cyan]facility replay --rule voltage_low --month 2026-10[/cyan] ·
    [cyan]facility replay --rule overcurrent --asset incomer-1 --set limit=1500 --set hold=30s --since 2026-10-01[/cyan] ·
    [cyan]facility replay --rule link_lost --set lost_after=5m --month 2026-10[/cyan] ·
    [cyan]facility replay --plan pump-weekly --set cadence=monthly --month 2026-10[/cyan]
    """
    with office(as_json=json) as here:
        if bool(rule) == bool(plan):
            raise Conflict("name a rule (--rule overcurrent) or a plan (--plan pump-weekly), one of them")
        if plan:
            replay_plan_command(here, plan, changes or [], changed, month, since, as_json=json)
            return
        if changed is not None:
            raise Conflict("--changed is for plans; write the change of a rule as --set limit=5.2")
        begin, end = period_of(month, since, until, here.now, here.site.zone)
        trials = _trials(here, rule, asset, changes or [])
        shown = [_replayed(here, trial, begin, end, quiet=json) for trial in trials]
        empty = all(each.empty for each in shown)
    if json:
        say_json(
            {
                "rule": rule,
                "since": begin.isoformat(),
                "until": end.isoformat(),
                "assets": [data(each) for each in shown],
            }
        )
    else:
        for each in shown:
            say_found(each, here.site.zone)
        say_sums(shown)
        if empty:
            say("No readings of this time are left to replay.", "red")
    if empty:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Trial:
    """What is replayed: where, the versions of the rule, and how, given history, work, period and who hears of each day."""

    place: str
    versions: tuple[Rule, ...]
    replay: Callable[..., Found]


def _trials(here: Office, rule: str, asset: str, changes: Sequence[str]) -> list[Trial]:
    """A rule of the site, a link's, or that of each asset that has it."""
    assets = here.site.assets
    if rule in here.site.rules:
        if asset:
            raise Conflict(f"{rule} is a rule of the site and looks at several assets: leave --asset out")
        own = here.site.rules[rule]
        versions = _versions(own, lambda leaf: assets[leaf.asset].profile.points[leaf.point], changes)
        return [Trial(own.asset, versions, partial(replay_site_rule, here.site, versions))]
    if of_link(rule):
        found = []
        for link in links_of(here.site, asset):
            links = (link, *([tried_link(link, changes)] if changes else []))
            found.append(Trial(link.id, tuple(map(link_lost, links)), partial(replay_link, here.site, links)))
        return found
    return [_of_asset(each, each.rules[rule], changes) for each in assets_with(here.site, rule, asset)]


def _of_asset(asset: Asset, rule: Rule, changes: Sequence[str]) -> Trial:
    versions = _versions(rule, lambda leaf: asset.profile.points[leaf.point], changes)
    return Trial(asset.id, versions, partial(replay_rule, asset, versions))


def _versions(rule: Rule, point_of: PointOf, changes: Sequence[str]) -> tuple[Rule, ...]:
    return (rule, tried(rule, point_of, changes)) if changes else (rule,)


def _replayed(here: Office, trial: Trial, begin: datetime, end: datetime, *, quiet: bool) -> Shown:
    history = wiring.recorded_history(settings_from_environment(), here.site.id)
    with progress(f"{trial.place} …", quiet=quiet) as line:

        def tell(day: datetime) -> None:
            line.say(f"{trial.place} {day.astimezone(here.site.zone):%Y-%m-%d} …")

        found = trial.replay(history, here.work, begin, end, tell)
    return Shown(found, trial.versions, begin, end)
