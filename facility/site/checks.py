"""Checks over the whole site: addresses, circles, ladders, and rules that cannot keep their level's deadline."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from facility.domain.asset import COMM_LOST, Asset, Link, Site
from facility.site.bus_budget import refuse_full_buses
from facility.site.consequences import check_in_site
from facility.site.consequences import refuse_circles as refuse_consequence_circles
from facility.site.records import Entry
from facility.site.timing import WorstTime, worst_times
from facility.site.tree import Faults, Node
from facility.site.ways import refuse_one_way_out


def check_whole(site: Site, entry: Entry, faults: Faults) -> None:
    """Add the faults that show only when everything is put together."""
    assets, areas = entry["assets"], entry["areas"]
    _refuse_shared_ports(site, entry, faults)
    _refuse_shared_addresses(site, assets, faults)
    for key, above in _ABOVE.items():
        _refuse_circles(site.assets, above, lambda name, key=key: assets[name].at(key), key, faults)  # type: ignore[misc]
    _refuse_circles(site.areas, lambda area: (area.parent,), lambda name: areas[name].at("parent"), "parent", faults)
    check_in_site(site, entry, faults)
    if not faults.found:
        refuse_consequence_circles(site, entry, faults)
    _refuse_taken_names(site, assets, faults)
    times = worst_times(site) if site.ladders else []
    _require_ladders(site, times, entry, faults)
    _refuse_late_rules(site, times, entry, faults)
    refuse_full_buses(site, entry, faults)
    refuse_one_way_out(site, entry, faults)


_ABOVE: dict[str, Callable[[Asset], Iterable[str]]] = {
    "fed_by": lambda asset: asset.fed_by,
    "supplied_by": lambda asset: asset.supplied_by,
    "behind": lambda asset: (asset.behind,),
}


def _refuse_shared_ports(site: Site, entry: Entry, faults: Faults) -> None:
    taken: dict[tuple[str, int], str] = {}
    read = {asset.link for asset in site.assets.values()}
    told = site.home_assistant.link if site.home_assistant else ""
    for link in site.links.values():
        if link.id == told and link.id not in read:
            continue  # the devices' broker may be Home Assistant's too, with a user of its own for publishing
        if faults.within(entry["links"][link.id].node):
            continue
        key = "port" if link.kind.has_address else "device"
        other = taken.setdefault(_where(link), link.id)
        if other != link.id:
            place = link.place if link.kind.has_address else entry["links"][other]["device"]
            what = f"link {other} is {place} already."
            faults.add(entry["links"][link.id].at(key), what, f"Put its assets on that link, or correct the {key}.")


def _where(link: Link) -> tuple[str, int]:
    """What two links cannot share: an address, or a serial port by whatever name (/dev/serial/by-id/… is a link)."""
    if link.serial is not None and link.serial.device:
        return os.path.realpath(link.serial.device), 0
    return link.host.lower(), link.port


def _refuse_shared_addresses(site: Site, entries: Mapping[str, Entry], faults: Faults) -> None:
    taken: dict[tuple[str, str], str] = {}
    for asset in site.assets.values():
        link = site.links.get(asset.link)
        if asset.retired or link is None:
            continue
        modbus = link.kind.is_modbus
        node = entries[asset.id].at("unit" if modbus else "prefix")
        if faults.within(node):
            continue
        topics = [asset.topic(template) for template in asset.profile.topics.values()]
        for address in [f"unit {asset.unit}"] if modbus else topics:
            other = taken.setdefault((link.id, address), asset.id)
            if other != asset.id:
                what = f"{other} has {address} on link {link.id} already."
                faults.add(node, what, "Correct one of them; a device that was replaced is `retired: true`.")
                break


def _refuse_circles(
    things: Mapping[str, object],
    above: Callable[..., Iterable[str]],
    at: Callable[[str], Node],
    key: str,
    faults: Faults,
) -> None:
    done: set[str] = set()
    for start in things:
        path: list[str] = []
        _walk(start, path, done, things, above, at, key, faults)


def _walk(
    name: str,
    path: list[str],
    done: set[str],
    things: Mapping[str, object],
    above: Callable[..., Iterable[str]],
    at: Callable[[str], Node],
    key: str,
    faults: Faults,
) -> None:
    if name in path:
        circle = [*path[path.index(name) :], name]
        faults.add(at(circle[-2]), f"{key} goes in a circle: {' → '.join(circle)}.", "Break it at one place.")
        return
    if name in done or name not in things:
        return
    path.append(name)
    for upper in above(things[name]):
        _walk(upper, path, done, things, above, at, key, faults)
    path.pop()
    done.add(name)


def _refuse_taken_names(site: Site, entries: Mapping[str, Entry], faults: Faults) -> None:
    names: dict[str, str] = dict.fromkeys(entries, "an asset of this site")
    for name, entry in entries.items():
        for node, old in entry["was"]:
            if old in names:
                faults.add(node, f"{old} is {names[old]}.", "An earlier name belongs to one asset and is used no more.")
            names.setdefault(old, f"an earlier name of {name}")


def _require_ladders(site: Site, times: Sequence[WorstTime], entry: Entry, faults: Faults) -> None:
    if not site.ladders:
        return
    needed = {1} | {time.level for time in times}
    for level in sorted(needed - set(site.ladders)):
        what = f"level {level} has no ladder: nobody would be told."
        faults.add(entry.at("ladders"), what, f"Add `{level}: [{{position: …, channels: […]}}]`.")


def _refuse_late_rules(site: Site, times: Sequence[WorstTime], entry: Entry, faults: Faults) -> None:
    for time in times:
        if time.kept or time.level not in site.ladders:
            continue
        node = _place(time.owner, time.rule, entry)
        what = (
            f"rule {time.rule} cannot keep the deadline of level {time.level}, "
            f"{time.deadline.total_seconds():g} s: {time.sum}."
        )
        faults.add(node, what, "Shorten the hold, the poll period or the channel's timeout, or choose another level.")


def _place(owner: str, rule: str, entry: Entry) -> Node:
    links: Mapping[str, Entry] = entry["links"]
    rules: Mapping[str, Entry] = entry["rules"]
    if not owner:
        return rules[rule].at("hold")
    if owner in links:
        return links[owner].at("lost_after")
    asset: Entry = entry["assets"][owner]
    changed: Mapping[str, Node] = asset["rules"]
    return changed.get(rule, asset.at("rules" if rule == COMM_LOST else "profile"))
