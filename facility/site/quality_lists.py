"""Checklists of repairs: the site's own before those that ship with the product (`facility/checklists/repairs.yaml`)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from facility.domain.checklist import QualityList
from facility.site.grammar_terms import A_SLUG
from facility.site.plan_grammar import QUALITY_LIST
from facility.site.plans import item_of
from facility.site.records import Entry, Field, MapOf, Record
from facility.site.text_files import read_text, refuse, shown
from facility.site.tree import Faults, parse

SHIPPED = Path(__file__).parent.parent / "checklists" / "repairs.yaml"
FILE = Record({"quality_lists": Field(MapOf("a checklist", A_SLUG, QUALITY_LIST, 1), "checklists by name")})


def quality_lists_of(entries: Mapping[str, Entry], faults: Faults) -> tuple[QualityList, ...]:
    """The site's own, then those that ship and that it does not replace by name."""
    own = tuple(_list(name, entry, faults) for name, entry in entries.items())
    return own + tuple(each for each in shipped_lists() if each.id not in entries)


@cache
def shipped_lists() -> tuple[QualityList, ...]:
    """SiteRefused carries every fault of the file."""
    faults = Faults()
    entry = FILE.read(parse(read_text(SHIPPED, faults), shown(SHIPPED), faults), faults)
    found = tuple(_list(name, each, faults) for name, each in entry["quality_lists"].items())
    refuse(faults)
    return found


def _list(name: str, entry: Entry, faults: Faults) -> QualityList:
    items = tuple(item_of(item, faults) for _, item in entry["items"])
    systems = tuple(str(system) for _, system in entry["systems"])
    classes = tuple(str(each) for _, each in entry["classes"])
    return QualityList(name, entry["title"], systems, classes, items)
