"""Reads files of duty rosters and deputies: YAML, or a table (CSV, XLSX) of rosters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from facility.domain.asset import Site
from facility.domain.duty import circle
from facility.domain.person import Person
from facility.domain.roster import Roster, Shift, pattern
from facility.site.kinds import did_you_mean
from facility.site.records import Entry
from facility.site.roster_grammar import FREE, ROSTERS
from facility.site.roster_table import read_table
from facility.site.text_files import read_text, refuse, shown
from facility.site.tree import Faults, Node, parse


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a file says; people by their numbers."""

    rosters: tuple[Roster, ...]
    of_person: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    of_position: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def read_rosters(path: Path, site: Site, people: Mapping[str, Person]) -> RosterFile:
    """The rosters and deputies of a file; `people` by login. SiteRefused carries every fault, Refusal for a broken table."""
    faults = Faults()
    reader = _Reader(site, people, faults)
    if path.suffix.lower() in (".yaml", ".yml"):
        text = read_text(path, faults)
        refuse(faults)
        found = reader.file(ROSTERS.read(parse(text, shown(path), faults), faults))
    else:
        found = RosterFile(tuple(reader.checked(node, roster) for node, roster in read_table(path, people, faults)))
    refuse(faults)
    return found


class _Reader:
    def __init__(self, site: Site, people: Mapping[str, Person], faults: Faults) -> None:
        self._site, self._people, self._faults = site, people, faults
        self._rosters: dict[str, str] = {}  # by position

    def file(self, entry: Entry) -> RosterFile:
        rosters = tuple(self._roster(name, one) for name, one in entry["rosters"].items())
        named = entry["deputies"]
        if named is None:
            return RosterFile(rosters)
        of_person = {
            self._person(named.at("people"), login): self._logins(row) for login, row in named["people"].items()
        }
        of_position = {
            self._position(named.at("positions"), position): self._logins(row)
            for position, row in named["positions"].items()
        }
        self._no_circle(named.at("people"), of_person)
        return RosterFile(rosters, of_person, of_position)

    def checked(self, node: Node, roster: Roster, position: Node | None = None) -> Roster:
        """The roster; faults for what a person must mend before it can be used."""
        self._position(position or node, roster.position)
        other = self._rosters.setdefault(roster.position, roster.id)
        if other != roster.id:
            self._faults.add(node, f"position {roster.position} has the roster {other} already.", "Keep one of them.")
        for overlap in pattern(roster).overlaps():
            self._faults.add(
                node,
                f"shifts {overlap.shift} (day {overlap.day}) and {overlap.other} (day {overlap.other_day}) overlap.",
                "Let one end where the other begins.",
            )
        by_number = {person.id: person for person in self._people.values()}
        for person in (by_number[number] for number in roster.turns if number in by_number):
            if roster.position in self._site.positions and roster.position not in person.positions:
                self._faults.add(
                    node,
                    f"{person.login} does not fill the position {roster.position}.",
                    "Add it in the people file first.",
                )
        return roster

    def _roster(self, name: str, entry: Entry) -> Roster:
        shifts = {
            word: Shift(word, _clock(shift["from"]), _clock(shift["to"])) for word, shift in entry["shifts"].items()
        }
        turns: dict[int, tuple[str, ...]] = {}
        place = entry.at("turns")
        for login, row in entry["turns"].items():
            turns[self._person(place, login)] = tuple(self._word(node, word, shifts) for node, word in row)
        lengths = {len(turn) for turn in turns.values()}
        if len(lengths) > 1:
            said = ", ".join(str(length) for length in sorted(lengths))
            self._faults.add(place, f"the turns have different lengths: {said} days.", "Give each person every day.")
            turns = {}
        turns.pop(0, None)
        roster = Roster(name, entry["position"], entry["first_day"], shifts, turns)
        return self.checked(entry.node, roster, entry.at("position"))

    def _word(self, node: Node, word: str, shifts: Mapping[str, Shift]) -> str:
        if word in FREE or not word:
            return ""
        if word not in shifts:
            self._faults.add(node, f'"{word}" is no shift of this roster.', did_you_mean(word, [*shifts, FREE[0]]))
        return word

    def _logins(self, row: list[tuple[Node, str]]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self._person(node, login) for node, login in row if login))

    def _person(self, node: Node, login: str) -> int:
        if login in self._people:
            return self._people[login].id
        self._faults.add(node, f"person {login} does not exist.", did_you_mean(login, self._people))
        return 0

    def _position(self, node: Node, position: str) -> str:
        if position and position not in self._site.positions:
            mend = did_you_mean(position, self._site.positions)
            self._faults.add(node, f"position {position} does not exist.", mend)
        return position

    def _no_circle(self, node: Node, of_person: Mapping[int, tuple[int, ...]]) -> None:
        login = {person.id: person.login for person in self._people.values()}
        found = [login.get(number, "?") for number in circle(of_person)]
        if found:
            around = " → ".join(found)
            self._faults.add(node, f"deputies stand in for each other in a circle: {around}.", "Take one of them out.")


def _clock(text: str) -> time:
    return time.fromisoformat(text.zfill(5)) if text and text != "24:00" else time()
