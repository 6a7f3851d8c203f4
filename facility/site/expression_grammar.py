"""The grammar of expressions (`when:`), as tables: comparisons, rates, silence, conditions, and what combines them."""

from facility.site.grammar_terms import A_NAME, A_SLUG, VALUE, WHEN, optional
from facility.site.kinds import Duration, Number
from facility.site.records import Field, ListOf, Record

_LIMIT = {
    "point": Field(A_NAME, "point that is compared"),
    "below": optional(Number(), "true when less", None),
    "above": optional(Number(), "true when more", None),
    "equals": optional(VALUE, "true when equal", None),
    "differs": optional(VALUE, "true when not equal", None),
    "hysteresis": optional(Number(0), "distance by which the value must come back", 0.0),
}
COMPARE = Record(_LIMIT)
ASSET_COMPARE = Record({"asset": Field(A_SLUG, "asset whose point it is"), **_LIMIT})
CONDITION = Record({"asset": Field(A_SLUG, "asset"), "condition": Field(A_NAME, "rule of the asset, true while open")})
RATE = Record(
    {
        "point": Field(A_NAME, "point that changes"),
        "rises_by": optional(Number(), "change upwards", None),
        "falls_by": optional(Number(), "change downwards", None),
        "within": Field(Duration(positive=True), "time in which it changes"),
    }
)
SHARE = Record(
    {
        "share": Field(ListOf(A_NAME, least=1), "counts that are added"),
        "of": Field(A_NAME, "count of all"),
        "above": Field(Number(0, 100), "true when they are more than so many percent of it"),
    }
)
SILENCE = Record({"silent_for": Field(Duration(positive=True), "no fresh good reading for longer")})
ALL = Record({"all": Field(ListOf(WHEN, least=1), "true when all are")})
ANY = Record({"any": Field(ListOf(WHEN, least=1), "true when one is")})
NOT = Record({"not": Field(WHEN, "true when the part is false")})
FORMS = {
    "all": ALL,
    "any": ANY,
    "not": NOT,
    "silent_for": SILENCE,
    "condition": CONDITION,
    "rises_by": RATE,
    "falls_by": RATE,
    "share": SHARE,
}
COMPARISONS = ("below", "above", "equals", "differs")
