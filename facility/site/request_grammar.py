"""The grammar of requests and complaints in the site file: categories, clocks, when the daily list is made."""

from facility.domain.clock import ClockId, Pause, Start
from facility.domain.profile import System
from facility.site.grammar_terms import A_NAME, A_SLUG, optional
from facility.site.kinds import Choice, Integer, Text
from facility.site.records import Field, ListOf, MapOf, Names, Record

_TIME = Text("a time of day", r"([01]\d|2[0-3]):[0-5]\d", "18:00")

CATEGORY = Record(
    {
        "title": optional(Names(), "name in both languages: {en: …, zh: …}; the usual one when left out", None),
        "position": optional(
            A_SLUG, "who repairs it; it has no person until a planner gives it to one, when left out", ""
        ),
        "system": optional(Choice("a system", [*System]), "whose checklist its repairs have", ""),
    }
)
REQUEST_CLOCK = Record(
    {
        "days": Field(Integer(0, 60), "whole days after the one on which it began"),
        "from": optional(
            Choice("a beginning", [*Start], Start),
            "received (the call, the onset), entered or confirmed",
            Start.RECEIVED,
        ),
        "stopped_by": optional(
            ListOf(Choice("a pause", [*Pause], Pause)),
            "pauses that move its end: part, resident, third_party, other",
            [],
        ),
    }
)
REQUESTS = Record(
    {
        "categories": optional(
            MapOf("a category", A_NAME, CATEGORY), "kinds of trouble: changes of the usual ones, and more", {}
        ),
        "clocks": optional(
            MapOf("a clock", Text("a clock", "|".join(ClockId), "completed"), REQUEST_CLOCK),
            "same_day, assigned, feedback, completed; the usual ones when left out",
            {},
        ),
        "list_at": optional(_TIME, "when the list of the day's unresolved work is made", "18:00"),
        "prompt_at": optional(_TIME, "when administrators are told what has no person yet", "08:00"),
    }
)
