"""`facility requests`: which requests and complaints there are, and one of them with its clocks, without a browser."""

from collections.abc import Iterable
from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.order_words import names_of
from facility.cli.output import AsJson, say, say_json, say_table
from facility.cli.request_words import HEAD, request_data, request_lines, request_row, seen
from facility.domain.errors import Unfit
from facility.domain.request import FINAL, RequestKind, RequestState
from facility.ports import RequestFilter

MOST = 20_000
UNFINISHED = [each for each in RequestState if each not in FINAL]
app = typer.Typer(
    no_args_is_help=True,
    help="Requests and complaints: list and show, with their clocks. Names and phones of residents are never printed.",
)


@app.command("list")
def list_(
    state: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(RequestState)}; default: all that have not ended.")
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help=f"{', '.join(RequestKind)}.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those of which a clock has run out.")] = False,
    text: Annotated[str, typer.Option(help="Words of it or of its place, or a number.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 200,
    json: AsJson = False,
) -> None:
    """List requests and complaints that have not ended, oldest first, with the clock that is due next.

    Clocks: same_day, assigned (a person by the next day), feedback (in 2 days), completed (in 5 days).

    Examples: [cyan]facility requests list --overdue[/cyan] · [cyan]facility requests list --kind complaint --state finished[/cyan]
    """
    with office(as_json=json) as here:
        wanted = RequestFilter(
            kinds=[RequestKind(each) for each in _known("kind", kind, RequestKind)],
            states=[RequestState(each) for each in _known("state", state, RequestState)] or UNFINISHED,
            text=text,
            oldest_first=True,
            limit=MOST,
        )
        with here.work.reading() as unit:
            names = names_of(unit)
            found = [seen(here.site, unit, one, here.now) for one in unit.requests.find(wanted)[0]]
        found = [one for one in found if one.overdue or not overdue]
    shown = found[:limit]
    if json:
        say_json([request_data(here.site, one, names) for one in shown])
        return
    if not shown:
        say("No requests.")
        return
    say_table(HEAD, [request_row(here.site, one, names) for one in shown])
    if len(found) > limit:
        say(f"{len(found) - limit} more; --limit {len(found)} shows all.")


@app.command("show")
def show(number: Annotated[int, typer.Argument(help="The request's number.")], json: AsJson = False) -> None:
    """Show one: its clocks, its order, everything that happened, and each call back.

    Example: [cyan]facility requests show 12[/cyan]
    """
    with office(as_json=json) as here, here.work.reading() as unit:
        one = seen(here.site, unit, unit.requests.get(number), here.now)
        if json:
            events = unit.requests.events([number]).get(number, [])
            history = [{"at": each.at.isoformat(), "what": each.what, "person": each.person} for each in events]
            say_json(request_data(here.site, one, names_of(unit)) | {"events": history})
            return
        for line in request_lines(here.site, unit, one):
            say(line)


def _known(field: str, given: list[str] | None, known: Iterable[str]) -> list[str]:
    names = [str(each) for each in known]
    for text in given or []:
        if text not in names:
            raise Unfit(field, "form_damaged", f"{text!r} is none of {', '.join(names)}")
    return given or []
