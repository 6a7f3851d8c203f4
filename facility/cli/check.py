"""`facility check`: is the site file without faults, and does every rule keep its level's deadline?"""

from collections import Counter
from typing import Any

from facility.cli.output import AsJson, SiteFile, counted, refusing, say, say_json, say_table, site_path
from facility.domain.asset import Link, Site
from facility.domain.bus_time import MOST, BusTime
from facility.locale import alert_kinds
from facility.site import load
from facility.site.bus_budget import budgets
from facility.site.emergency import load_plans
from facility.site.text_files import shown
from facility.site.timing import WorstTime, worst_times

_SHOWN = (1, 2)  # levels whose deadlines are minutes


def command(site: SiteFile = None, json: AsJson = False) -> None:
    """Check a site file with its profiles and emergency plans; list all faults, each with its line and how to mend it.

    Without faults: what the estate holds, and how long each rule of level 1 and 2 takes at worst from the onset at the
    device until a channel has accepted the message; and how much of each serial line's time the reading takes.

    Exit codes: 0 no fault, 1 faults, 2 wrong use.

    Examples: [cyan]facility check[/cyan] · [cyan]facility check examples/demo/site.yaml --json[/cyan]
    """
    with refusing(as_json=json):
        path = site_path(site)
        checked = load(path)
        load_plans(path.parent, alert_kinds())
        times = [time for time in worst_times(checked) if time.level in _SHOWN]
        if json:
            say_json(_as_data(checked, times))
            return
        say(f"{shown(path)}: no fault.", "green")
        say(_summary(checked))
        rows = [list(row) for row in _rows(times)]
        say_table(["level", "rule", "where", "worst", "deadline", "how"], rows, "Worst time from onset to message")
        ways = [[spec.id, spec.kind, spec.title.en, spec.way.value] for spec in checked.channels.values()]
        say_table(["channel", "kind", "title", "way"], ways, "Ways out (the internet dies with the mains)")
        lines = [_bus_row(link, time) for link, time in budgets(checked)]
        if lines:
            say_table(
                ["link", "line", "reads", "planned", "costliest assets"], lines, "Planned time of the serial lines"
            )
        for note in notes(checked):
            say(f"Note: {note}", "yellow")


def notes(site: Site) -> list[str]:
    """What is no fault, but will be missed one day."""
    known = alert_kinds()
    found = []
    rules = [*site.rules.values(), *(rule for asset in site.assets.values() for rule in asset.rules.values())]
    for kind in sorted({rule.alert for rule in rules if rule.level is not None} - known):
        found.append(f"alert kind {kind} has no text of its own; messages show the rule's title.")
    first = {name for ladder in site.ladders.values() if ladder.level == 1 for name in ladder.rungs[0].channels}
    for spec in site.channels.values():
        if spec.id in first and spec.kind == "mqtt" and not spec.settings.get("answer"):
            what = "accepted means only that the broker has the message, not that a device heard it"
            found.append(f"channel {spec.id}: {what}; let the device answer (`answer: true`).")
    workers = {position for asset in site.assets.values() for position in (asset.operating, asset.maintaining)}
    foremen = {position.team for position in site.positions.values() if position.role == "foreman"}
    for team in sorted({site.positions[position].team for position in workers} - foremen):
        found.append(f"team {team} has no position of role foreman: nobody can check its orders.")
    return found


def _summary(site: Site) -> str:
    points = sum(len(asset.profile.points) for asset in site.assets.values())
    systems = Counter(asset.profile.system.value for asset in site.assets.values())
    shares = ", ".join(f"{system} {number}" for system, number in sorted(systems.items()))
    counts = {
        "asset": len(site.assets),
        "point": points,
        "link": len(site.links),
        "area": len(site.areas),
        "position": len(site.positions),
        "plan": len(site.plans),
    }
    return f"{site.title.en}: {', '.join(counted(n, thing) for thing, n in counts.items())} ({shares}). Revision {site.digest[:12]}."


def _rows(times: list[WorstTime]) -> list[tuple[str, ...]]:
    """Rules that take equally long stand on one line."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for time in sorted(times, key=lambda time: (time.level, -time.total)):
        key = (
            str(time.level),
            time.rule,
            _seconds(time.total.total_seconds()),
            _seconds(time.deadline.total_seconds()),
        )
        groups.setdefault((*key, time.sum), []).append(time.owner or "site")
    return [
        (
            level,
            rule,
            owners[0] if len(owners) == 1 else f"{owners[0]} and {len(owners) - 1} more",
            worst,
            deadline,
            how,
        )
        for (level, rule, worst, deadline, how), owners in groups.items()
    ]


def _bus_row(link: Link, time: BusTime) -> list[str]:
    costliest = ", ".join(f"{asset} {share:.1%}" for asset, share in time.costliest[:3])
    return [link.id, str(link.serial), f"{time.reads:.2g}/s", f"{time.utilisation:.0%} of {MOST:.0%}", costliest]


def _as_data(site: Site, times: list[WorstTime]) -> dict[str, Any]:
    return {
        "site": site.id,
        "digest": site.digest,
        "assets": len(site.assets),
        "points": sum(len(asset.profile.points) for asset in site.assets.values()),
        "links": len(site.links),
        "faults": [],
        "channels": {spec.id: {"kind": spec.kind, "way": spec.way.value} for spec in site.channels.values()},
        "notes": notes(site),
        "bus_time": [
            {"link": link.id, "line": str(link.serial), "reads": time.reads, "planned": time.utilisation, "most": MOST}
            | {"assets": dict(time.costliest)}
            for link, time in budgets(site)
        ],
        "worst_times": [
            {
                "owner": time.owner or "site",
                "rule": time.rule,
                "level": time.level,
                "seconds": time.total.total_seconds(),
                "deadline": time.deadline.total_seconds(),
                "how": time.sum,
            }
            for time in times
        ],
    }


def _seconds(seconds: float) -> str:
    return f"{seconds:g} s"
