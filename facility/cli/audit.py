"""`facility audit`: the chain of what was done, and whether it is as it was written."""

import re
from collections.abc import Iterable
from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, complain, refusing, say, say_json, say_table, site_path
from facility.cli.site import open_work
from facility.domain.audit import AuditRow, first_broken
from facility.domain.errors import Unfit
from facility.site import load

app = typer.Typer(
    no_args_is_help=True, help="What was done, by whom, when: append-only, each row with the hash of the one before."
)
HEAD = re.compile(r"(\d+):([0-9a-f]{64})")


@app.command("verify")
def verify(
    head: Annotated[
        str, typer.Option("--head", help="NUMBER:HASH that an earlier run printed: finds rows cut off at the end.")
    ] = "",
    json: AsJson = False,
) -> None:
    """Walk the whole chain; the first row that was changed, taken out or added is named (exit code 1).

    Example: [cyan]facility audit verify --head 118:5f0c…[/cyan]
    """
    with refusing(as_json=json):
        known = HEAD.fullmatch(head)
        if head and known is None:
            raise Unfit("head", "form_damaged", "must be NUMBER:HASH, as an earlier run of this command printed it")
        site = load(site_path(None))
        with open_work(site).reading() as unit:
            broken = first_broken(site.id, unit.audit.rows())
            last = unit.audit.head()
            cut = None if known is None else _cut_off(unit.audit.rows(), int(known[1]), known[2])
    what = broken.what if broken else cut
    number = last.number if last else 0
    if json:
        at = broken.number if broken else None
        say_json({"rows": number, "head": _head(last), "broken": what is not None, "row": at, "what": what or ""})
    elif what is not None:
        complain(f"The audit is not as it was written: {what}.")
    else:
        say(f"{number} rows, all as they were written.", "green")
        say(f"Keep this elsewhere, for --head: {_head(last)}")
    if what is not None:
        raise typer.Exit(1)


@app.command("list")
def list_(
    subject: Annotated[str, typer.Argument(help="Only about this: alert:17, asset:pump-3 …")] = "",
    last: Annotated[int, typer.Option("--last", min=1, help="How many of the newest.")] = 50,
    json: AsJson = False,
) -> None:
    """List the newest rows.

    Example: [cyan]facility audit list alert:17[/cyan]
    """
    with office(as_json=json) as here:
        site = here.site
        with here.work.reading() as unit:
            rows = list(unit.audit.rows(subject))[-last:]
            names = {f"person:{person.id}": person.login for person in unit.people.all()}
    if json:
        say_json([_as_data(row) for row in rows])
        return
    shown = [
        [
            str(row.number),
            f"{row.at.astimezone(site.zone):%Y-%m-%d %H:%M:%S}",
            names.get(row.actor, row.actor),
            row.action,
            row.subject,
            ", ".join(f"{name}={value}" for name, value in row.detail.items() if value != ""),
        ]
        for row in rows
    ]
    say_table(["row", "at", "who", "did", "to", "detail"], shown)


def _cut_off(rows: Iterable[AuditRow], number: int, digest: str) -> str | None:
    """The row that was the last one is not there any more as it was."""
    for row in rows:
        if row.number == number:
            return None if row.hash == digest else f"row {number} is not the one that was the last then"
    return f"row {number}, the last one then, is missing: rows were cut off at the end"


def _head(last: AuditRow | None) -> str:
    return f"{last.number}:{last.hash}" if last else ""


def _as_data(row: AuditRow) -> dict[str, object]:
    return {
        "number": row.number,
        "at": row.at.isoformat(),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "detail": dict(row.detail),
        "hash": row.hash,
    }
