"""The lock files install what pyproject.toml asks for, on every Python that is supported, and say nothing of where they were made."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
)


def locked(name: str) -> dict[str, str]:
    """Package → version."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {
        canonicalize_name(match[1]): match[2]
        for match in re.finditer(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text(encoding="utf-8"))[1:]
    assert len(blocks) > 50
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", LOCKS)
def test_nothing_says_where_it_was_made(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index-url|--find-links|--extra-index-url|file://|(?<![\w.-])/\w", text)


def test_locks_hold_what_the_project_asks_for() -> None:
    project = PROJECT["project"]
    asked = {
        "requirements.lock": project["dependencies"] + PROJECT["build-system"]["requires"],
        "requirements-dev.lock": project["dependencies"] + project["optional-dependencies"]["dev"],
    }
    for name, requirements in asked.items():
        packages = locked(name)
        for requirement in map(Requirement, requirements):
            assert f"=={packages.get(canonicalize_name(requirement.name))}" == str(requirement.specifier), (
                f"{requirement}: run make lock"
            )


def test_development_adds_to_runtime_and_changes_nothing() -> None:
    runtime, development = locked(LOCKS[0]), locked(LOCKS[1])
    assert runtime.items() <= development.items()


@pytest.mark.parametrize("version", VERSIONS)
def test_locks_are_complete_on_every_supported_python(version: str) -> None:
    """The locks are made on one Python; what another one needs beside it must stand there too."""
    missing = set()
    for lock in LOCKS:
        packages = locked(lock)
        for name in packages:
            missing |= {f"{name} needs {needed} ({lock})" for needed in _needs(name, version) if needed not in packages}
    assert missing == set()


def _needs(package: str, version: str) -> set[str]:
    try:
        stated = requires(package) or []
    except PackageNotFoundError:  # a package of another platform
        return set()
    needed = set()
    for requirement in map(Requirement, stated):
        for platform in PLATFORMS:
            environment = {"python_version": version, "python_full_version": f"{version}.0", "extra": "", **platform}
            if requirement.marker is None or requirement.marker.evaluate(environment):
                needed.add(canonicalize_name(requirement.name))
    return needed
