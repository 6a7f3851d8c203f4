"""Who fills the watchdog's positions and where they are reached, remembered in a file for the time when the database is away."""

import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

from facility.domain.person import Person
from facility.domain.text import Language
from facility.ports import Work

log = logging.getLogger(__name__)

FILE = "watchdog.json"


@dataclass(slots=True)
class Addresses:
    """People by position. `folder`: the data folder, readable by our user alone."""

    folder: Path
    _people: dict[str, list[Person]] = field(default_factory=dict)

    def recall(self) -> None:
        """Take in what was remembered; a file that cannot be read is said once and does no harm."""
        try:
            known = json.loads((self.folder / FILE).read_text(encoding="utf-8"))
            self._people = {position: [_person(entry) for entry in people] for position, people in known.items()}
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("%s is not usable (%s): it is made anew", self.folder / FILE, error)

    def learn(self, work: Work, positions: set[str]) -> None:
        """Ask the database who fills the positions, and remember it; StoreError, OSError."""
        with work.reading() as unit:
            found = {position: unit.people.holders(position) for position in sorted(positions)}
        if found != self._people:
            self._people = found
            self._remember()

    def of(self, position: str) -> list[Person]:
        """Who fills the position, as far as we know."""
        return self._people.get(position, [])

    def _remember(self) -> None:
        entries = {position: [_entry(person) for person in people] for position, people in self._people.items()}
        fresh = self.folder / f"{FILE}.new"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(entries, file, ensure_ascii=False)
        fresh.replace(self.folder / FILE)


def _entry(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "login": person.login,
        "name": person.name,
        "language": person.language.value,
        "contacts": dict(person.contacts),
    }


def _person(entry: dict[str, object]) -> Person:
    contacts = entry["contacts"]
    if not isinstance(contacts, dict):
        raise TypeError("contacts")
    return Person(
        int(str(entry["id"])), str(entry["login"]), str(entry["name"]), Language(str(entry["language"])), (), contacts
    )
