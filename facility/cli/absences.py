"""`facility people absent`, `back` and `deputy`: who is away, and who stands in."""

from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import say
from facility.domain.errors import Refusal
from facility.domain.wall_time import stamp, written_time
from facility.flow.enter_absence import end_absence, enter_absence
from facility.flow.look_ahead import look_ahead
from facility.flow.name_deputies import deputies_of_person, deputies_of_position

Login = Annotated[str, typer.Argument(help="Login of the person.")]


def absent(
    login: Login,
    since: Annotated[
        str,
        typer.Option(
            "--from", help="First day or time, by the site's clock: 2026-12-01 or '2026-12-01 08:00'; default: now."
        ),
    ] = "",
    until: Annotated[str, typer.Option(help="Last day (all of it), or time; without it: until `back`.")] = "",
    reason: Annotated[str, typer.Option(help="Why; shown to those who read the record.")] = "",
) -> None:
    """Say that a person is away. Their duties go to their deputy, else to others of the position, by themselves.

    Examples: [cyan]facility people absent li-wei --until 2026-12-07 --reason leave[/cyan] ·
    [cyan]facility people absent li-wei --from '2026-12-01 08:00' --until '2026-12-01 12:00'[/cyan]
    """
    with office() as here:
        site, now = here.site, here.now
        begin = written_time(since, site.zone) if since else now
        end = written_time(until, site.zone, last_day=True) if until else None
        with here.work.writing() as unit:
            before = {(gap.vacancy.position, gap.vacancy.until) for gap in look_ahead(site, unit, now)}
            person = unit.people.named(login)
            enter_absence(unit, person.id, begin, end, reason, now)
            gaps = [h for h in look_ahead(site, unit, now) if (h.vacancy.position, h.vacancy.until) not in before]
        say(
            f"{login} is away from {stamp(begin, site.zone)} {f'until {stamp(end, site.zone)}' if end else 'until back'}.",
            "green",
        )
        for gap in gaps:
            say(
                f"Note: nobody is on duty as {gap.vacancy.position} from {stamp(gap.vacancy.begin, site.zone)}: name a deputy.",
                "yellow",
            )


def back(login: Login) -> None:
    """Say that a person is back: the absence that lasts now ends now.

    Example: [cyan]facility people back li-wei[/cyan]
    """
    with office() as here:
        with here.work.writing() as unit:
            end_absence(unit, unit.people.named(login).id, here.now)
        say(f"{login} is back.", "green")


def deputy(
    of: Annotated[str, typer.Argument(help="Login of a person, or a position of the site file.")],
    deputies: Annotated[
        list[str] | None, typer.Argument(help="Logins, the first one first; none: take all away.")
    ] = None,
) -> None:
    """Name who stands in, in this order: for a person while they are away, for a position when it would be empty.

    Examples: [cyan]facility people deputy li-wei alan-wong[/cyan] · [cyan]facility people deputy manager wang-qiang zhou-bin[/cyan]
    """
    with office() as here:
        site, now = here.site, here.now
        with here.work.writing() as unit:
            logins = {person.login: person.id for person in unit.people.all()}
            chosen = [unit.people.named(login).id for login in deputies or ()]
            if of in logins and of in site.positions:
                raise Refusal(f"{of} is both a login and a position: rename one of them")
            if of in logins:
                deputies_of_person(unit, logins[of], chosen, now)
            else:
                deputies_of_position(site, unit, of, chosen, now)
        say(f"For {of} stands in: {', '.join(deputies or ['nobody'])}.", "green")
