"""`facility people`: who fills the positions, where they are reached, when they are on duty."""

from pathlib import Path
from typing import Annotated

import typer

from facility.cli import absences, duties, leaving, rosters
from facility.cli.office import office
from facility.cli.output import AsJson, say, say_json, say_table
from facility.clock import clock_from_environment
from facility.domain.asset import Site
from facility.domain.person import Person
from facility.domain.wall_time import stamp
from facility.flow.duty import duty_book
from facility.flow.enter_people import differs, enter_people, merged
from facility.ports import Work
from facility.site.people import read_people

app = typer.Typer(
    no_args_is_help=True,
    help="People: the positions they fill, where they are reached, when they are on duty.\n\n"
    "The site file names positions; people fill them: [cyan]import[/cyan]. Without a roster everybody who fills a position is on "
    "duty always; a roster ([cyan]roster import[/cyan]) says when. Who is away ([cyan]absent[/cyan]) is replaced by a deputy "
    "([cyan]deputy[/cyan]). [cyan]duty[/cyan] says who is on duty and why, [cyan]gaps[/cyan] where nobody will be.",
)
app.command("absent")(absences.absent)
app.command("back")(absences.back)
app.command("deputy")(absences.deputy)
app.command("duty")(duties.duty)
app.command("gaps")(duties.gaps)
app.command("leave")(leaving.leave_command)
app.add_typer(rosters.app, name="roster")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="YAML file of people; its grammar: facility schema people.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Add the people of a file, or bring those already known up to date (by login). Nobody is removed.

    Example: [cyan]facility people import people.yaml --yes[/cyan]
    """
    with office() as here:
        site = here.site
        people = read_people(file, site)
        work = here.work
        with work.reading() as unit:
            known = {person.login: person for person in unit.people.all(retired=True)}
        fresh = [person for person in people if person.login not in known]
        old = [person for person in people if person.login in known]
        changed = [person for person in old if differs(merged(person, known[person.login]), known[person.login])]
        if not fresh and not changed:
            say("Nothing to do: everybody is known like this.")
            return
        for verb, persons in (("add", fresh), ("change", changed)):
            for person in persons:
                say(f"  {verb} {person.login} ({person.name}): {', '.join(person.positions) or 'no position'}")
        if not yes and not typer.confirm("Write this?"):
            raise typer.Exit(1)
        import_people(work, site, file)
        say(f"Added {len(fresh)}, changed {len(changed)}.", "green")
        for position in empty_positions(work, site):
            say(f"Note: nobody fills the position {position}.", "yellow")


@app.command("list")
def list_(
    json: AsJson = False,
    team: Annotated[str, typer.Option(help="Only people of this team.")] = "",
    position: Annotated[str, typer.Option(help="Only those who fill this position.")] = "",
    left: Annotated[bool, typer.Option("--left", help="Also those who have left.")] = False,
) -> None:
    """List people, with positions, whether they are there, and contacts.

    Example: [cyan]facility people list --team engineering[/cyan] · [cyan]facility people list --json[/cyan]
    """
    with office(as_json=json) as here:
        site, now = here.site, here.now
        with here.work.reading() as unit:
            people = [person for person in unit.people.all(retired=left) if _wanted(site, person, team, position)]
            book = duty_book(site, unit, now)
        state = {person.id: _state(site, person, book.absence(person.id, now)) for person in people}
    if json:
        say_json([_as_data(person) | {"state": state[person.id]} for person in people])
        return
    rows = [
        [
            person.login,
            person.name,
            str(person.language),
            ", ".join(person.positions),
            state[person.id],
            ", ".join(person.contacts),
        ]
        for person in people
    ]
    say_table(["login", "name", "language", "positions", "state", "channels"], rows)


@app.command()
def show(login: Annotated[str, typer.Argument(help="Login of the person.")], json: AsJson = False) -> None:
    """Show a person: ways of contact in their order, positions, rosters, deputies, absences, quiet hours, record.

    Example: [cyan]facility people show li-wei[/cyan]
    """
    with office(as_json=json) as here:
        data = duties.person_data(here.site, here.work, login, here.now)
    if json:
        say_json(data)
        return
    for key, value in data.items():
        shown = value if isinstance(value, list) else [value]
        for number, line in enumerate(shown or ["—"]):
            say(f"{key if not number else '':12} {line}")


def import_people(work: Work, site: Site, file: Path) -> int:
    """Write the people of a file without asking; returns how many it names. SiteRefused, Conflict."""
    people = read_people(file, site)
    with work.writing() as unit:
        enter_people(unit, people, clock_from_environment().now())
    return len(people)


def empty_positions(work: Work, site: Site) -> list[str]:
    """Positions that nobody fills."""
    with work.reading() as unit:
        return [position for position in site.positions if not unit.people.holders(position)]


def _wanted(site: Site, person: Person, team: str, position: str) -> bool:
    teams = {site.positions[id].team for id in person.positions if id in site.positions}
    return (not team or team in teams) and (not position or position in person.positions)


def _state(site: Site, person: Person, absence: object) -> str:
    until = getattr(absence, "until", None)
    if person.retired_at is not None:
        return f"left {stamp(person.retired_at, site.zone)}"
    if absence is None:
        return "there"
    return f"away until {stamp(until, site.zone)}" if until else "away"


def _as_data(person: Person) -> dict[str, object]:
    return {
        "login": person.login,
        "name": person.name,
        "language": person.language.value,
        "positions": list(person.positions),
        "contacts": dict(person.contacts),
        "skills": {skill.value: last and last.isoformat() for skill, last in person.skills.items()},
    }
