"""The program `facility`: all its commands."""

import logging

import typer

from facility.cli import (
    accounts,
    alerts,
    assets,
    audit,
    channels,
    check,
    demo,
    doctor,
    drill,
    energy,
    figures,
    health,
    history,
    homes,
    keys,
    orders,
    people,
    plans,
    points,
    probe,
    profiles,
    read,
    replay,
    reports,
    requests,
    run,
    schema,
    simulate,
    site,
    tls,
    top,
)

app = typer.Typer(
    name="facility",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Facility monitoring and maintenance scheduling: from the wire to a person, in time and with proof.\n\n"
    "First time here? [bold]facility demo[/bold] runs a whole estate on this machine; "
    "[bold]facility simulate power-outage[/bold] in a second terminal takes its mains away.",
    epilog="Settings come from the environment (FACILITY_SITE, FACILITY_DATA, …): see docs/operations.md. "
    "Exit codes: 0 done, 1 refused (faults are listed), 2 wrong use or a setting that cannot be used.",
)
app.command("demo")(demo.command)
app.command("run")(run.command)
app.command("simulate")(simulate.command)
app.command("check")(check.command)
app.command("schema")(schema.command)
app.command("read")(read.command)
app.command("probe")(probe.command)
app.command("replay")(replay.command)
app.command("figures")(figures.command)
app.command("energy")(energy.command)
app.command("top")(top.command)
app.command("doctor")(doctor.command)
app.command("health")(health.command)
app.add_typer(alerts.app, name="alerts")
app.add_typer(assets.app, name="assets")
app.add_typer(orders.app, name="orders")
app.add_typer(requests.app, name="requests")
app.add_typer(reports.app, name="reports")
app.add_typer(audit.app, name="audit")
app.add_typer(points.app, name="points")
app.add_typer(profiles.app, name="profiles")
app.add_typer(site.app, name="site")
app.add_typer(people.app, name="people")
app.add_typer(history.app, name="history")
app.add_typer(homes.app, name="homes")
app.add_typer(drill.app, name="drill")
app.add_typer(plans.app, name="plans")
app.add_typer(accounts.app, name="accounts")
app.add_typer(keys.app, name="keys")
app.add_typer(tls.app, name="tls")
app.add_typer(channels.app, name="channels")


def main() -> None:
    """Entry point of the console script."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    app()
