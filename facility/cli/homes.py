"""`facility homes`: the register of homes: import a list, find, erase a person."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, complain, counted, say, say_json, say_table
from facility.domain.home import Home, Purpose, Resident, asked
from facility.flow.enter_homes import HomeStep, enter_homes, plan_homes
from facility.flow.erase_resident import erase_resident
from facility.flow.look_up_home import find_homes, open_home
from facility.ports import HomeFilter
from facility.site.home_rows import HomeSheet, home_rows, home_template
from facility.site.sheets import read_sheets
from facility.site.workbook import write_workbook

app = typer.Typer(no_args_is_help=True, help="The register of homes: import, find, erase. Each look-up is noted.")
_MOST_SHOWN = 20


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="List of homes: .xlsx or .csv; its first sheet is read.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Enter it.")] = False,
    json: AsJson = False,
) -> None:
    """Enter a list of homes and their people. Nothing is written without [bold]--yes[/bold], and nothing while a row is refused.

    The header names the columns: 楼栋 单元 房号 姓名 身份 电话 车牌 空置, or building
    unit number name standing phone plates vacant. A home with several people
    has several rows. What is known already is brought up to date; an empty
    cell leaves what is known; nobody is removed.

    Example: [cyan]facility homes import homes.xlsx[/cyan]
    """
    with office(as_json=json) as here:
        sheet = home_rows(read_sheets(file)[0])
        refused = bool(sheet.faults)
        if yes and not refused:
            with here.work.writing() as unit:
                steps = enter_homes(here.site, unit, sheet.rows, here.now)
        else:
            with here.work.reading() as unit:
                steps = plan_homes(unit, sheet.rows)
    if json:
        say_json(_import_data(sheet, steps, done=yes and not refused))
    else:
        _say_import(sheet, steps, done=yes and not refused)
    if refused:
        raise typer.Exit(1)


@app.command()
def template(file: Annotated[Path, typer.Argument(metavar="FILE", help="The sheet to write: .xlsx.")]) -> None:
    """Write a list to fill in, with two rows as an example.

    Example: [cyan]facility homes template homes.xlsx[/cyan]
    """
    with office():
        write_workbook(file, home_template())
    say(f"{file}: fill in one row for each person, and one for each home without any.", "green")


@app.command()
def find(
    what: Annotated[
        str, typer.Argument(help="3-2-1501, a name, a phone or its end, a plate; several words must all fit.")
    ],
    why: Annotated[Purpose | None, typer.Option(help="Show phones in full, for this purpose, which is noted.")] = None,
    json: AsJson = False,
) -> None:
    """Find homes. Phones are masked unless [bold]--why[/bold] says what they are needed for. The look-up is noted.

    Examples: [cyan]facility homes find 3-2-1501[/cyan] · [cyan]facility homes find 粤B12345 --why emergency[/cyan]
    """
    with office(as_json=json) as here, here.work.writing() as unit:
        found = find_homes(unit, HomeFilter(asked(what), limit=_MOST_SHOWN), here.now)
        people = {
            home.id: found.people[home.id] if why is None else open_home(unit, home.id, here.now, why=why)[1]
            for home in found.homes
        }
    if json:
        say_json({"total": found.total, "homes": [_home_data(home, people[home.id]) for home in found.homes]})
        return
    rows = [row for home in found.homes for row in _lines(home, people[home.id])]
    if rows:
        say_table(["home", "resident", "name", "standing", "phone", "vehicles"], rows)
    else:
        say("No home fits.")
    if found.total > len(found.homes):
        say(f"{found.total} homes fit, {len(found.homes)} are shown: add a word.", "yellow")


@app.command()
def erase(
    resident: Annotated[int, typer.Argument(help="Number of the person, as facility homes find shows it.")],
    why: Annotated[Purpose, typer.Option(help="Why; noted.")] = Purpose.ASKED_BY_PERSON,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete name, phone and plates of a person, for good. The audit keeps a pseudonym.

    Example: [cyan]facility homes erase 17[/cyan]
    """
    with office() as here:
        if not yes and not typer.confirm(f"Erase all that is known of resident {resident}? It cannot be brought back."):
            raise typer.Exit(1)
        with here.work.writing() as unit:
            pseudonym = erase_resident(unit, resident, why, here.now)
    say(f"Erased. In the audit this person is {pseudonym}.", "green")


def _say_import(sheet: HomeSheet, steps: list[HomeStep], *, done: bool) -> None:
    for fault in sheet.faults:
        complain(str(fault))
    for step in steps[:_MOST_SHOWN]:
        how = f" ({', '.join(step.how)})" if step.how else ""
        say(f"{step.effect} {step.address} {step.name}".rstrip() + how)
    if len(steps) > _MOST_SHOWN:
        say(f"… and {len(steps) - _MOST_SHOWN} more.")
    if sheet.faults:
        complain(f"{counted(len(sheet.faults), 'fault')}. Nothing was written.")
    elif done:
        say(f"{counted(len(steps), 'change')} written.", "green")
    else:
        say(f"{counted(len(steps), 'change')}. Nothing was written: --yes writes them.", "yellow")


def _import_data(sheet: HomeSheet, steps: list[HomeStep], *, done: bool) -> dict[str, object]:
    faults = [
        {"place": f.place, "row": f.row, "column": f.column, "what": f.what, "mend": f.mend} for f in sheet.faults
    ]
    changes = [{"effect": s.effect, "home": str(s.address), "name": s.name, "how": list(s.how)} for s in steps]
    return {"written": done, "changes": changes, "faults": faults}


def _lines(home: Home, people: Sequence[Resident]) -> list[list[str]]:
    at = f"{home.address}{' (vacant)' if home.vacant else ''}"
    lines = [[at, str(one.id), one.name, one.standing, one.phone, " ".join(one.plates)] for one in people]
    return lines or [[at, "", "", "", "", ""]]


def _home_data(home: Home, people: Sequence[Resident]) -> dict[str, object]:
    shown = [
        {"id": one.id, "name": one.name, "standing": one.standing, "phone": one.phone, "plates": list(one.plates)}
        for one in people
    ]
    return {"id": home.id, "address": str(home.address), "vacant": home.vacant, "residents": shown}
