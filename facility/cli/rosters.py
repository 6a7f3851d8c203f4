"""`facility people roster`: duty rosters, shown and imported."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, say, say_json, say_table
from facility.clock import clock_from_environment
from facility.domain.asset import Site
from facility.domain.person import Person
from facility.domain.roster import Roster, Slot, Uncovered, by_place, slots
from facility.domain.wall_time import stamp, written_day
from facility.flow.duty import BACK
from facility.flow.enter_rosters import differences, enter_deputies, enter_rosters, remove_roster, uncovered
from facility.flow.swap_shift import back_to_pattern, roster_named, swap_shift
from facility.ports import Work
from facility.site.roster_table import COLUMNS
from facility.site.rosters import RosterFile, read_rosters

WEEK = timedelta(days=6)  # from the first day to the last one of seven
LIST_COLUMNS: tuple[str, ...] = ("roster", "position", "first day", "cycle", "people")
WEEK_COLUMNS: tuple[str, ...] = ("day", "shift", "from", "until", "people", "swap")

app = typer.Typer(
    no_args_is_help=True,
    help="Duty rosters: who is on duty for a position, by shifts that repeat.\n\n"
    "A roster has shifts with times by the site's clock, and for each person one word a day of its cycle. Times stay right over "
    "midnight and when the clocks are moved. Its file: [cyan]facility schema rosters[/cyan].",
)


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(help=f"YAML (also with deputies), or CSV/XLSX with the columns {', '.join(COLUMNS)}."),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Enter the rosters (and deputies) of a file, each in place of the one with its name; shows first what would change.

    Examples: [cyan]facility people roster import rosters.yaml[/cyan] · [cyan]facility people roster import guards.csv --yes[/cyan]
    """
    with office() as here:
        site, work = here.site, here.work
        found, lines, notes = _preview(work, site, file)
        for note in notes:
            say(note, "yellow")
        if not lines:
            say("Nothing to do: the rosters and deputies stand like this.")
            return
        for line in lines:
            say(line)
        if not yes and not typer.confirm("Write this?"):
            raise typer.Exit(1)
        number = write_rosters(work, site, found)
        say(f"Changed {number[0]} rosters and {number[1]} deputies.", "green")


@app.command()
def show(
    roster: Annotated[str, typer.Argument(help="Name of a roster; default: list all.")] = "",
    day: Annotated[str, typer.Option("--from", help="First day of the week that is shown; default: today.")] = "",
    json: AsJson = False,
) -> None:
    """List the rosters, or show who stands in which shift over seven days, with swaps.

    Examples: [cyan]facility people roster show[/cyan] · [cyan]facility people roster show guards --from 2026-12-21[/cyan]
    """
    with office(as_json=json) as here:
        site = here.site
        first = written_day(day) if day else here.now.astimezone(site.zone).date()
        with here.work.reading() as unit:
            rosters = [roster_named(unit, roster)] if roster else unit.duties.rosters()
            swaps = by_place(unit.duties.swaps(first - BACK))
            names = {person.id: person.login for person in unit.people.all(retired=True)}
    if roster:
        laid = slots(rosters[0], swaps, first, first + WEEK, site.zone)
        columns, rows = WEEK_COLUMNS, [_slot_row(site, slot, names) for slot in laid]
    else:
        columns, rows = LIST_COLUMNS, [_roster_row(known, names) for known in rosters]
    if json:
        say_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        say_table(list(columns), rows)


@app.command()
def swap(
    roster: Annotated[str, typer.Argument(help="Name of the roster.")],
    day: Annotated[str, typer.Argument(help="Day on which the shift begins: 2026-12-24.")],
    shift: Annotated[str, typer.Argument(help="Name of the shift.")],
    people: Annotated[list[str] | None, typer.Argument(help="Logins of who stands in it instead.")] = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Back to the pattern.")] = False,
) -> None:
    """Put other people into one shift of one day; the pattern stays.

    Examples: [cyan]facility people roster swap guards 2026-12-24 night ma-chao[/cyan] ·
    [cyan]facility people roster swap guards 2026-12-24 night --undo[/cyan]
    """
    with office() as here:
        site, now = here.site, here.now
        with here.work.writing() as unit:
            if undo:
                back_to_pattern(unit, roster, written_day(day), shift, now)
            else:
                chosen = [unit.people.named(login).id for login in people or ()]
                swap_shift(site, unit, roster, written_day(day), shift, chosen, reason, now)
        say(f"{roster}, {day}, {shift}: {'as in the pattern' if undo else ', '.join(people or ['nobody'])}.", "green")


@app.command()
def remove(
    roster: Annotated[str, typer.Argument(help="Name of the roster.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a roster with its swaps: whoever fills its position is on duty always again.

    Example: [cyan]facility people roster remove guards[/cyan]
    """
    with office() as here:
        with here.work.reading() as unit:
            known = roster_named(unit, roster)
        if not yes and not typer.confirm(f"Remove the roster {roster} of {known.position}? It cannot be undone."):
            raise typer.Exit(1)
        with here.work.writing() as unit:
            remove_roster(unit, roster, here.now)
        say(f"Roster {roster} is removed.", "green")


def write_rosters(work: Work, site: Site, found: RosterFile) -> tuple[int, int]:
    """Write what a file says; how many rosters and deputies changed. Conflict."""
    now = clock_from_environment().now()
    with work.writing() as unit:
        changed = enter_rosters(unit, found.rosters, now)
        return changed, enter_deputies(site, unit, found.of_person, found.of_position, now)


def import_rosters(work: Work, site: Site, file: Path) -> None:
    """Write the rosters and deputies of a file without asking; SiteRefused."""
    with work.reading() as unit:
        people = {person.login: person for person in unit.people.all()}
    write_rosters(work, site, read_rosters(file, site, people))


def _preview(work: Work, site: Site, file: Path) -> tuple[RosterFile, list[str], list[str]]:
    """What the file says, what it would change, and what is worth knowing."""
    with work.reading() as unit:
        people = {person.login: person for person in unit.people.all()}
        known = {roster.id: roster for roster in unit.duties.rosters()}
        deputies = unit.duties.deputies()
    found = read_rosters(file, site, people)
    numbers = {person.id: person for person in people.values()}
    lines = [line for roster in found.rosters for line in differences(roster, known.get(roster.id), numbers)]
    for number, chosen in found.of_person.items():
        if deputies.of_person.get(number, ()) != chosen:
            lines.append(f"deputies of {numbers[number].login}: {_logins(chosen, numbers)}")
    for position, chosen in found.of_position.items():
        if deputies.of_position.get(position, ()) != chosen:
            lines.append(f"deputies for {position}: {_logins(chosen, numbers)}")
    notes = [_gap_note(roster, gap) for roster in found.rosters for gap in uncovered(roster)[:3]]
    return found, lines, notes


def _roster_row(roster: Roster, names: Mapping[int, str]) -> list[str]:
    people = ", ".join(names.get(number, "?") for number in roster.turns)
    return [roster.id, roster.position, str(roster.first_day), str(roster.cycle), people]


def _slot_row(site: Site, slot: Slot, names: Mapping[int, str]) -> list[str]:
    people = ", ".join(names.get(number, "?") for number in slot.people)
    times = [stamp(slot.begin, site.zone), stamp(slot.end, site.zone)]
    return [str(slot.day), slot.shift.name, *times, people, "swapped" if slot.swapped else ""]


def _gap_note(roster: Roster, gap: Uncovered) -> str:
    when = f"from day {gap.day} {gap.since:%H:%M} until day {gap.until_day} {gap.until:%H:%M}"
    return f"Note: roster {roster.id} has nobody {when} of its cycle."


def _logins(numbers: tuple[int, ...], people: dict[int, Person]) -> str:
    return ", ".join(people[number].login for number in numbers) or "nobody"
