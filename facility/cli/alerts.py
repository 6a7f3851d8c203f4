"""`facility alerts`: what stands, one alert, and what people do about it, without a browser."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import typer

from facility.cli.alert_words import alert_data, alert_lines, alert_row, moment_of
from facility.cli.office import office
from facility.cli.output import AsJson, say, say_json, say_table
from facility.domain.alert import Alert, AlertState
from facility.domain.asset import Site
from facility.domain.by_hand import HAND_KINDS
from facility.flow.acknowledge import acknowledge
from facility.flow.answer import comment, over, reset, told_by_telephone
from facility.flow.person_here import person_here
from facility.flow.raise_by_hand import Report, raise_by_hand
from facility.flow.shelve import shelve
from facility.ports import AlertFilter, WorkUnit

app = typer.Typer(
    no_args_is_help=True,
    help="Alerts: list, show, and act. Each act names who does it (--by LOGIN) and stands in the audit.",
)
Number = Annotated[int, typer.Argument(help="The alert's number.")]
By = Annotated[str, typer.Option("--by", help="Login of the person who acts.")]
At = Annotated[str, typer.Option("--at", help="When, like 2026-11-23T14:05 in the site's zone; default: now.")]
HEAD = ["alert", "level", "what", "where", "since", "state", "deadline"]


@dataclass(frozen=True, slots=True)
class Acting:
    """One act: the site, the transaction, who acts, and now."""

    site: Site
    unit: WorkUnit
    person: int
    now: datetime


def _do(number: int, by: str, act: Callable[[Acting], object], done: str) -> None:
    """Run an act in a transaction and say how the alert stands."""
    with office() as here:
        with here.work.writing() as unit:
            act(Acting(here.site, unit, person_here(unit, by).id, here.now))
            state = unit.alerts.get(number).state
        say(f"{done} Alert {number} is {state.replace('_', ' ')}.", "green")


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too, newest first.")] = False,
    level: Annotated[list[int] | None, typer.Option("--level", min=1, max=3, help="Only this level.")] = None,
    json: AsJson = False,
) -> None:
    """List what is not closed: most severe first, with its deadline.

    Example: [cyan]facility alerts list --level 1[/cyan]
    """
    with office(as_json=json) as here:
        site = here.site
        states = (
            tuple(AlertState) if everything else tuple(each for each in AlertState if each is not AlertState.CLOSED)
        )
        wanted = AlertFilter(levels=tuple(level or ()), states=states, limit=500)
        with here.work.reading() as unit:
            found, total = unit.alerts.find(wanted)
            if not everything:
                found.sort(key=lambda alert: (alert.level, alert.onset))
            rows = [alert_data(unit, alert) if json else alert_row(site, unit, alert) for alert in found]
    if json:
        say_json(rows)
        return
    if not rows:
        say("No alerts." if everything else "No open alerts.")
        return
    say_table(HEAD, rows)  # type: ignore[arg-type]
    if total > len(rows):
        say(f"{total - len(rows)} more; the page /alerts/history shows all.")


@app.command("show")
def show(number: Number, json: AsJson = False) -> None:
    """Show one alert: its deadlines, everything that happened, each message with the channel's own answer.

    Example: [cyan]facility alerts show 17[/cyan]
    """
    with office(as_json=json) as here:
        site = here.site
        with here.work.reading() as unit:
            alert = unit.alerts.get(number)
            if json:
                say_json(alert_data(unit, alert))
                return
            for line in alert_lines(site, unit, alert):
                say(line)


@app.command("ack")
def ack(number: Number, by: By) -> None:
    """Acknowledge: I know and I act. It ends the escalation, not the alert.

    Example: [cyan]facility alerts ack 17 --by chen-jing[/cyan]
    """
    _do(number, by, lambda act: acknowledge(act.unit, number, act.person, act.now), "Acknowledged.")


@app.command("comment")
def comment_(number: Number, text: Annotated[str, typer.Argument(help="What you know.")], by: By) -> None:
    """Write a line into the alert's history.

    Example: [cyan]facility alerts comment 17 "smoke in the kitchen, fire brigade called" --by li-wei[/cyan]
    """
    _do(number, by, lambda act: comment(act.unit, number, act.person, text, act.now), "Written.")


@app.command("shelve")
def shelve_(
    number: Number,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    by: By,
    minutes: Annotated[int, typer.Option("--for", min=1, help="How many minutes; at most 7 days.")] = 60,
) -> None:
    """Keep an alert quiet for a time. What is still there then is told again. Refused for what is latched (fire).

    Example: [cyan]facility alerts shelve 17 --for 120 --reason "motor is being replaced" --by chen-jing[/cyan]
    """

    def act(acting: Acting) -> object:
        return shelve(acting.unit, number, acting.person, acting.now + timedelta(minutes=minutes), reason, acting.now)

    _do(number, by, act, f"Shelved for {minutes} min.")


@app.command("told")
def told(
    number: Number,
    whom: Annotated[str, typer.Argument(help="Login of the person who was told.")],
    by: By,
    at: At = "",
    note: Annotated[str, typer.Option("--note", help="What was said.")] = "",
) -> None:
    """Enter that somebody was told by telephone: a proof like any other.

    Example: [cyan]facility alerts told 17 chen-jing --at 2026-11-23T14:05 --by li-wei[/cyan]
    """

    def act(acting: Acting) -> object:
        when = moment_of(at, acting.site.zone, acting.now)
        person = person_here(acting.unit, whom).id
        found = told_by_telephone(acting.unit, number, person, acting.person, when, note, acting.now)
        what = f"It meets the deadline of {', '.join(found.met)}." if found.met else "It meets no deadline."
        say(what)
        return found

    _do(number, by, act, "Entered.")


@app.command("reset")
def reset_(number: Number, by: By, at: At = "") -> None:
    """Enter that the fire panel was reset on site; refused while the panel still reports it.

    Example: [cyan]facility alerts reset 17 --by li-wei[/cyan]
    """

    def act(acting: Acting) -> object:
        when = moment_of(at, acting.site.zone, acting.now)
        return reset(acting.unit, number, acting.person, when, acting.now)

    _do(number, by, act, "Reset.")


@app.command("over")
def over_(number: Number, by: By, at: At = "", note: Annotated[str, typer.Option("--note")] = "") -> None:
    """Enter that an alert raised by hand is over.

    Example: [cyan]facility alerts over 17 --by chen-jing --note "water is shut off"[/cyan]
    """

    def act(acting: Acting) -> object:
        when = moment_of(at, acting.site.zone, acting.now)
        return over(acting.unit, number, acting.person, when, note, acting.now)

    _do(number, by, act, "Over.")


@app.command("raise")
def raise_(
    kind: Annotated[str, typer.Argument(help=f"What: {', '.join(HAND_KINDS)}.")],
    by: By,
    area: Annotated[str, typer.Option("--area", help="Where: an area of the site file.")] = "",
    asset: Annotated[str, typer.Option("--asset", help="Where: an asset of the site file.")] = "",
    note: Annotated[str, typer.Option("--note", help="What was reported, by whom.")] = "",
    at: Annotated[str, typer.Option("--received", help="When you were told: the clock runs from then.")] = "",
) -> None:
    """Raise an alert by hand: people are told at once, the clock runs from receipt.

    Example: [cyan]facility alerts raise safety_incident --area garage --note "person fell" --by li-wei[/cyan]
    """
    with office() as here:
        site, now = here.site, here.now
        with here.work.writing() as unit:
            received = moment_of(at, site.zone, now)
            report = Report(kind, person_here(unit, by).id, received, note, secrets.token_hex(16), asset, area)
            alert: Alert = raise_by_hand(site, unit, report, now)
        say(f"Alert {alert.id} raised: level {alert.level}, {alert.kind}.", "green")
