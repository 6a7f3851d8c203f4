"""docs/channels.md has a section for every kind of channel, docs/site-file.md every setting of each."""

from pathlib import Path

import pytest

from facility.domain.channel import KINDS, ChannelKind
from facility.site.channel_keys import SETTINGS
from scheduler.channels import KINDS as ADAPTERS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_each_kind_has_an_adapter_and_settings() -> None:
    assert list(KINDS) == list(SETTINGS) == list(ADAPTERS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_section_with_its_lines(kind: str) -> None:
    text = (DOCS / "channels.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert any(f"`{kind}`" in heading for heading in headings)
    assert f"kind: {kind}" in text


@pytest.mark.parametrize("kind", KINDS)
def test_each_setting_is_documented(kind: str) -> None:
    rows = (DOCS / "site-file.md").read_text(encoding="utf-8").splitlines()
    for name, field in SETTINGS[kind].fields.items():
        found = [row for row in rows if row.startswith(f"| `{name}` | ") and row.endswith(f" | {field.about} |")]
        assert any(kind in row or "| all |" in row for row in found), name


@pytest.mark.parametrize("kind", KINDS.values())
def test_titles_in_both_languages(kind: ChannelKind) -> None:
    assert kind.title.en
    assert kind.title.zh
