"""YAML as a tree: lines, paths, environment, and nothing guessed."""

import pytest

from facility.site.tree import Faults, Mapping, Scalar, parse, plain


def faults_of(text: str) -> list[str]:
    faults = Faults()
    parse(text, "x.yaml", faults)
    return [str(fault) for fault in faults.found]


def test_words_that_older_yaml_takes_for_booleans_are_text() -> None:
    tree = parse("a: off\nb: no\nc: ON\nd: y\ne: true\nf: 12:30\ng: 010\nh: 1e3\ni: 0x10\nj:", "x.yaml", Faults())
    assert plain(tree) == {
        "a": "off", "b": "no", "c": "ON", "d": "y", "e": True, "f": "12:30", "g": 10, "h": 1000.0, "i": 16, "j": None
    }  # fmt: skip


def test_nodes_know_line_and_path() -> None:
    tree = parse("assets:\n  pump-1:\n    unit: 3\n    fed_by:\n      - a\n", "x.yaml", Faults())
    pump = tree.items["assets"]
    assert isinstance(pump, Mapping)
    inner = pump.items["pump-1"]
    assert isinstance(inner, Mapping)
    assert (inner.line, inner.path) == (2, "assets.pump-1")
    assert (inner.items["unit"].line, inner.items["unit"].path) == (3, "assets.pump-1.unit")


def test_environment_is_filled_in() -> None:
    faults = Faults()
    environment = {"HOST": "10.0.0.1", "EMPTY": ""}
    text = 'a: "${HOST}:${PORT:-502}"\nb: ${EMPTY}\nc: ${EMPTY:-x}\nd: "${PORT:-502}"\ne: "502"'
    tree = parse(text, "x.yaml", faults, environment)
    assert plain(tree) == {"a": "10.0.0.1:502", "b": None, "c": "x", "d": 502, "e": "502"}
    assert faults.found == []


def test_unset_variable_is_a_fault() -> None:
    faults = Faults()
    parse("a:\n  b: ${NOT_THERE}", "x.yaml", faults, {"HOME": "/"})
    assert [str(fault) for fault in faults.found] == [
        "x.yaml:2 a.b: the environment variable NOT_THERE is not set. Set it, or write ${NOT_THERE:-default}."
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "x.yaml:1 the file must be a mapping of keys to values."),
        ("- a", "x.yaml:1 the file must be a mapping of keys to values."),
        ("a: 1\n---\nb: 2", "x.yaml:2 this is not YAML: but found another document."),
        ("a: 1\n\tb: 2", "x.yaml:2 this is not YAML"),
        ("a: \x00b", "x.yaml:1 this is not YAML: unacceptable character"),
        ("? [a]\n: 1", "x.yaml:1 a key must be a word"),
        ("a: &a [*a]", "x.yaml:1 a[0]: an alias names a node that holds it."),
        ("a:\n  b: 1\n  b: 2", 'x.yaml:3 a: "b" is given twice (first in line 2).'),
        ("a: " + "[" * 900 + "]" * 900, "x.yaml:1 lists and mappings stand too deep in each other."),
    ],
)
def test_bad_text_is_a_fault_with_its_line(text: str, fault: str) -> None:
    found = faults_of(text)
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_aliases_cannot_unfold_without_end() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 8)]
    assert faults_of("\n".join(lines)) == ["x.yaml:1 its aliases unfold into too many values. Use fewer aliases."]


def test_explicit_tags_make_no_objects() -> None:
    tree = parse("a: !!python/object/apply:os.system [ls]", "x.yaml", Faults())
    assert plain(tree) == {"a": ["ls"]}
    assert not isinstance(tree.items["a"], Scalar)
