"""`facility audit`: the chain of what was done, and whether it is as it was written."""

from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, complain, refusing, say, say_json, say_table, site_path
from facility.cli.site import open_work
from facility.domain.audit import AuditRow, Head, first_broken, head_of
from facility.domain.errors import Unfit
from facility.ports import AuditFilter
from facility.site import load

app = typer.Typer(
    no_args_is_help=True, help="What was done, by whom, when: append-only, each row with the hash of the one before."
)


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
        known = head_of(head)
        if head and known is None:
            raise Unfit("head", "form_damaged", "must be NUMBER:HASH, as an earlier run of this command printed it")
        site = load(site_path(None))
        with open_work(site).reading() as unit:
            broken = first_broken(site.id, unit.audit.rows(), known)
            last = unit.audit.head()
    number = last.number if last else 0
    if json:
        row, what = (broken.number, broken.what) if broken else (None, "")
        say_json({"rows": number, "head": _head(last), "broken": broken is not None, "row": row, "what": what})
    elif broken is not None:
        complain(f"The audit is not as it was written: {broken.what}.")
    else:
        say(f"{number} rows, all as they were written.", "green")
        say(f"Keep this elsewhere, for --head: {_head(last)}")
    if broken is not None:
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
            rows = unit.audit.find(AuditFilter(subject=subject, limit=last))[0][::-1]
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


def _head(last: AuditRow | None) -> str:
    return str(Head(last.number, last.hash)) if last else ""


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
