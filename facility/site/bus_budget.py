"""Refuses a serial line whose assets ask more of it than it has time."""

from collections.abc import Iterator

from facility.domain.asset import Link, Site
from facility.domain.bus_time import MOST, BusTime, bus_time
from facility.site.records import Entry
from facility.site.tree import Faults

_NAMED = 4  # assets that are named as the costliest


def budgets(site: Site) -> Iterator[tuple[Link, BusTime]]:
    """Every serial link that has assets, with its bus time; a plan that cannot be made is left out."""
    for link in site.links.values():
        assets = [asset for asset in site.assets.values() if asset.link == link.id and not asset.retired]
        if link.serial is None or not assets:
            continue
        try:
            yield link, bus_time(link.serial, assets)
        except ValueError:  # the profile is refused for it
            continue


def refuse_full_buses(site: Site, entry: Entry, faults: Faults) -> None:
    """Add a fault for each line, and for each device with its pauses, that is planned above the limit."""
    for link, time in budgets(site):
        links = entry["links"][link.id]
        if faults.within(links.node):
            continue
        if time.utilisation > MOST:
            node = links.at("baud") if links.given("baud") else links.node
            faults.add(node, _of_the_line(link, time), _MEND)
            continue
        for asset, share in time.unit.items():
            if share > MOST:
                what = f"its reads and the pauses between them take {share:.0%} of its time; at most {MOST:.0%}."
                faults.add(
                    entry["assets"][asset].at("unit"), what, "Lengthen `every:` or shorten `pause:` in its profile."
                )


_MEND = (
    "Raise the baud rate of line and devices, lengthen `every:` in those profiles, "
    "let one request read across more (`max_gap`), or put some assets on another line."
)


def _of_the_line(link: Link, time: BusTime) -> str:
    named = ", ".join(f"{asset} {share:.1%}" for asset, share in time.costliest[:_NAMED])
    more = len(time.line) - _NAMED
    rest = f" and {more} more" if more > 0 else ""
    return (
        f"the assets of link {link.id} need {time.utilisation:.0%} of the line's time at {link.serial}; "
        f"at most {MOST:.0%} may be planned. The costliest: {named}{rest}."
    )
