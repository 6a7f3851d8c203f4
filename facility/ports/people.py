"""The port of people."""

from typing import Protocol

from facility.domain.person import Person


class People(Protocol):
    """People and the positions they fill."""

    @property
    def writes(self) -> int:
        """How often this transaction has written here: what was read before may be old by now."""
        ...

    def all(self, *, retired: bool = False) -> list[Person]:
        """Everybody, by login; those who left only when `retired`."""
        ...

    def get(self, person: int) -> Person:
        """One person; NotFound."""
        ...

    def named(self, login: str) -> Person:
        """One person by login, also one who left; NotFound."""
        ...

    def holders(self, position: str) -> list[Person]:
        """Who fills the position, in a stable order. Who is on duty of them is for `facility.flow.duty` to say."""
        ...

    def put(self, person: Person) -> Person:
        """Insert or replace by login; returns the person with its id."""
        ...
