"""The programs as they run: age of their accounts, what waits, what was lost, who leads, whose clocks are wrong."""

import threading
from collections.abc import Iterator, Mapping

from facility import wiring
from facility.cli.doctor.finding import Check, Finding, Group, fine, note, wrong
from facility.cli.doctor.installation import SILENT, Installation
from facility.domain.errors import StoreError
from facility.domain.series import apart

EXPECTED = ("collectors", "scheduler", "api")
OLD = 120.0  # seconds for which lines may wait in the spool
AGAIN = 3.0  # seconds until what may be passing is looked at again
APART = 10.0  # seconds by which a device's clock may differ
Figures = Mapping[str, float]


def checks(installation: Installation) -> list[Check]:
    """All programs in one."""
    return [Check(Group.PROGRAMS, "programs", lambda: look(installation), within=20.0)]


def look(installation: Installation) -> Iterator[Finding]:
    """Who runs, and what those who run say."""
    try:
        accounts = installation.accounts()
    except StoreError as error:
        yield note(Group.PROGRAMS, "not_told", why=error.what)
        return
    now = installation.clock.now()
    ages = {name: now - accounts[name].at for name in EXPECTED if name in accounts}
    running = [name for name, age in ages.items() if age <= SILENT]
    if not running:
        yield note(Group.PROGRAMS, "none", programs=", ".join(EXPECTED))
        return
    for name in EXPECTED:
        if name in running:
            yield fine(Group.PROGRAMS, "runs", program=name, age=f"{ages[name].total_seconds():.0f}")
        else:
            last = f"{ages[name].total_seconds():.0f}" if name in ages else "-"
            yield wrong(Group.PROGRAMS, "silent", program=name, last=last)
    if "collectors" in running:
        yield from collected(accounts["collectors"].metrics)
        yield from _edges(installation)
    yield from _leader(installation)


def collected(figures: Figures) -> Iterator[Finding]:
    """Spool, losses, breakers and device clocks, from the collectors' figures."""
    lines, oldest = figures.get("facility_spool_lines", 0.0), figures.get("facility_spool_oldest_seconds", 0.0)
    facts = {"lines": f"{lines:.0f}", "oldest": f"{oldest:.0f}"}
    yield (wrong if oldest > OLD else fine)(Group.PROGRAMS, "spool_waits" if oldest > OLD else "spool", **facts)
    dropped = figures.get("facility_spool_dropped_lines_total", 0.0)
    if dropped:
        yield wrong(Group.PROGRAMS, "dropped", lines=f"{dropped:.0f}")
    parked = figures.get("facility_parked_lines_total", 0.0)
    if parked:
        yield wrong(Group.PROGRAMS, "parked", lines=f"{parked:.0f}")
    aside = figures.get("facility_spool_set_aside_total", 0.0) + figures.get("facility_journal_set_aside_total", 0.0)
    if aside:
        yield wrong(Group.PROGRAMS, "set_aside", files=f"{aside:.0f}")
    for link, number in by_link(figures, "facility_link_breakers_open").items():
        if number:
            yield wrong(Group.PROGRAMS, "breakers", link=link, units=f"{number:.0f}")
    for link, offset in by_link(figures, "facility_bus_time_offset_seconds").items():
        if abs(offset) > APART:
            yield wrong(Group.PROGRAMS, "device_clock", link=link, offset=f"{offset:+.0f}", limit=f"{APART:g}")


def by_link(figures: Figures, name: str) -> dict[str, float]:
    """The figure of this name of each link."""
    taken = ((apart(series), value) for series, value in figures.items())
    return {dict(labels).get("link", ""): value for (found, labels), value in taken if found == name}


def _edges(installation: Installation) -> Iterator[Finding]:
    """Edges wait for a moment always; those that still wait a little later wait for something."""
    if not installation.figures("collectors").get("facility_edges_undelivered"):
        yield fine(Group.PROGRAMS, "edges")
        return
    threading.Event().wait(AGAIN)
    installation.accounts(anew=True)
    waiting = installation.figures("collectors").get("facility_edges_undelivered", 0.0)
    yield (wrong if waiting else fine)(Group.PROGRAMS, "edges_wait" if waiting else "edges", edges=f"{waiting:.0f}")


def _leader(installation: Installation) -> Iterator[Finding]:
    if installation.site is None:
        return
    try:
        lease = wiring.leader(installation.settings, installation.site.id)
    except StoreError:
        return  # the work database's own check says so
    if lease is not None:
        yield fine(Group.PROGRAMS, "leader", holder=lease.holder, epoch=lease.epoch)
