"""The documents are true: links lead somewhere, commands exist, both languages of the README show the same commands."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main

from facility.cli.program import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    Path(name)
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
)
READMES = (Path("README.md"), Path("README.zh-CN.md"))


def read(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def shown_commands(document: Path) -> list[str]:
    """The lines of the document's shell blocks, without comments."""
    blocks = re.findall(r"```(?:sh|console|bash)\n(.*?)```", read(document), re.DOTALL)
    lines = (re.sub(r"\s+#.*$", "", line).strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def subcommands(command: Any) -> dict[str, Any]:
    """Of a command group; empty for a command."""
    found: dict[str, Any] = getattr(command, "commands", {})
    return found


def programs() -> dict[str, Any]:
    """Every command of `facility`, by the words that call it."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        for name, inner in subcommands(command).items():
            walk(inner, (*words, name))
        if not subcommands(command):
            found[" ".join(words)] = command

    walk(typer.main.get_command(app), ())
    return found


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", read(Path("Makefile")), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", read(document)):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        aim = (ROOT / document.parent / path) if path else ROOT / document
        if not aim.exists() or (anchor and anchor not in anchors(aim)):
            broken.append(target)
    assert broken == []


def anchors(document: Path) -> set[str]:
    """Heading anchors, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_commands_that_are_shown_exist(document: Path) -> None:
    unknown = []
    for line in shown_commands(document):
        words = shlex.split(line, comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            words = words[1:]
        if (words[:1] == ["make"] and not set(words[1:]) <= make_targets()) or not _known(words):
            unknown.append(line)
    assert unknown == []


def _known(words: list[str]) -> bool:
    if not words or Path(words[0]).name != "facility":
        return True
    arguments = words[1:]
    command: Any = typer.main.get_command(app)
    while subcommands(command):
        if not arguments or arguments[0].startswith("-"):
            return True
        if arguments[0] not in subcommands(command):
            return False
        command, arguments = subcommands(command)[arguments[0]], arguments[1:]
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    return {word.split("=")[0] for word in arguments if word.startswith("--")} <= options


def test_both_readmes_show_the_same() -> None:
    english, chinese = (shown_commands(document) for document in READMES)
    assert len(english) > 5
    assert english == chinese
    pictures = [re.findall(r"\]\((docs/screenshots/[^)]+)\)", read(document)) for document in READMES]
    assert len(pictures[0]) == len(pictures[1]) > 0


def test_every_command_is_in_the_operations_manual() -> None:
    manual = read(Path("docs/operations.md"))
    assert len(programs()) >= 9
    assert [name for name in programs() if f"`facility {name}" not in manual] == []


def test_every_make_target_explains_itself() -> None:
    makefile = read(Path("Makefile"))
    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert make_targets() - explained <= {"runtime", "development"}


def test_every_setting_is_in_the_operations_manual() -> None:
    """Also the other way round: what the manual names is read somewhere."""
    name = re.compile(r"FACILITY_[A-Z][A-Z0-9_]*[A-Z0-9]")
    places = ("*.py", "*.yaml", "*.yml", "Makefile", ".ci/*", "*.env.example")
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *places],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    used = {
        match
        for file in files
        if not re.match("tests/(?!harness|kill|conftest)", file) and (ROOT / file).exists()
        for match in name.findall(read(Path(file)))
    }
    documented = set(name.findall(read(Path("docs/operations.md"))))
    plain = {setting.removesuffix("_FILE") for setting in documented}
    assert (
        sorted(setting for setting in used if setting not in documented and setting.removesuffix("_FILE") not in plain)
        == []
    )
    assert (
        sorted(setting for setting in documented if setting not in used and setting.removesuffix("_FILE") not in used)
        == []
    )


def test_settings_table_is_about_something() -> None:
    rows = re.findall(r"^\| `FACILITY_", read(Path("docs/operations.md")), re.MULTILINE)
    assert len(rows) >= 14


def test_every_decision_and_every_document_can_be_found() -> None:
    """From the README, or from the index of decisions."""
    records = {path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    listed = set(re.findall(r"\]\(([0-9][^)]+)\)", read(Path("docs/decisions/README.md"))))
    assert listed == records
    documents = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    for readme in READMES:
        assert documents <= set(re.findall(r"\]\(([^)]+)\)", read(readme)))
