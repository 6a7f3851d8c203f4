"""docs/profiles holds a page of every shipped profile, as `make profiles` would write it now."""

from pathlib import Path

import pytest

from facility.cli.reference import described, pages_of
from facility.site.loading import load_profiles, profile_files
from facility.site.profiles import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "profiles"
NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    profiles, files = load_profiles(SHIPPED), profile_files(SHIPPED)
    tests = ROOT / "tests" / "profiles"
    return pages_of([described(profile, files[name], tests / name) for name, profile in profiles.items()])


def test_there_is_a_page_of_each_profile_and_no_other() -> None:
    found = sorted(path.name for path in FOLDER.glob("*"))
    assert found == sorted(["README.md", *(f"{name}.md" for name in NAMES)]), "run `make profiles`"


@pytest.mark.parametrize("name", ["README", *NAMES])
def test_page_is_up_to_date(name: str, pages: dict[str, str]) -> None:
    assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == pages[f"{name}.md"], "run `make profiles`"


def test_page_says_whose_device_it_is_and_what_is_tested(pages: dict[str, str]) -> None:
    assert "Generic: a device type of no one maker." in pages["tank.md"]
    assert "| `tests/profiles/tank/overflow` |" in pages["tank.md"]
    assert "A drinking-water tank: level and temperature transmitters" in pages["tank.md"]
    assert "| [tank](tank.md) | Water tank | 水箱 | generic |" in pages["README.md"]
