"""`facility replay`: what a rule, or a changed rule, makes of recorded history, before it is used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from facility import wiring
from facility.cli.office import Office, office
from facility.cli.output import AsJson, say, say_json
from facility.cli.replay_words import Shown, data, say_found, say_sums
from facility.cli.wire_process import progress
from facility.domain.asset import Asset
from facility.domain.period import period_of
from facility.flow.replay_rule import assets_with, replay_rule
from facility.settings import settings_from_environment
from facility.site.changes import tried


def command(
    rule: Annotated[str, typer.Option("--rule", help="Rule of the site file or a profile.")],
    asset: Annotated[str, typer.Option("--asset", help="Only this asset; default: all that have the rule.")] = "",
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Try a change: limit, hysteresis, hold, clear_hold or level.")
    ] = None,
    month: Annotated[str, typer.Option(help="Month, like 2026-10.")] = "",
    since: Annotated[str, typer.Option(help="Begin, like 2026-10-01 or 2026-10-01T14:05, in the site's zone.")] = "",
    until: Annotated[str, typer.Option(help="End; a day is included; default: now.")] = "",
    json: AsJson = False,
) -> None:
    """Show what a rule would have made of recorded history, as it is or changed, beside what it really made. Nothing is changed.

    The collectors' own evaluator judges the stored readings. What was not
    recorded, or is kept as roll-ups only, is not judged, and is said.

    Exit codes: 0 done, 1 refused or no readings are left, 2 wrong use or a store that does not answer.

    Examples: [cyan]facility replay --rule voltage_low --month 2026-10[/cyan] ·
    [cyan]facility replay --rule overcurrent --asset incomer-1 --set limit=1500 --set hold=30s --since 2026-10-01[/cyan]
    """
    with office(as_json=json) as here:
        begin, end = period_of(month, since, until, here.now, here.site.zone)
        shown = [
            _replayed(here, each, rule, changes or [], begin, end, quiet=json)
            for each in assets_with(here.site, rule, asset)
        ]
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


def _replayed(
    here: Office, asset: Asset, rule: str, changes: Sequence[str], begin: datetime, end: datetime, *, quiet: bool
) -> Shown:
    present = asset.rules[rule]
    versions = [present, tried(present, asset.profile, changes)] if changes else [present]
    history = wiring.open_history(settings_from_environment(), here.site.id)
    with progress(f"{asset.id} …", quiet=quiet) as line:
        found = replay_rule(
            asset,
            versions,
            history,
            here.work,
            begin,
            end,
            lambda day: line.say(f"{asset.id} {day.astimezone(here.site.zone):%Y-%m-%d} …"),
        )
    return Shown(found, tuple(versions), begin, end)
