"""The maintenance plans that ship with the product: `facility/plans/*.yaml`, one file a system."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from facility.site.grammar_terms import A_SLUG
from facility.site.plan_grammar import LIBRARY_PLAN
from facility.site.records import Entry, Field, MapOf, Record
from facility.site.text_files import read_text, refuse, shown
from facility.site.tree import Faults, parse

SHIPPED = Path(__file__).parent.parent / "plans"
LIBRARY = Record({"plans": Field(MapOf("a plan", A_SLUG, LIBRARY_PLAN, 1), "plans by name")})


@cache
def plan_library() -> Mapping[str, Entry]:
    """Entries by name; SiteRefused carries every fault of the files."""
    return read_library(SHIPPED)


def read_file(path: Path, faults: Faults) -> Entry:
    """One file of plans."""
    return LIBRARY.read(parse(read_text(path, faults), shown(path), faults), faults)


def read_library(folder: Path) -> Mapping[str, Entry]:
    """The plans of all files of a folder; SiteRefused carries every fault, a name that is given twice too."""
    faults = Faults()
    found: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        entry = read_file(path, faults)
        for name, plan in entry["plans"].items():
            if name in found:
                faults.add(plan.node, f"plan {name} is given twice.", "Choose another name for one of them.")
            found[name] = plan
    refuse(faults)
    return found
