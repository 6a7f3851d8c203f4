"""Requests in the site file → categories, clocks, times of the daily list."""

from collections.abc import Callable, Mapping
from datetime import time

from facility.domain.clock import CLOCKS, Clock, ClockId, DayList
from facility.domain.request import CATEGORIES, Category
from facility.domain.text import Title
from facility.site.records import Entry
from facility.site.tree import Faults, Node


def categories_of(entry: Entry | None, check: Callable[[str, Node], None], faults: Faults) -> Mapping[str, Category]:
    """The usual ones, changed as the site says, and its own; `check` adds a fault for a position that does not exist."""
    found = dict(CATEGORIES)
    for name, item in (entry["categories"] if entry is not None else {}).items():
        check(item["position"], item.at("position"))
        usual = CATEGORIES.get(name)
        if usual is None and item["title"] is None:
            what = f"category {name} is none of the usual ones and has no title."
            faults.add(item.node, what, "Add `title: {en: …, zh: …}`, or use one of " + ", ".join(CATEGORIES) + ".")
        title = item["title"] or (usual.title if usual else Title(name, name))
        found[name] = Category(name, title, item["position"], str(item["system"]) or (usual.system if usual else ""))
    return found


def clocks_of(entry: Entry | None) -> Mapping[ClockId, Clock]:
    """The usual clocks, changed as the site says."""
    own = entry["clocks"] if entry is not None else {}
    changed = {
        ClockId(name): Clock(
            ClockId(name), item["days"], item["from"], frozenset(pause for _, pause in item["stopped_by"])
        )
        for name, item in own.items()
    }
    return {**CLOCKS, **changed}


def day_list_of(entry: Entry | None) -> DayList:
    """When it is made, and looked at again."""
    if entry is None:
        return DayList()
    return DayList(time.fromisoformat(entry["list_at"]), time.fromisoformat(entry["prompt_at"]))
