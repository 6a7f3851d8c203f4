"""Drafts of a probe: whatever answered, the draft is a profile of exactly those registers."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.interpret import rows_of
from facility.domain.errors import Refusal
from facility.domain.profile import Profile, Register, Table
from facility.site.draft import draft_text, refuse_place
from facility.site.profiles import read_profile
from facility.site.tree import Faults


def loaded(text: str) -> Profile:
    faults = Faults()
    profile = read_profile(text, "new.yaml", "new", faults)
    assert faults.found == []
    assert profile is not None
    return profile


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(Table), st.dictionaries(st.integers(0, 40), st.integers(0, 0xFFFF), min_size=1))
def test_a_draft_loads_and_reads_what_answered_and_nothing_else(table: Table, words: dict[int, int]) -> None:
    seen = {address: word & 1 for address, word in words.items()} if table.of_bits else words
    profile = loaded(draft_text("new", table, rows_of(table, [seen, seen])))
    read: list[int] = []
    for point in profile.points.values():
        assert isinstance(point.read, Register)
        assert point.read.table is table
        read += range(point.read.address, point.read.address + (1 if table.of_bits else point.read.words))
    assert read == sorted(seen)


@pytest.mark.parametrize("name", ["New.yaml", "new-meter.yaml", "new.yml", "there.yaml"])
def test_a_draft_stands_under_the_name_of_a_profile_and_replaces_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "there.yaml").touch()
    with pytest.raises(Refusal, match=r"not the name of a profile|exists already"):
        refuse_place(tmp_path / name)
