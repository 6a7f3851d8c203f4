"""`facility people`: who fills the positions, and where they are reached."""

from pathlib import Path
from typing import Annotated

import typer

from facility.cli.output import AsJson, refusing, say, say_json, say_table, site_path
from facility.cli.site import open_work
from facility.domain.asset import Site
from facility.domain.person import Person
from facility.ports import Work
from facility.site import load
from facility.site.people import read_people

app = typer.Typer(no_args_is_help=True, help="People and the positions that they fill.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="YAML file of people; its grammar: facility schema people.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Add the people of a file, or bring those already known up to date (by login). Nobody is removed.

    Example: [cyan]facility people import people.yaml --yes[/cyan]
    """
    with refusing():
        site = load(site_path(None))
        people = read_people(file, site)
        work = open_work(site)
        with work.reading() as unit:
            known = {person.login: person for person in unit.people.all()}
        fresh, changed = _differences(people, known)
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
def list_(json: AsJson = False) -> None:
    """List everybody, with positions and contacts.

    Example: [cyan]facility people list --json[/cyan]
    """
    with refusing(as_json=json):
        site = load(site_path(None))
        with open_work(site).reading() as unit:
            people = unit.people.all()
    if json:
        say_json([_as_data(person) for person in people])
        return
    rows = [
        [person.login, person.name, person.language, ", ".join(person.positions), ", ".join(person.contacts)]
        for person in people
    ]
    say_table(["login", "name", "language", "positions", "channels"], rows)


def import_people(work: Work, site: Site, file: Path) -> int:
    """Write the people of a file without asking; returns how many. SiteRefused."""
    people = read_people(file, site)
    with work.writing() as unit:
        for person in people:
            unit.people.put(person)
    return len(people)


def empty_positions(work: Work, site: Site) -> list[str]:
    """Positions that nobody fills."""
    with work.reading() as unit:
        return [position for position in site.positions if not unit.people.holders(position)]


def _differences(people: list[Person], known: dict[str, Person]) -> tuple[list[Person], list[Person]]:
    fresh = [person for person in people if person.login not in known]
    changed = [
        person for person in people if person.login in known and _as_data(person) != _as_data(known[person.login])
    ]
    return fresh, changed


def _as_data(person: Person) -> dict[str, object]:
    return {
        "login": person.login,
        "name": person.name,
        "language": person.language.value,
        "positions": list(person.positions),
        "contacts": dict(person.contacts),
    }
