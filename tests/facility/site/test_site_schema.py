"""JSON Schema for editors: valid itself, takes what the loader takes, refuses what an editor can see."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from facility.site.schema import RECORDS, schema_of
from facility.site.tree import Faults, parse, plain

ROOT = Path(__file__).resolve().parents[3]
REFUSED = Path(__file__).parent / "refused"
SEEN = (
    "unknown_key",
    "missing_title",
    "asset_without_positions",
    "area_without_owner",
    "unit_and_port_out_of_range",
    "bad_scalars",
    "wrong_shapes",
    "prefix_with_wildcard",
    "link_keys",
    "serial_links",
)


def data(path: Path) -> object:
    """The file as an editor reads it: YAML 1.2, nothing filled in from the environment."""
    return plain(parse(path.read_text(encoding="utf-8"), path.name, Faults(), {}))


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_schema_is_valid(kind: str) -> None:
    Draft202012Validator.check_schema(schema_of(kind))
    assert schema_of(kind)["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("site", ROOT / "examples" / "demo" / "site.yaml"),
        ("people", ROOT / "examples" / "demo" / "people.yaml"),
        ("rosters", ROOT / "examples" / "demo" / "rosters.yaml"),
        *(("profile", path) for path in sorted((ROOT / "facility" / "profiles").glob("*.yaml"))),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_shipped_files_satisfy_the_schema(kind: str, path: Path) -> None:
    errors = [error.message for error in Draft202012Validator(schema_of(kind)).iter_errors(data(path))]
    assert errors == []


@pytest.mark.parametrize("case", SEEN)
def test_schema_sees_what_an_editor_can_see(case: str) -> None:
    assert not Draft202012Validator(schema_of("site")).is_valid(data(REFUSED / case / "site.yaml"))


def test_schema_takes_rules_switched_off_and_values_from_the_environment() -> None:
    site = data(ROOT / "examples" / "demo" / "site.yaml")
    assert isinstance(site, dict)
    assert site["assets"]["generator-meter"]["rules"]["voltage_low"] == "off"
    assert site["links"]["gates"]["port"] == "${FACILITY_BROKER_PORT:-11883}"
    site["links"]["gates"]["port"] = "eleven"
    assert not Draft202012Validator(schema_of("site")).is_valid(site)
