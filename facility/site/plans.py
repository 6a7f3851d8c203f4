"""Makes plans of the site file's entries, each on its own or after a plan of the library; and the working calendar."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from facility.domain.asset import Asset
from facility.domain.plan import CheckItem, ItemKind, Plan, Source
from facility.domain.trigger import Trigger, Use
from facility.domain.workdays import Blackout, WorkingCalendar
from facility.site import triggers
from facility.site.kinds import did_you_mean
from facility.site.records import Entry
from facility.site.tree import Faults, Node

NEEDED = ("title", "kind", "by", "items")


@dataclass(frozen=True, slots=True)
class PlanBuilder:
    """`library`: entries of the plans that ship with the product, by id. `known` checks the names of a list of assets."""

    assets: Mapping[str, Asset]
    library: Mapping[str, Entry]
    known: Callable[[list[tuple[Node, str]]], tuple[str, ...]]
    faults: Faults

    def plan(self, name: str, entry: Entry) -> Plan:
        """The plan; what is missing or does not fit is a fault."""
        names = self.known(list(entry["assets"]))
        base = self._base(entry)
        for node, asset in entry["assets"]:
            if asset in self.assets and self.assets[asset].retired:
                self.faults.add(node, f"asset {asset} is retired.", "Take it out of the plan.")

        def value(key: str) -> Any:
            return entry[key] if base is None or entry.given(key) else base[key]

        for key in NEEDED:
            if value(key) is None:
                what = f"{key} is missing."
                self.faults.add(entry.node, what, f"Add `{key}:`, or name a plan of the library (`library:`).")
        if value("round") and value("vacant_homes"):
            what = "round and vacant_homes exclude each other."
            self.faults.add(
                entry.at("round"), what, "Take one of them out: a round of homes has an order for each asset."
            )
        trigger = self._trigger(entry, base)
        if isinstance(trigger, Use):
            self._check_counter(entry, trigger, names)
        return Plan(
            id=name,
            title=value("title"),
            kind=value("kind"),
            trigger=trigger,
            assets=names,
            items=tuple(self._item(item, names) for _, item in value("items") or ()),
            by=value("by") or "maintaining",
            start=entry["start"],
            source=Source(value("source"), value("jurisdiction"), value("grade")),
            criticality=value("criticality"),
            minutes=value("minutes"),
            skill=value("skill"),
            round=value("round"),
            vacant_homes=value("vacant_homes"),
            alone=value("alone"),
            workdays_only=value("workdays_only"),
            catch_up=value("catch_up"),
            spacing=value("spacing"),
        )

    def _base(self, entry: Entry) -> Entry | None:
        name = entry["library"]
        if not name:
            return None
        if name not in self.library:
            self.faults.add(entry.at("library"), f"the library has no plan {name}.", did_you_mean(name, self.library))
        return self.library.get(name)

    def _trigger(self, entry: Entry, base: Entry | None) -> Trigger:
        """The site's own when it gives one, else the library's."""
        own = any(entry[key] is not None for key in (*triggers.KEYS, *triggers.MORE))
        return triggers.trigger_of(entry if own or base is None else base, self.faults)

    def _item(self, entry: Entry, names: tuple[str, ...]) -> CheckItem:
        for asset in (self.assets[name] for name in names if name in self.assets):
            point = entry["point"]
            if point and point not in asset.profile.points:
                what = f"{asset.id} ({asset.profile.id}) has no point {point}."
                self.faults.add(entry.at("point"), what, did_you_mean(point, asset.profile.points))
        return item_of(entry, self.faults)

    def _check_counter(self, entry: Entry, trigger: Use, names: tuple[str, ...]) -> None:
        for asset in (self.assets[name] for name in names if name in self.assets):
            point = asset.profile.points.get(trigger.point)
            if point is None or point.counter is None:
                what = f"{asset.id} ({asset.profile.id}) has no counter {trigger.point}."
                counters = [each.name for each in asset.profile.points.values() if each.counter is not None]
                self.faults.add(entry.at("use"), what, did_you_mean(trigger.point, counters))


def item_of(entry: Entry, faults: Faults) -> CheckItem:
    """A line of a checklist."""
    low, high = entry["low"], entry["high"]
    if entry["kind"] is not ItemKind.MEASUREMENT and (low is not None or high is not None or entry["unit"]):
        faults.add(entry.node, "limits and unit belong to a measurement.", "Add `kind: measurement`.")
    if low is not None and high is not None and low > high:
        faults.add(entry.at("high"), f"high {high:g} is below low {low:g}.", "Swap them.")
    return CheckItem(entry["title"], entry["point"], entry["kind"], entry["unit"], low, high)


def calendar_of(
    entry: Entry | None,
    known_areas: Callable[[list[tuple[Node, str]]], tuple[str, ...]],
    published: Callable[[], Mapping[date, bool]],
    faults: Faults,
) -> WorkingCalendar:
    """The site's own days before those that are published; `published` is asked when the site follows China's holidays."""
    if entry is None:
        return WorkingCalendar(published())
    own: dict[date, bool] = {}
    for key, works in (("days_off", False), ("working_days", True)):
        for node, day in entry[key]:
            if day in own:
                faults.add(node, f"{day} is given twice.", "Keep one of them.")
            own[day] = works
    blackouts = []
    for _, item in entry["blackouts"]:
        if item["last"] < item["first"]:
            faults.add(item.at("last"), "ends before it begins.", "Swap first and last.")
        areas = frozenset(known_areas(list(item["areas"])))
        blackouts.append(Blackout(item["first"], item["last"], item["title"], areas))
    return WorkingCalendar(published() if entry["holidays"] == "china" else {}, own, tuple(blackouts))
