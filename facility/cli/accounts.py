"""`facility accounts`: who may sign in. Passwords are typed, or read from a file; never given on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from facility import wiring
from facility.cli.office import office
from facility.cli.output import AsJson, say, say_json, say_table
from facility.domain.account import CONSOLE, plain_login
from facility.domain.role import Role
from facility.flow import keep_account
from facility.flow.keep_account import account_named, check_account, check_password, create_account, new_account
from facility.flow.look_at_accounts import AccountReport, AccountState, look_at_accounts
from facility.settings import settings_from_environment

app = typer.Typer(no_args_is_help=True, help="Accounts: who may sign in, and as what.")

Login = Annotated[str, typer.Argument(help="Login of the account.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="File whose first line is the password; without it you are asked."),
]


@app.command()
def create(
    login: Annotated[str, typer.Option(help="What is typed to sign in, such as li-wei.")],
    role: Annotated[
        list[Role] | None,
        typer.Option(help="Role of the account itself: system_administrator, engineering, gate_integrator."),
    ] = None,
    name: Annotated[str, typer.Option(help="Name that pages show; default: the person's, or the login.")] = "",
    person: Annotated[
        str, typer.Option(help="Person it belongs to, by login in the list of people; default: one of the same login.")
    ] = "",
    password_file: PasswordFile = None,
    must_change: Annotated[
        bool | None,
        typer.Option(
            "--must-change/--keep-password",
            help="The password must be changed at the first sign-in; default: yes, but for the very first account.",
        ),
    ] = None,
) -> None:
    """Make an account. All other roles come from the positions that its person fills, and go with them.

    Examples: [cyan]facility accounts create --login admin --role system_administrator[/cyan],
    [cyan]facility accounts create --login li-wei[/cyan]
    """
    with office() as here:
        roles = frozenset(role or ())
        with here.work.reading() as unit:
            owner, first = check_account(unit, login, roles, person), not unit.accounts.all()
        hashed = _hashed(password_file, login)
        account = new_account(
            login,
            hashed,
            here.now,
            name=name,
            roles=roles,
            person=owner,
            must_change=not first if must_change is None else must_change,
        )
        with here.work.writing() as unit:
            made = create_account(unit, account, CONSOLE)
    say(
        f"Made the account {made.login}.{' The password must be changed at the first sign-in.' * made.must_change}",
        "green",
    )


@app.command("list")
def list_(json: AsJson = False) -> None:
    """List all accounts with their roles.

    Example: [cyan]facility accounts list --json[/cyan]
    """
    with office(as_json=json) as here, here.work.reading() as unit:
        reports = look_at_accounts(here.site, unit, unit.accounts.all(), settings_from_environment().session, here.now)
        rows = [_as_data(report) for report in reports]
    if json:
        say_json(rows)
        return
    columns = ["login", "name", "roles", "sessions", "state"]
    say_table(columns, [[str(row[column]) for column in columns] for row in rows])


@app.command()
def disable(login: Login) -> None:
    """Close an account and sign it out everywhere; nothing is deleted.

    Example: [cyan]facility accounts disable li-wei[/cyan]
    """
    with office() as here, here.work.writing() as unit:
        keep_account.set_disabled(unit, login, True, here.now, CONSOLE)
    say(f"{plain_login(login)} can no longer sign in.", "green")


@app.command()
def enable(login: Login) -> None:
    """Open a closed account again.

    Example: [cyan]facility accounts enable li-wei[/cyan]
    """
    with office() as here, here.work.writing() as unit:
        keep_account.set_disabled(unit, login, False, here.now, CONSOLE)
    say(f"{plain_login(login)} can sign in again.", "green")


@app.command("reset-password")
def reset_password(login: Login, password_file: PasswordFile = None) -> None:
    """Give an account another password, which its owner must change, and sign it out everywhere.

    Example: [cyan]facility accounts reset-password li-wei[/cyan]
    """
    with office() as here:
        with here.work.reading() as unit:
            account_named(unit, login)
        hashed = _hashed(password_file, login)
        with here.work.writing() as unit:
            keep_account.reset_password(unit, login, hashed, here.now, must_change=True, visit=CONSOLE)
    say(f"{plain_login(login)} has another password and must change it at the next sign-in.", "green")


@app.command()
def roles(
    login: Login,
    role: Annotated[
        list[Role] | None, typer.Option(help="A role of the account itself; without any it has none.")
    ] = None,
) -> None:
    """Replace the roles of the account itself; those of its person's positions stay.

    Example: [cyan]facility accounts roles li-wei --role engineering[/cyan]
    """
    with office() as here, here.work.writing() as unit:
        keep_account.change_roles(unit, login, frozenset(role or ()), here.now, CONSOLE)
    say(f"{plain_login(login)} has other roles from now on.", "green")


@app.command()
def unlock(login: Login) -> None:
    """Forget the failed attempts of an account that is paused for guessing.

    Example: [cyan]facility accounts unlock li-wei[/cyan]
    """
    with office() as here, here.work.writing() as unit:
        keep_account.unlock(unit, login, here.now, CONSOLE)
    say(f"{plain_login(login)} can try again at once.", "green")


@app.command()
def record(
    login: Annotated[str, typer.Argument(metavar="[LOGIN]", help="Of one account alone.")] = "",
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="How many lines.")] = 50,
    json: AsJson = False,
) -> None:
    """Show who signed in, who failed, and what was done to accounts; newest first. Times are those of the site.

    Example: [cyan]facility accounts record li-wei -n 20[/cyan]
    """
    with office(as_json=json) as here, here.work.reading() as unit:
        events = unit.sign_ins.recent(count, plain_login(login))
    if json:
        names = ("step", "login", "address", "agent", "detail")
        say_json([{"at": one.at.isoformat()} | {name: getattr(one, name) for name in names} for one in events])
        return
    rows = [
        [f"{one.at.astimezone(here.site.zone):%Y-%m-%d %H:%M:%S}", one.step.value, one.login, one.address, one.detail]
        for one in events
    ]
    say_table(["at", "what", "login", "from", "detail"], rows)


def _hashed(file: Path | None, login: str) -> str:
    """The hash of a password typed twice, or of a file's first line; Refusal."""
    if file is None:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    else:
        password = (file.read_text(encoding="utf-8").splitlines() or [""])[0]
    check_password(password, login)
    return wiring.passwords().hash(password)


def _as_data(report: AccountReport) -> dict[str, object]:
    words = {AccountState.MUST_CHANGE: "must change password"}
    return {
        "login": report.account.login,
        "name": report.name,
        "roles": ", ".join(report.roles),
        "sessions": len(report.sessions),
        "state": words.get(report.state, report.state.value),
    }
