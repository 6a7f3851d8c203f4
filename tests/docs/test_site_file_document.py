"""docs/site-file.md and docs/profiles.md show every key of the grammar as it is."""

from pathlib import Path

import pytest

from facility.site import expression_grammar, grammar, plan_grammar, profile_grammar, request_grammar, tariffs, triggers
from facility.site.records import Record

DOCS = Path(__file__).resolve().parents[2] / "docs"
SITE_FILE = (
    "SITE TEAM SPOT_CHECKS POSITION AREA LINK ASSET CHANGE SITE_RULE REMARK RUNG SUPPRESSION SUPPRESSED_RULE CHANNEL PLAN ITEM PUBLISH"
    " HOME_ASSISTANT PERSON_ENTRY WATCHDOG TOLD DEAD_MAN DRILLS USE EXPIRY CALENDAR BLACKOUT"
    " QUALITY_LIST REQUESTS CATEGORY REQUEST_CLOCK TARIFF TARIFF_PERIOD"
)
TABLES = {
    name: value
    for module in (grammar, expression_grammar, profile_grammar, plan_grammar, request_grammar, tariffs, triggers)
    for name, value in vars(module).items()
    if isinstance(value, Record)
}
PROFILES = "PROFILE DEVICE POINT COUNTER REGISTER MODBUS JSON_FIELD STREAM AVAILABILITY RULE"


@pytest.mark.parametrize(
    ("document", "name"),
    [("site-file.md", name) for name in SITE_FILE.split()] + [("profiles.md", name) for name in PROFILES.split()],
)
def test_every_key_is_documented(document: str, name: str) -> None:
    record = TABLES[name]
    text = (DOCS / document).read_text(encoding="utf-8")
    rows = [f"| `{key}` | {'yes' if field.required else ''} | {field.about} |" for key, field in record.fields.items()]
    missing = [row for row in rows if row not in text.splitlines()]
    assert missing == []


def test_every_table_of_the_grammar_is_documented() -> None:
    shown = {*SITE_FILE.split(), *PROFILES.split()}
    expressions = {"COMPARE", "ASSET_COMPARE", "CONDITION", "RATE", "SHARE", "SILENCE", "ALL", "ANY", "NOT"}
    assert TABLES.keys() - expressions - {"PEOPLE", "LIBRARY_PLAN"} == shown
