"""The grammar of maintenance plans, in the site file and in the library, and of the site's working calendar."""

from facility.domain.order import WorkKind
from facility.domain.plan import CatchUp, Criticality, Grade, ItemKind
from facility.domain.profile import System
from facility.domain.skill import Skill
from facility.site import triggers
from facility.site.grammar_terms import A_NAME, A_SLUG, SLUGS, TITLE, optional
from facility.site.kinds import Choice, Day, Flag, Integer, Number, Text
from facility.site.records import Field, ListOf, Record

ITEM = Record(
    {
        "title": TITLE,
        "point": optional(A_NAME, "point whose measured value is asked for", ""),
        "kind": optional(
            Choice("a kind of item", [*ItemKind], ItemKind),
            "check (ticked off), measurement (a number), photo or signature",
            ItemKind.CHECK,
        ),
        "unit": optional(Text(), "measurement: its unit", ""),
        "low": optional(Number(), "measurement: the lowest good value", None),
        "high": optional(Number(), "measurement: the highest good value", None),
    }
)
_USUAL = {
    "title": TITLE,
    "kind": Field(
        Choice("a kind of planned work", ("inspection", "maintenance"), WorkKind), "inspection or maintenance"
    ),
    "by": Field(Choice("a side", ("operating", "maintaining")), "which position of the asset does it"),
    "items": Field(ListOf(ITEM, least=1), "checklist"),
}
_WHEN = {**triggers.KEYS, **triggers.MORE}
_MORE = {
    "source": optional(Text(), "clause and edition that ask for it", ""),
    "jurisdiction": optional(Text(), "where the source is in force; everywhere when left out", ""),
    "grade": optional(
        Choice("a grade", [*Grade], Grade),
        "official, secondary, or knowledge (to be confirmed by the site)",
        Grade.KNOWLEDGE,
    ),
    "criticality": optional(
        Choice("a criticality", [*Criticality], Criticality),
        "statutory, mandatory, optimal or discretionary",
        Criticality.MANDATORY,
    ),
    "minutes": optional(Integer(1, 2400), "minutes of work for one asset", 30),
    "skill": optional(
        Choice("a skill", ["", *Skill], lambda word: Skill(word) if word else None),
        "what whoever does it must have learnt: electrician, generator, thermography, pumps, tank_cleaning or fire_protection",
        None,
    ),
    "round": optional(Flag(), "one order for all assets, in the order of the list", False),
    "vacant_homes": optional(
        Flag(), "one order for each asset, with the homes that are vacant in its area, home by home", False
    ),
    "alone": optional(
        Flag(), "a drill, a test by others: it neither takes in smaller services nor is taken in by larger ones", False
    ),
    "workdays_only": optional(Flag(), "daily work and shifts: none on days off", False),
    "catch_up": optional(
        Choice("a way to catch up", [*CatchUp], CatchUp),
        "none, or last: one order makes up for the last slot that passed while the program was down",
        CatchUp.NONE,
    ),
    "spacing": optional(Integer(0, 366), "days between two services at least; half a window when left out", 0),
}
PLAN = Record(
    {
        "library": optional(A_SLUG, "plan of the library that it follows; what is given here goes before it", ""),
        **{
            key: optional(field.kind, f"{field.about}; from the library when left out", None)
            for key, field in _USUAL.items()
        },
        "assets": Field(ListOf(A_SLUG, least=1), "assets it is done to; of a round in walking order"),
        "start": Field(Day(), "no window that ends before this day"),
        **_WHEN,
        **_MORE,
    }
)
LIBRARY_PLAN = Record(
    {**_USUAL, "classes": Field(ListOf(A_NAME, least=1), "classes of assets it is meant for"), **_WHEN, **_MORE}
)

QUALITY_LIST = Record(
    {
        "title": TITLE,
        "systems": optional(
            ListOf(Choice("a system", [*System])), "systems of equipment it is for, where no list names the class", []
        ),
        "classes": optional(
            ListOf(A_NAME), "classes of assets it is for; without systems and classes: for all others", []
        ),
        "items": Field(ListOf(ITEM, least=1), "what all three checks of a repair go through"),
    }
)

BLACKOUT = Record(
    {
        "title": TITLE,
        "first": Field(Day(), "first day"),
        "last": Field(Day(), "last day"),
        "areas": optional(SLUGS, "only in these areas; everywhere when left out", []),
    }
)
CALENDAR = Record(
    {
        "days_off": optional(ListOf(Day()), "days off of the site's own", []),
        "working_days": optional(ListOf(Day()), "days that are worked all the same", []),
        "holidays": optional(
            Choice("a calendar of holidays", ("china", "none")), "china (with make-up working days) or none", "china"
        ),
        "blackouts": optional(ListOf(BLACKOUT), "times in which no planned work is put", []),
    }
)
