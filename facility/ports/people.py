"""The port of people."""

from typing import Protocol

from facility.domain.person import Person


class People(Protocol):
    """People and the positions they fill."""

    def all(self) -> list[Person]:
        """Everybody, by login."""
        ...

    def get(self, person: int) -> Person:
        """One person; NotFound."""
        ...

    def holders(self, position: str) -> list[Person]:
        """Who fills the position now, in a stable order; the first is the one who is assigned work."""
        ...

    def put(self, person: Person) -> Person:
        """Insert or replace by login; returns the person with its id."""
        ...
