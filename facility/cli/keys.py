"""`facility keys`: keys of machines that read the JSON addresses and the metrics."""

from datetime import timedelta
from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, say, say_json, say_table
from facility.domain.account import CONSOLE, ApiKey, Scope
from facility.flow.issue_key import LONGEST, issue_key, revoke_key

app = typer.Typer(no_args_is_help=True, help="Keys of machines: scoped, expiring, shown once.")


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Which machine it is for, such as prometheus.")],
    scope: Annotated[
        list[Scope], typer.Option(help="read: JSON addresses and the live stream; metrics: /metrics. Can be repeated.")
    ],
    days: Annotated[int, typer.Option(min=1, max=LONGEST.days, help="How long it is valid.")] = 365,
    json: AsJson = False,
) -> None:
    """Make a key and show it, this once. A machine sends it as `Authorization: Bearer fk_…`.

    Example: [cyan]facility keys create --name prometheus --scope metrics --days 365[/cyan]
    """
    with office(as_json=json) as here, here.work.writing() as unit:
        key, token = issue_key(unit, name, frozenset(scope), timedelta(days=days), here.now, CONSOLE)
    if json:
        say_json(_as_data(key) | {"key": token})
        return
    say(
        f"Key {key.id} for {key.name}, valid until {key.expires_at.astimezone(here.site.zone):%Y-%m-%d %H:%M}:", "green"
    )
    say(token)
    say("It is not shown again: only its hash is kept. Store it in a file that its machine alone can read.")


@app.command("list")
def list_(json: AsJson = False) -> None:
    """List all keys: for whom, what for, until when, when last used. The keys themselves are not kept.

    Example: [cyan]facility keys list[/cyan]
    """
    with office(as_json=json) as here, here.work.reading() as unit:
        keys = unit.api_keys.all()
    if json:
        say_json([_as_data(key) for key in keys])
        return
    zone = here.site.zone
    rows = []
    for key in keys:
        state = "revoked" if key.revoked_at else "valid" if key.valid_at(here.now) else "expired"
        used = f"{key.used_at.astimezone(zone):%Y-%m-%d %H:%M}" if key.used_at else "never"
        scopes = ", ".join(sorted(key.scopes))
        rows.append([str(key.id), key.name, scopes, state, f"{key.expires_at.astimezone(zone):%Y-%m-%d}", used])
    say_table(["key", "name", "scopes", "state", "expires", "last used"], rows)


@app.command()
def revoke(
    key: Annotated[int, typer.Argument(help="Number of the key, as facility keys list shows it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """End a key now, for good.

    Example: [cyan]facility keys revoke 3[/cyan]
    """
    with office() as here:
        if not yes and not typer.confirm(f"End key {key}? The machine that uses it is shut out at once."):
            raise typer.Exit(1)
        with here.work.writing() as unit:
            ended = revoke_key(unit, key, here.now, CONSOLE)
    say(f"Key {ended.id} for {ended.name} is worth nothing any more.", "green")


def _as_data(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "made_at": key.made_at.isoformat(),
        "expires_at": key.expires_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        "used_at": key.used_at.isoformat() if key.used_at else None,
    }
