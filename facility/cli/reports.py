"""`facility reports`: which frozen reports there are, one of them, and one as XLSX."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from facility.cli.figures import share_words
from facility.cli.office import office
from facility.cli.order_words import local
from facility.cli.output import AsJson, complain, say, say_json, say_table, terminal_language
from facility.domain.asset import Site
from facility.domain.errors import Unfit
from facility.domain.report import Report, ReportKind
from facility.domain.text import Language
from facility.flow.make_reports import changes_since
from facility.locale import text

app = typer.Typer(
    no_args_is_help=True,
    help="Reports: daily, weekly, monthly, and each team's month, as they were frozen. The programs make them when their time is over.",
)
HEAD = ["report", "kind", "team", "first", "last", "made"]


@app.command("list")
def list_(
    kind: Annotated[str, typer.Option(help=f"{', '.join(ReportKind)}; default: all.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    json: AsJson = False,
) -> None:
    """List reports, newest first.

    Example: [cyan]facility reports list --kind monthly[/cyan]
    """
    with office(as_json=json) as here:
        if kind and kind not in set(ReportKind):
            raise Unfit("kind", "form_damaged", f"{kind!r} is none of {', '.join(ReportKind)}")
        with here.work.reading() as unit:
            found, total = unit.reports.find(ReportKind(kind) if kind else None, limit, 0)
    if json:
        say_json([_head(one) for one in found])
        return
    if not found:
        say("No reports. The first one is made when a day of the estate's data is over.")
        return
    say_table(HEAD, [_row(here.site, one) for one in found])
    if total > len(found):
        say(f"{total - len(found)} more; --limit {total} shows all.")


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(help="The report's number.")],
    xlsx: Annotated[Path | None, typer.Option(help="Write it to this file, in the terminal's language (LANG).")] = None,
    json: AsJson = False,
) -> None:
    """Show one report as it was frozen, and what was changed in its time afterwards.

    The orders and meters are in the XLSX, on the page /reports/NUMBER and in --json.

    Examples: [cyan]facility reports show 12[/cyan] · [cyan]facility reports show 12 --xlsx october.xlsx[/cyan]
    """
    with office(as_json=json) as here:
        with here.work.reading() as unit:
            report = unit.reports.get(number)
            changes = changes_since(here.site, unit, report, here.now)
        if xlsx is not None:
            _write(number, xlsx)
    if json:
        say_json({**_head(report), **report.content})
        return
    if xlsx is not None:
        say(f"Report {number} is written to {xlsx}.", "green")
        return
    say(f"Report {number}: {report.kind.replace('_', ' ')}{f' of {report.team}' if report.team else ''}", "bold")
    say(f"  {report.period.first} to {report.period.last}, as it stood at {local(here.site, report.made_at)}")
    _say_figures(report)
    for what, title in (("orders", "orders"), ("slots", "slots of plans"), ("calls", "call backs")):
        rows = report.content.get(what)
        if isinstance(rows, list) and rows:
            say(f"{len(rows)} {title}")
    say(f"{len(changes)} changes afterwards" if changes else "Nothing was changed afterwards.")
    for change in changes:
        say(f"  {change.what} {change.key}: {change.was or '–'} → {change.now or '–'}")


def _say_figures(report: Report) -> None:
    rows = report.content.get("figures")
    if not isinstance(rows, list):
        return
    table = []
    for row in rows:
        part, whole, target = float(row["part"]), float(row["whole"]), row["target"]
        share = part / whole if whole else None
        title = text(f"pages.kpi.{row['id']}.title", Language.EN)
        wanted = share_words(float(target)) if target is not None else ""
        table.append([title, f"{part:g}", f"{whole:g}", share_words(share), wanted])
    say_table(["figure", "part", "whole", "share", "target"], table)


def _write(number: int, file: Path) -> None:
    """The pages' program writes it: the same workbook as theirs."""
    asked = [sys.executable, "-m", "api.report_file", str(number), str(file), terminal_language().value]
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        complain(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{file} was not written.")
        raise typer.Exit(done.returncode)


def _head(one: Report) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": str(one.kind),
        "team": one.team,
        "first": one.period.first.isoformat(),
        "last": one.period.last.isoformat(),
        "made_at": one.made_at.isoformat(),
    }


def _row(site: Site, one: Report) -> list[str]:
    return [
        str(one.id),
        one.kind.replace("_", " "),
        one.team,
        str(one.period.first),
        str(one.period.last),
        local(site, one.made_at),
    ]
