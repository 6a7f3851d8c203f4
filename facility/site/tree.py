"""YAML as a tree of nodes that know their file, line and path. Scalars stay text: what they mean is for the grammar to say.

So `off`, `no` and `1e3` are never guessed at. Faults of the text itself (bad YAML, a key given twice, an environment
variable that is not set) are collected, not raised.
"""

import os
import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

import yaml

from facility.domain.errors import Fault

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_MOST_NODES = 300_000  # a file whose aliases unfold into more is an accident or an attack
_NULLS = ("", "~", "null", "Null", "NULL")
INTEGER = re.compile(r"[-+]?[0-9]{1,18}|0x[0-9a-fA-F]{1,16}")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a file. `path` is how a person would name it: `assets.pump-2.unit`."""

    file: str
    line: int
    path: str


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """Text; `plain` when it stood without quotes (or came from the environment), so that it may be a number."""

    text: str
    plain: bool

    @property
    def empty(self) -> bool:
        """No value was given."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A list."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """Keys and their values, in the order of the file. `quoted`: keys that stood in quotes."""

    items: MappingOf[str, Node]
    quoted: frozenset[str] = frozenset()


@dataclass(slots=True)
class Faults:
    """Collects faults, so that a person sees all of them at once."""

    found: list[Fault] = field(default_factory=list)
    _places: set[tuple[str, str]] = field(default_factory=set)

    def add(self, node: Node, what: str, mend: str) -> None:
        """A fault at a node; `what` and `mend` are sentences."""
        fault = Fault(node.file, node.line, f"{node.path}: {what}" if node.path else what, mend)
        if fault not in self.found:
            self.found.append(fault)
        self._places.add((node.file, node.path))

    def within(self, node: Node) -> bool:
        """A fault was found at this node or below it, so that its value says nothing."""
        below = (f"{node.path}.", f"{node.path}[")
        return any(file == node.file and (path == node.path or path.startswith(below)) for file, path in self._places)

    @property
    def ordered(self) -> list[Fault]:
        """By file and line."""
        return sorted(self.found, key=lambda fault: (fault.file, fault.line))


def parse(text: str, file: str, faults: Faults, environment: MappingOf[str, str] | None = None) -> Mapping:
    """The tree of a YAML text whose top is a mapping; `${NAME:-default}` is filled in unless `environment` is empty.

    A text that cannot be read gives an empty mapping, with its fault.
    """
    top, line = Node(file, 1, ""), 1
    growth = _Growth(file, faults, os.environ if environment is None else environment)
    try:
        composed = yaml.compose(text, Loader=_LOADER)
        node = growth.node(composed, 1, "") if composed is not None else top
        if isinstance(node, Mapping):
            return node
        what, mend = "the file must be a mapping of keys to values.", "Start it with a line `key: value`."
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what, mend = f"this is not YAML: {error.problem or error.context}.", "Correct the line."
    except (yaml.YAMLError, ValueError) as error:
        what, mend = f"this is not YAML: {str(error).splitlines()[0]}.", "Save the file as UTF-8 text."
    except RecursionError:
        what, mend = "lists and mappings stand too deep in each other.", "Write it flatter."
    except _TooManyError:
        what, mend = "its aliases unfold into too many values.", "Use fewer aliases."
    faults.add(Node(file, line, ""), what, mend)
    return Mapping(file, 1, "", {})


def plain(node: Node) -> object:
    """The node as Python data by YAML 1.2's core rules (true/false, numbers, null; `on`, `off`, `no` are text)."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    if not node.plain:
        return node.text
    if node.text in _NULLS:
        return None
    if node.text in _BOOLEANS:
        return _BOOLEANS[node.text]
    if INTEGER.fullmatch(node.text):
        return int(node.text, 0) if node.text.startswith("0x") else int(node.text)
    return float(node.text) if NUMBER.fullmatch(node.text) else node.text


class _TooManyError(Exception):
    """More nodes than any site file has."""


class _Growth:
    """Turns PyYAML's nodes into ours."""

    def __init__(self, file: str, faults: Faults, environment: MappingOf[str, str]) -> None:
        self._file, self._faults, self._environment = file, faults, environment
        self._above: list[yaml.Node] = []
        self._left = _MOST_NODES

    def node(self, source: yaml.Node, line: int, path: str) -> Node:
        self._left -= 1
        if self._left < 0:
            raise _TooManyError
        if isinstance(source, yaml.ScalarNode):
            return self._scalar(source, line, path)
        if any(source is above for above in self._above):
            self._faults.add(Node(self._file, line, path), "an alias names a node that holds it.", "Write it out.")
            return Scalar(self._file, line, path, "", True)
        self._above.append(source)
        grown = (
            self._mapping(source, line, path)
            if isinstance(source, yaml.MappingNode)
            else self._list(source, line, path)
        )
        self._above.pop()
        return grown

    def _list(self, source: yaml.Node, line: int, path: str) -> Node:
        return Sequence(
            self._file,
            line,
            path,
            tuple(self.node(item, _line(item), f"{path}[{i}]") for i, item in enumerate(source.value)),
        )

    def _mapping(self, source: yaml.MappingNode, line: int, path: str) -> Mapping:
        items: dict[str, Node] = {}
        quoted = set()
        for key, value in source.value:
            here = Node(self._file, _line(key), path)
            if not isinstance(key, yaml.ScalarNode):
                self._faults.add(here, "a key must be a word, not a list or a mapping.", "Name it with one word.")
                continue
            if key.value in items:
                first = items[key.value].line
                self._faults.add(here, f'"{key.value}" is given twice (first in line {first}).', "Keep one of them.")
                continue
            if key.style:
                quoted.add(key.value)
            items[key.value] = self.node(value, _line(key), f"{path}.{key.value}" if path else key.value)
        return Mapping(self._file, line, path, items, frozenset(quoted))

    def _scalar(self, source: yaml.ScalarNode, line: int, path: str) -> Scalar:
        text, found = source.value, self._environment and _VARIABLE.search(source.value)
        if found:
            place = Node(self._file, line, path)
            text = _VARIABLE.sub(lambda match: self._filled(match, place), text)
        return Scalar(self._file, line, path, text, not source.style or bool(found))

    def _filled(self, match: re.Match[str], place: Node) -> str:
        name, default = match[1], match[2]
        value = self._environment.get(name)
        if value or (value is not None and default is None):
            return value
        if default is None:
            self._faults.add(
                place, f"the environment variable {name} is not set.", f"Set it, or write ${{{name}:-default}}."
            )
        return default or ""


def _line(source: yaml.Node) -> int:
    return int(source.start_mark.line) + 1
