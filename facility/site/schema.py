"""JSON Schema (draft 2020-12) of site files, profiles and people files, for editors; made from the grammar's tables."""

from typing import Any

from facility.site import expression_grammar, grammar, profile_grammar
from facility.site.records import TITLE_SCHEMA, Record
from facility.site.roster_grammar import ROSTERS

RECORDS = {"site": grammar.SITE, "profile": profile_grammar.PROFILE, "people": grammar.PEOPLE, "rosters": ROSTERS}
_FORMS = (
    expression_grammar.COMPARE,
    expression_grammar.ASSET_COMPARE,
    expression_grammar.CONDITION,
    expression_grammar.RATE,
    expression_grammar.SHARE,
    expression_grammar.SILENCE,
    expression_grammar.ALL,
    expression_grammar.ANY,
    expression_grammar.NOT,
)


def schema_of(kind: str) -> dict[str, Any]:
    """The schema of "site", "profile", "people" or "rosters"; KeyError for anything else."""
    record: Record = RECORDS[kind]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Facility: {kind} file",
        **record.schema(),
        "$defs": {"title": TITLE_SCHEMA, "when": {"anyOf": [form.schema() for form in _FORMS]}},
    }
