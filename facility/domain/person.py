"""People, and the positions that they fill (岗位定人)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from facility.domain.text import Language


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is told and who works. `contacts`: channel id → the person's address there (user id, URL part, …)."""

    id: int
    login: str
    name: str
    language: Language
    positions: tuple[str, ...]
    contacts: Mapping[str, str] = field(default_factory=dict)
