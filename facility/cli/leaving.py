"""`facility people leave`: somebody goes; every duty is handed over first."""

from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import say, say_table
from facility.domain.errors import Refusal
from facility.flow.leave import held_duties, leave, skills_asked
from facility.ports import WorkUnit


def leave_command(
    login: Annotated[str, typer.Argument(help="Login of who leaves.")],
    to: Annotated[str, typer.Option("--to", help="Login of who takes every duty that --give does not name.")] = "",
    give: Annotated[
        list[str] | None, typer.Option("--give", help="One duty to one person: roster:guards=ma-chao. Repeat it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Let a person leave: lists their duties, and refuses until each is handed to somebody. All at once, on record.

    Warns of takers who lack a skill that the work asks for; plans tell which.

    Nobody is deleted: the person is retired, and stays in the record of what they did.

    Examples: [cyan]facility people leave li-wei[/cyan] (only lists) ·
    [cyan]facility people leave li-wei --to alan-wong --give order:12=zhou-bin[/cyan]
    """
    with office() as here:
        site, work, now = here.site, here.work, here.now
        with work.reading() as unit:
            person = unit.people.named(login)
            held = held_duties(site, unit, person.id, now)
            takers = _takers(unit, [duty.key for duty in held], to, give or [])
            people = {each.id: each for each in unit.people.all()}
            given = {duty.key: people[takers[duty.key]] for duty in held if takers.get(duty.key) in people}
            asked = {duty.key: skills_asked(site, unit, duty, now) for duty in held}
        rows = [
            [duty.key, ", ".join(duty.areas), given[duty.key].login if duty.key in given else "nobody yet"]
            for duty in held
        ]
        say_table(["duty", "areas", "goes to"], rows) if held else say(f"{login} holds no duty.")
        for key, taker in given.items():
            if lacked := taker.lacking(asked[key], now.astimezone(site.zone).date()):
                say(f"{key}: its work asks for a skill that {taker.login} has not: {', '.join(lacked)}", "yellow")
        if any(duty.key not in takers for duty in held):
            raise Refusal(
                "Nothing was changed. Name a taker for each duty: --to LOGIN for all, --give DUTY=LOGIN for one."
            )
        if not yes and not typer.confirm(f"{login} leaves, and this is handed over. It cannot be undone. Go on?"):
            raise typer.Exit(1)
        with work.writing() as unit:
            leave(site, unit, person.id, takers, now)
        say(f"{login} has left; {len(held)} duties were handed over.", "green")


def _takers(unit: WorkUnit, keys: list[str], to: str, give: list[str]) -> dict[str, int]:
    """Numbers of takers by duty; Refusal for a duty that is not held, NotFound for an unknown login."""
    takers = dict.fromkeys(keys, unit.people.named(to).id) if to else {}
    for each in give:
        key, _, login = each.rpartition("=")
        if key not in keys:
            raise Refusal(f"{key or each} is not a duty of theirs. Duties: {', '.join(keys) or 'none'}")
        takers[key] = unit.people.named(login).id
    return takers
