"""`facility orders`: which orders there are, one of them, and what people do with them, without a browser."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

import typer

from facility.cli.alert_words import moment_of
from facility.cli.office import Office, office
from facility.cli.order_words import HEAD, names_of, order_data, order_lines, order_row
from facility.cli.output import AsJson, complain, say, say_json, say_table
from facility.domain.asset import Site
from facility.domain.checklist import CHECK_OF, Finding, Given
from facility.domain.errors import Unfit
from facility.domain.order import GROUPS, Order, OrderState, OrderStep
from facility.flow.assign import assign
from facility.flow.assign_many import Assigned, assign_many
from facility.flow.carry_out import carry_out
from facility.flow.checklist_of import checklist_of
from facility.flow.find_orders import SORTS, Asked, find_orders
from facility.flow.person_here import person_here
from facility.locale.order_names import order_text
from facility.ports import WorkUnit

app = typer.Typer(
    no_args_is_help=True,
    help="Orders: list, show, assign, and take steps. Each act names who does it (--by LOGIN) and stands in the order's history.",
)
WithoutSkill = Annotated[
    bool,
    typer.Option(
        "--without-skill", help="Assign it also to somebody who has not learnt what it asks for; the history says so."
    ),
]
Number = Annotated[int, typer.Argument(help="The order's number.")]
By = Annotated[str, typer.Option("--by", help="Login of the person who acts.")]


@app.command("list")
def list_(
    state: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join([*GROUPS, *OrderState])}; default: open.")
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="repair, maintenance, inspection, tuning.")] = None,
    team: Annotated[str, typer.Option(help="Of this team.")] = "",
    position: Annotated[str, typer.Option(help="Of this position.")] = "",
    person: Annotated[str, typer.Option(help="Of this person (login).")] = "",
    asset: Annotated[str, typer.Option(help="At this asset.")] = "",
    area: Annotated[str, typer.Option(help="In this area, with those inside it.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    due_until: Annotated[str, typer.Option(help="Due by the end of this day, like 2026-11-23.")] = "",
    text: Annotated[str, typer.Option(help="Words of title, place or asset, or a number.")] = "",
    sort: Annotated[str, typer.Option(help=f"{', '.join(SORTS)}; with - before it the other way round.")] = "due_at",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 200,
    json: AsJson = False,
) -> None:
    """List orders: what is not finished, due first.

    Examples: [cyan]facility orders list --overdue[/cyan] · [cyan]facility orders list --state checks --team engineering[/cyan]
    """
    with office(as_json=json) as here:
        asked = Asked(
            tuple(state or ()), tuple(kind or ()), (), team, position, person, asset, area, overdue, None,
            _day(due_until), order_text(here.site, text), sort, limit,
        )  # fmt: skip
        with here.work.reading() as unit:
            found = find_orders(here.site, unit, asked, here.now)
            names = names_of(unit)
    if json:
        say_json([order_data(here.site, order, names) for order in found.orders])
        return
    if not found.orders:
        say("No orders.")
        return
    say_table(HEAD, [order_row(here.site, order, names, here.now) for order in found.orders])
    if found.total > len(found.orders):
        say(f"{found.total - len(found.orders)} more; --limit {found.total} shows all.")


@app.command("show")
def show(number: Number, json: AsJson = False) -> None:
    """Show one order: its checklist, everything that happened, each message, and who may do what with it now.

    Example: [cyan]facility orders show 17[/cyan]
    """
    with office(as_json=json) as here, here.work.reading() as unit:
        order = unit.orders.get(number)
        if json:
            events = unit.orders.events(number)
            history = [{"at": each.at.isoformat(), "step": each.step, "person": each.person} for each in events]
            say_json(order_data(here.site, order, names_of(unit)) | {"events": history})
            return
        for line in order_lines(here.site, unit, order, here.now):
            say(line)


@app.command("assign")
def assign_(
    numbers: Annotated[list[int], typer.Argument(help="The orders' numbers.")],
    to: Annotated[str, typer.Option("--to", help="Login of who gets them.")],
    by: By,
    without_skill: WithoutSkill = False,
    json: AsJson = False,
) -> None:
    """Assign orders to a person, who is told of each. Each stands by itself: the exit code is 1 when one was refused.

    Example: [cyan]facility orders assign 17 18 21 --to li-wei --by zhou-bin[/cyan]
    """
    with office(as_json=json) as here:
        with here.work.reading() as unit:
            whom, who = person_here(unit, to), person_here(unit, by)
            pairs = [(number, unit.orders.get(number).version) for number in numbers]
        done = assign_many(
            here.site, here.work, pairs, to=whom.id, by=who.id, key=secrets.token_hex(16), at=here.now,
            without_skill=without_skill,
        )  # fmt: skip
    if json:
        say_json([{"order": each.order, "version": each.version, "refused": each.refused} for each in done])
    else:
        _say_assigned(done, whom.name)
    if any(each.refused for each in done):
        raise typer.Exit(1)


@app.command("step")
def step_(
    number: Number,
    step: Annotated[OrderStep, typer.Argument(help="What is done.")],
    by: By,
    note: Annotated[str, typer.Option("--note", help="What was done; the reason of a step that needs one.")] = "",
    to: Annotated[str, typer.Option("--to", help="Of assign: login of who gets it.")] = "",
    without_skill: WithoutSkill = False,
    until: Annotated[str, typer.Option("--until", help="Of hold: like 2026-11-23T14:05, in the site's zone.")] = "",
    in_order: Annotated[bool, typer.Option("--in-order", help="All lines of the checklist are in order.")] = False,
    measured: Annotated[
        list[str] | None, typer.Option("--measured", metavar="LINE=VALUE", help="What was measured at a line.")
    ] = None,
) -> None:
    """Take a step on an order: accept, start, hold, resume, finish, pass_check, send_back, pass_spot_check, fail_spot_check, cancel.

    Example: [cyan]facility orders step 17 finish --note "seal changed" --in-order --by li-wei[/cyan]
    """
    with office() as here:
        with here.work.writing() as unit:
            person, order = person_here(unit, by).id, unit.orders.get(number)
            key, at = secrets.token_hex(16), here.now
            if step is OrderStep.ASSIGN:
                whom = person_here(unit, to).id
                after = assign(
                    here.site, unit, order=number, version=order.version, to=whom, by=person, key=key, at=at,
                    without_skill=without_skill,
                )  # fmt: skip
            else:
                given = _given(here.site, unit, order, in_order, measured or []) if step in CHECK_OF else {}
                after = carry_out(
                    here.site, unit, order=number, version=order.version, step=step, person=person, key=key, at=at,
                    note=note, given=given, until=_until(here, until),
                )  # fmt: skip
        say(f"Order {number} is {after.state.replace('_', ' ')}.", "green")


def _given(site: Site, unit: WorkUnit, order: Order, in_order: bool, measured: Sequence[str]) -> dict[str, Given]:
    """What was found at each line that was answered; Unfit."""
    lines = checklist_of(site, unit, order)
    found = {line.key: Given(Finding.IN_ORDER) for line in lines} if in_order else {}
    for pair in measured:
        key, _, value = pair.rpartition("=")
        if key not in {line.key for line in lines}:
            raise Unfit("measured", "form_damaged", f"{pair!r}: facility orders show {order.id} lists the lines")
        try:
            found[key] = replace(found.get(key, Given(Finding.IN_ORDER)), measured=float(value))
        except ValueError:
            raise Unfit("measured", "form_damaged", f"{value!r} is no number") from None
    return found


def _until(here: Office, text: str) -> datetime | None:
    return moment_of(text, here.site.zone, here.now) if text else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write 2026-11-23") from None


def _say_assigned(done: Sequence[Assigned], name: str) -> None:
    for each in done:
        if each.refused:
            complain(f"Order {each.order}: {each.refused}")
        else:
            say(f"Order {each.order} is assigned to {name}.", "green")
