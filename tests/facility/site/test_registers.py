"""A profile with every key of a register, as the domain and an editor's schema understand it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from facility.domain.counter import Counter
from facility.domain.profile import ByteOrder, Coding, Profile, RawType, Register
from facility.site.profiles import read_profile
from facility.site.schema import schema_of
from facility.site.tree import Faults, parse, plain

METER = (Path(__file__).parent / "every_key_of_a_register.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def profile() -> Profile:
    faults = Faults()
    profile = read_profile(METER, "meter.yaml", "meter", faults)
    assert faults.found == []
    assert profile is not None
    return profile


def register(profile: Profile, name: str) -> Register:
    read = profile.points[name].read
    assert isinstance(read, Register)
    return read


def test_the_domain_has_wire_addresses_whatever_the_file_counts_from(profile: Profile) -> None:
    addresses = {name: register(profile, name).address for name in profile.points}
    assert addresses == {
        "pt": 141,
        "places": 142,
        "power": 0,
        "energy": 2,
        "total": 4,
        "starts": 8,
        "factor": 10,
        "heat": 12,
        "fan": 13,
        "level": 13,
        "trip": 13,
        "model": 65535,
        "run": 0,
    }
    assert (profile.modbus.page, profile.modbus.single) == (256, True)


def test_the_order_of_the_device_implies_the_wider_one(profile: Profile) -> None:
    orders = {name: register(profile, name).order for name in ("power", "energy", "total")}
    assert orders == {"power": ByteOrder.CDAB, "energy": ByteOrder.DCBA, "total": ByteOrder.GHEFCDAB}


def test_sentinels_are_codes_or_ranges(profile: Profile) -> None:
    energy = register(profile, "energy")
    assert energy.sentinels == (0xFFFFFFFF, range(0xFFFFFF00, 0xFFFFFF10))
    codes = (0xFFFFFFFF, 0xFFFFFF00, 0xFFFFFF0F, 0xFFFFFF10, 0)
    assert [energy.unavailable(code) for code in codes] == [True, True, True, False, False]
    assert register(profile, "total").unavailable(0x7FFFFFFFFFFFFFFF)


def test_ratios_codings_parts_and_counters(profile: Profile) -> None:
    assert register(profile, "power").ratios == ("pt", "places")
    assert register(profile, "starts").radix == 10000
    assert [register(profile, name).coding for name in ("factor", "heat", "pt")] == [
        Coding.QUADRANT_POWER_FACTOR,
        Coding.OFFSET_BYTES,
        Coding.PLAIN,
    ]
    parts = {name: (register(profile, name).bit, register(profile, name).width) for name in ("fan", "level", "trip")}
    assert parts == {"fan": (0, 2), "level": (2, 4), "trip": (15, 1)}
    assert (register(profile, "model").type, register(profile, "model").words) == (RawType.STRING, 1)
    counters = {name: profile.points[name].counter for name in ("energy", "total", "starts", "power")}
    assert counters == {"energy": Counter(42949672.96), "total": Counter(), "starts": None, "power": None}


def errors(text: str) -> list[str]:
    """What an editor says of a profile."""
    return [error.message for error in Draft202012Validator(schema_of("profile")).iter_errors(data(text))]


def data(text: str) -> Any:
    return plain(parse(text, "meter.yaml", Faults(), {}))


def test_the_schema_takes_every_key() -> None:
    assert errors(METER) == []
    assert yaml.safe_load(METER)["modbus"]["base"] == 1


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("base: 1", "base: 2"),
        ("order: CDAB", "order: GHEFCDAB"),
        ("width: 2", "width: 17"),
        ("radix: 10000", "radix: 1"),
        ("scale_by: [pt]", "scale_by: pt"),
        ("wraps_at: 42949672.96", "wraps: 1"),
        ("coding: offset_bytes", "coding: bytes"),
        ("0xFFFFFF00..0xFFFFFF0F", "0xFFFFFF00.."),
    ],
)
def test_the_schema_refuses_what_an_editor_can_see(right: str, wrong: str) -> None:
    assert right in METER
    assert errors(METER.replace(right, wrong)) != []
