"""`facility history`: what was done before the program was there: a list to fill in, and its import."""

from pathlib import Path
from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, complain, counted, say, say_json
from facility.domain.past_service import PastService
from facility.flow.enter_history import HistorySteps, enter_history, no_later_than, plan_history
from facility.site.history_rows import HistorySheet, history_rows, history_template
from facility.site.sheets import read_sheets
from facility.site.workbook import write_workbook

app = typer.Typer(
    no_args_is_help=True, help="Work that was done before the program was there, so that plans know the last service."
)
_MOST_SHOWN = 20


@app.command()
def template(file: Annotated[Path, typer.Argument(metavar="FILE", help="The sheet to write: .xlsx.")]) -> None:
    """Write a list to fill in, with an example and this site's plans to choose from.

    Example: [cyan]facility history template last-year.xlsx[/cyan]
    """
    with office() as here:
        write_workbook(file, history_template(here.site))
    say(f"{file}: fill in one row for each piece of work that was done.", "green")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="List: .xlsx or .csv; its first sheet is read.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Enter it.")] = False,
    json: AsJson = False,
) -> None:
    """Enter what was done before. Nothing is written without [bold]--yes[/bold], and nothing while a row is refused.

    Plans that follow from the last service count from it. A slot that waits while
    the list says that its work was done inside its window is excused by that, and
    not counted as done. No figure counts these rows.

    Example: [cyan]facility history import last-year.xlsx[/cyan]
    """
    with office(as_json=json) as here:
        sheet = history_rows(read_sheets(file)[0], here.site, no_later_than(here.site, here.now))
        done = yes and not sheet.faults
        if done:
            with here.work.writing() as unit:
                steps = enter_history(unit, sheet.rows, here.now)
        else:
            with here.work.reading() as unit:
                steps = plan_history(unit, sheet.rows)
    if json:
        say_json(_data(sheet, steps, done=done))
    else:
        _say(sheet, steps, done=done)
    if sheet.faults:
        raise typer.Exit(1)


def _say(sheet: HistorySheet, steps: HistorySteps, *, done: bool) -> None:
    for fault in sheet.faults:
        complain(str(fault))
    lines = [f"added {_row(each)}" for each in steps.added] + [f"changed {_row(each)}" for each in steps.changed]
    lines += [f"excused slot {each.slot.key} of {each.plan} at {each.asset}" for each in steps.excused]
    for line in lines[:_MOST_SHOWN]:
        say(line)
    if len(lines) > _MOST_SHOWN:
        say(f"… and {len(lines) - _MOST_SHOWN} more.")
    if sheet.faults:
        complain(f"{counted(len(sheet.faults), 'fault')}. Nothing was written.")
    elif steps.nothing:
        say("All of it is known already.")
    elif done:
        say(f"{counted(len(lines), 'change')} written.", "green")
    else:
        say(f"{counted(len(lines), 'change')}. Nothing was written: --yes writes them.", "yellow")


def _row(each: PastService) -> str:
    return f"{each.finished} {each.asset} {each.plan or each.what}"


def _data(sheet: HistorySheet, steps: HistorySteps, *, done: bool) -> dict[str, object]:
    return {
        "written": done and not steps.nothing,
        "added": [_row(each) for each in steps.added],
        "changed": [_row(each) for each in steps.changed],
        "excused": [{"plan": each.plan, "asset": each.asset, "slot": each.slot.key} for each in steps.excused],
        "faults": [
            {"place": f.place, "row": f.row, "column": f.column, "what": f.what, "mend": f.mend} for f in sheet.faults
        ],
    }
