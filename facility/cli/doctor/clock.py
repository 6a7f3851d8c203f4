"""The clock: is it held by a time source, and does it agree with the servers around us? Time zones too."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from facility.cli.doctor.finding import Check, Finding, Group, fine, note, wrong
from facility.cli.doctor.installation import Installation
from facility.clock import PLAUSIBLE
from facility.synchronisation import synchronisation, time_programs

LIMIT = 5.0  # seconds by which another machine's clock may differ
COARSE = 1.0  # an HTTP Date has whole seconds


def checks(installation: Installation) -> list[Check]:
    """Our own clock and zone; offsets to servers are found where those servers are asked."""
    zone = installation.site.zone.key if installation.site else ""
    return [Check(Group.CLOCK, "clock", lambda: look(zone))]


def look(zone: str) -> Iterator[Finding]:
    """The time, who holds it, and the zones."""
    now = datetime.now(UTC)
    if now.timestamp() < PLAUSIBLE:
        yield wrong(Group.CLOCK, "not_set", now=f"{now:%Y-%m-%d %H:%M}")
    yield _held()
    if zone:
        yield fine(Group.CLOCK, "zones", zone=zone, host="/".join(dict.fromkeys(time.tzname)))


def _held() -> Finding:
    state, programs = synchronisation(), time_programs()
    if state is None:
        return note(Group.CLOCK, "not_told")
    if state.held:
        by = ", ".join(programs) or "NTP"
        return fine(Group.CLOCK, "held", by=by, offset=f"{state.offset:+.3f}", most=f"{state.most:.3f}")
    if programs:
        return note(Group.CLOCK, "not_held_yet", by=", ".join(programs))
    return note(Group.CLOCK, "not_held")


def http_offset(server: str, date: str | None, ours: float) -> Iterator[Finding]:
    """Compare with the Date that a server put on its answer."""
    if not date:
        return
    try:
        theirs = parsedate_to_datetime(date).timestamp() + COARSE / 2
    except ValueError:
        return
    yield compared(server, theirs - ours, COARSE)


def compared(server: str, offset: float, coarse: float = 0.0) -> Finding:
    """`offset`: their time less ours, in seconds."""
    facts = {"server": server, "offset": f"{offset:+.1f}", "limit": f"{LIMIT:g}"}
    return (wrong if abs(offset) > LIMIT + coarse else fine)(
        Group.CLOCK, "apart" if abs(offset) > LIMIT + coarse else "agrees", **facts
    )
