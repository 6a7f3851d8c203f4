"""What all grammars are made of: names, titles, levels, keys that may be left out."""

from datetime import timedelta

from facility.site.kinds import Choice, Text
from facility.site.records import Field, ListOf, Names, Raw

SLUG = "[a-z0-9]+(-[a-z0-9]+)*"
NAME = "[a-z][a-z0-9]*(_[a-z0-9]+)*"
PERSON = "[a-z0-9]+([._-][a-z0-9]+)*"
JSON_PATH = r"\$(\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]+\])*"
TOPIC = r"[^#+/\s]+(/[^#+/\s]+)*"
NO_TIME = timedelta(0)


def optional(kind: object, about: str, default: object) -> Field:
    """A key that may be left out."""
    return Field(kind, about, required=False, default=default)  # type: ignore[arg-type]


TITLE = Field(Names(), "name in both languages: {en: …, zh: …}")
A_SLUG = Text("a name of small letters, digits and hyphens", SLUG, "pump-room-1")
A_NAME = Text("a name of small letters, digits and underscores", NAME, "outlet_pressure")
SLUGS = ListOf(A_SLUG)
NAMES = ListOf(A_NAME)
LEVEL = Choice("a level", ("1", "2", "3"), int)
WHEN = Raw({"$ref": "#/$defs/when"})
VALUE = Raw({"type": ["string", "number", "boolean"]})
