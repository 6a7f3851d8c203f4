"""`facility assets`: equipment without a wire: a list to fill in, and its import."""

from pathlib import Path
from typing import Annotated

import typer

from facility.cli.output import AsJson, complain, counted, refusing, say, say_json, site_path
from facility.site import load
from facility.site.equipment import FILE
from facility.site.equipment_file import Planned, plan_equipment, write_equipment
from facility.site.equipment_rows import EquipmentSheet, equipment_rows, equipment_template
from facility.site.sheets import read_sheets
from facility.site.workbook import write_workbook

app = typer.Typer(
    no_args_is_help=True,
    help="Equipment without a wire: extinguishers, valves, doors; in plans and rounds like any other.",
)
_MOST_SHOWN = 20


@app.command()
def template(file: Annotated[Path, typer.Argument(metavar="FILE", help="The sheet to write: .xlsx.")]) -> None:
    """Write a list to fill in, with a row as an example and this site's areas and positions to choose from.

    Example: [cyan]facility assets template equipment.xlsx[/cyan]
    """
    with refusing():
        write_workbook(file, equipment_template(load(site_path(None))))
    say(f"{file}: fill in one row for each piece of equipment.", "green")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="List: .xlsx or .csv; its first sheet is read.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write it.")] = False,
    json: AsJson = False,
) -> None:
    """Enter a list of equipment without a wire. Nothing is written without [bold]--yes[/bold], and nothing while a row is refused.

    The rows go into equipment.yaml beside the site file, which belongs to it. A row
    brings its equipment up to date as a whole: an empty cell is empty afterwards.
    What the list does not name stays. Then: facility site apply.

    Example: [cyan]facility assets import equipment.xlsx[/cyan]
    """
    with refusing(as_json=json):
        path = site_path(None)
        sheet = equipment_rows(read_sheets(file)[0], load(path))
        planned = None if sheet.faults else plan_equipment(path, sheet.rows)
        written = planned is not None and yes and not planned.nothing
        if planned is not None and written:
            write_equipment(path, planned)
    if json:
        say_json(_data(sheet, planned, written=written))
    else:
        _say(sheet, planned, written=written)
    if sheet.faults:
        raise typer.Exit(1)


def _say(sheet: EquipmentSheet, planned: Planned | None, *, written: bool) -> None:
    for fault in sheet.faults:
        complain(str(fault))
    if planned is None:
        complain(f"{counted(len(sheet.faults), 'fault')}. Nothing was written.")
        return
    lines = [f"added {name}" for name in planned.added]
    lines += [f"changed {name} ({', '.join(keys)})" for name, keys in planned.changed.items()]
    for line in lines[:_MOST_SHOWN]:
        say(line)
    if len(lines) > _MOST_SHOWN:
        say(f"… and {len(lines) - _MOST_SHOWN} more.")
    if planned.nothing:
        say(f"{FILE} has all of it already.")
    elif written:
        say(f"{counted(len(lines), 'change')} written to {FILE}. Make it known: facility site apply", "green")
    else:
        say(f"{counted(len(lines), 'change')}. Nothing was written: --yes writes them.", "yellow")


def _data(sheet: EquipmentSheet, planned: Planned | None, *, written: bool) -> dict[str, object]:
    return {
        "written": written,
        "added": list(planned.added) if planned else [],
        "changed": {name: list(keys) for name, keys in planned.changed.items()} if planned else {},
        "faults": [
            {"place": f.place, "row": f.row, "column": f.column, "what": f.what, "mend": f.mend} for f in sheet.faults
        ],
    }
