"""Kinds made of other kinds: lists, mappings by name, records with known keys. They read and describe as in `kinds`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from facility.domain.text import Title
from facility.site import tree
from facility.site.kinds import Kind, Schema, Text, did_you_mean
from facility.site.tree import Faults, Node, Scalar


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind."""

    of: Kind
    least: int = 0

    def read(self, node: Node, faults: Faults) -> list[tuple[Node, Any]]:
        """Nodes and values."""
        if not isinstance(node, tree.Sequence):
            faults.add(node, "must be a list.", "Write it as [first, second] or one `- item` a line.")
            return []
        if len(node.items) < self.least:
            faults.add(
                node, "the list is empty." if not node.items else f"needs {self.least} items.", "Add what is missing."
            )
        return [(item, self.of.read(item, faults)) for item in node.items]

    def schema(self) -> Schema:
        """An array."""
        return {"type": "array", "items": self.of.schema(), "minItems": self.least}


@dataclass(frozen=True, slots=True)
class MapOf:
    """Names and values of one kind."""

    wanted: str
    key: Text
    of: Kind
    least: int = 0

    def read(self, node: Node, faults: Faults) -> dict[str, Any]:
        """Values by name."""
        if not isinstance(node, tree.Mapping):
            faults.add(node, "must be a mapping of names to values.", "Write one `name: …` a line.")
            return {}
        if len(node.items) < self.least:
            faults.add(node, "is empty.", f"Add {self.wanted}.")
        for key, item in node.items.items():
            if not re.fullmatch(self.key.pattern, key):
                faults.add(item, f'"{key}" is not {self.key.wanted}.', f"Write it like {self.key.example}.")
        return {key: self.of.read(item, faults) for key, item in node.items.items()}

    def schema(self) -> Schema:
        """An object with patterned names."""
        return {
            "type": "object",
            "patternProperties": {f"^(?:{self.key.pattern})$": self.of.schema()},
            "additionalProperties": False,
            "minProperties": self.least,
        }


@dataclass(frozen=True, slots=True)
class Free:
    """Anything: handed on as plain data."""

    def read(self, node: Node, faults: Faults) -> Mapping[str, object]:
        """The mapping."""
        if isinstance(node, tree.Mapping):
            return {key: tree.plain(item) for key, item in node.items.items()}
        faults.add(node, "must be a mapping of names to values.", "Write one `name: …` a line.")
        return {}

    def schema(self) -> Schema:
        """An object."""
        return {"type": "object"}


@dataclass(frozen=True, slots=True)
class Raw:
    """The node itself: what it means depends on something else in the file."""

    described: Schema = field(default_factory=dict)

    def read(self, node: Node, faults: Faults) -> Node:
        """The node."""
        return node

    def schema(self) -> Schema:
        """As described."""
        return self.described


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record. `about` is its documentation, in editors and in docs/site-file.md."""

    kind: Kind
    about: str
    required: bool = True
    default: Any = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that was read: values by key, and where they stand."""

    node: Node
    values: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def at(self, key: str) -> Node:
        """The node of a key; the record's own when the key was not given."""
        return self.node.items.get(key, self.node) if isinstance(self.node, tree.Mapping) else self.node

    def given(self, key: str) -> bool:
        """The key stands in the file."""
        return isinstance(self.node, tree.Mapping) and key in self.node.items


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys. `also`: what else its JSON Schema says, such as keys that depend on each other."""

    fields: Mapping[str, Field]
    also: Schema = field(default_factory=dict)

    def read(self, node: Node, faults: Faults) -> Entry:
        """All values; blanks or defaults for those not given."""
        if not isinstance(node, tree.Mapping):
            faults.add(node, "must be a mapping.", f"Give its keys: {', '.join(self._required or self.fields)}.")
            return Entry(node, {key: self._blank(field, node) for key, field in self.fields.items()})
        for key, item in node.items.items():
            if key not in self.fields:
                place = Node(item.file, item.line, node.path)
                faults.add(place, f'unknown key "{key}".', did_you_mean(key, self.fields))
        values = {}
        for key, field_ in self.fields.items():
            if key in node.items:
                values[key] = field_.kind.read(node.items[key], faults)
                continue
            if field_.required:
                faults.add(node, f"{key} is missing.", f"Add `{key}:` ({field_.about.rstrip('.')}).")
            values[key] = self._blank(field_, node)
        return Entry(node, values)

    @property
    def _required(self) -> list[str]:
        return [key for key, field_ in self.fields.items() if field_.required]

    def _blank(self, field_: Field, node: Node) -> Any:
        return (
            field_.kind.read(Scalar(node.file, node.line, node.path, "", True), Faults())
            if field_.required
            else field_.default
        )

    def schema(self) -> Schema:
        """An object without further keys."""
        return {
            "type": "object",
            "properties": {
                key: {**field_.kind.schema(), "description": field_.about} for key, field_ in self.fields.items()
            },
            "required": self._required,
            "additionalProperties": False,
            **self.also,
        }


_TITLE = Record({"en": Field(Text(), "name in English"), "zh": Field(Text(), "name in Chinese")})
TITLE_SCHEMA = _TITLE.schema()


@dataclass(frozen=True, slots=True)
class Names:
    """A title in both languages."""

    def read(self, node: Node, faults: Faults) -> Title:
        """The title."""
        entry = _TITLE.read(node, faults)
        return Title(entry["en"], entry["zh"])

    def schema(self) -> Schema:
        """By reference."""
        return {"$ref": "#/$defs/title"}
