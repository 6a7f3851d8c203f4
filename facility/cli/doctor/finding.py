"""What the doctor finds: values, put into words by the locale where they are read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from facility.domain.text import Language
from facility.locale import catalogue, text


class Severity(StrEnum):
    """How bad it is. Only WRONG makes the exit code 1."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


class Group(StrEnum):
    """Families of checks, in the order in which they are shown."""

    SETTINGS = "settings"
    DATA = "data"
    WORK = "work"
    HISTORY = "history"
    CLOCK = "clock"
    BROKER = "broker"
    CHANNELS = "channels"
    PEOPLE = "people"
    LINKS = "links"
    PORTS = "ports"
    PROGRAMS = "programs"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check. Texts: `doctor.<group>.<id>`, of what is not fine with `.what`, `.why`, `.remedy`."""

    group: Group
    id: str
    severity: Severity
    facts: Mapping[str, object] = field(default_factory=dict)

    def say(self, part: str, language: Language) -> str:
        """One part of the text; empty when there is none (a fine finding has `what` alone)."""
        whole = f"doctor.{self.group}.{self.id}"
        id = whole if part == "what" and whole in catalogue(language) else f"{whole}.{part}"
        return text(id, language, **self.facts) if id in catalogue(language) else ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `about` names it for people; `within`: seconds after which it counts as hung."""

    group: Group
    about: str
    run: Callable[[], Iterable[Finding]]
    within: float = 10.0


def fine(group: Group, id: str, /, **facts: object) -> Finding:
    """All is well here."""
    return Finding(group, id, Severity.FINE, facts)


def note(group: Group, id: str, /, **facts: object) -> Finding:
    """Worth knowing, nothing is broken by it."""
    return Finding(group, id, Severity.NOTE, facts)


def wrong(group: Group, id: str, /, **facts: object) -> Finding:
    """Something does not work, or will not for long."""
    return Finding(group, id, Severity.WRONG, facts)
