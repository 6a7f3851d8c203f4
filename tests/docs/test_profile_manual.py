"""The manual of profiles is complete and its example works."""

import re
from pathlib import Path

import yaml

from facility.domain.profile import ByteOrder, Coding, RawType, Register
from facility.site.profiles import read_profile
from facility.site.tree import Faults
from tests.profiles.test_profiles import decode_registers

MANUAL = (Path(__file__).resolve().parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
HEAD = "profile: box\ntitle: {en: Box, zh: 箱}\nclass: box\nsystem: power\nprotocol: modbus\n"
MORE = """\
  model: {title: {en: Model, zh: 型号}, every: 1h, read: {table: holding, address: 300, type: string, length: 4}}
"""


def blocks() -> list[str]:
    found = re.findall(r"^( *)```yaml\n(.*?)^ *```", MANUAL, re.DOTALL | re.MULTILINE)
    return [re.sub(f"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def test_every_type_order_and_coding_is_explained() -> None:
    missing = [word for word in (*RawType, *ByteOrder, *(c for c in Coding if c)) if f"`{word}`" not in MANUAL]
    assert missing == []


def test_the_example_of_ratios_is_a_profile_and_its_case_is_right() -> None:
    points, given, expected = blocks()
    faults = Faults()
    profile = read_profile(HEAD + points + MORE, "box.yaml", "box", faults)
    assert faults.found == []
    assert profile is not None
    assert isinstance(profile.points["level"].read, Register)
    answer = decode_registers(profile, yaml.safe_load(given))
    assert {name: value for name, (value, _) in answer.items()} == yaml.safe_load(expected)["values"]
