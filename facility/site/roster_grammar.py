"""The grammar of roster files, as tables: duty rosters and deputies."""

from facility.site.grammar_terms import PERSON, SLUG
from facility.site.kinds import Day, Text
from facility.site.records import Field, ListOf, MapOf, Record

CLOCK = r"([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00"
FREE = ("off", "-", "休")
_LOGIN = Text("a login of small letters and digits", PERSON, "li-wei")
_SLUG = Text("a name of small letters, digits and hyphens", SLUG, "gate-guards")
_CLOCK = Text("a time of day", CLOCK, "07:00")
_WORD = Text("a shift's name: up to 20 characters without blanks", r"[^\s,;]{1,20}", "early")

SHIFT = Record(
    {
        "from": Field(_CLOCK, "time of day at which it begins"),
        "to": Field(_CLOCK, "time of day at which it ends; not after `from`: on the next day"),
    }
)
ROSTER = Record(
    {
        "position": Field(_SLUG, "position that it is for"),
        "first_day": Field(Day(), "first day of the first cycle"),
        "shifts": Field(MapOf("a shift", _WORD, SHIFT, 1), "shifts by name"),
        "turns": Field(
            MapOf("a login", _LOGIN, ListOf(_WORD, least=1), 1),
            "for each person one word a day of the cycle: a shift, or `off`; all of one length, 7 for a week",
        ),
    }
)
DEPUTIES = Record(
    {
        "positions": Field(
            MapOf("a position", _SLUG, ListOf(_LOGIN)), "by position, who stands in when it would be empty", False, {}
        ),
        "people": Field(
            MapOf("a login", _LOGIN, ListOf(_LOGIN)), "by login, who stands in while the person is away", False, {}
        ),
    }
)
ROSTERS = Record(
    {
        "rosters": Field(MapOf("a roster", _SLUG, ROSTER), "duty rosters by name", False, {}),
        "deputies": Field(DEPUTIES, "who stands in, in this order", False, None),
    }
)
