"""Alerts in words of the command line, and as data."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from facility.domain.alert import Alert, Deadline
from facility.domain.asset import Site
from facility.domain.errors import NotFound, Unfit
from facility.domain.text import Language
from facility.locale import catalogue
from facility.ports import WorkUnit

NEVER = "—"


def moment_of(text: str, zone: tzinfo, default: datetime) -> datetime:
    """A time that was typed, in the site's zone unless it names its own; Unfit."""
    if not text:
        return default
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit("time", "not_a_time", f"{text!r} is no time; write 2026-11-23T14:05") from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def alert_row(site: Site, unit: WorkUnit, alert: Alert) -> list[str]:
    """One line of the list."""
    state = alert.state.replace("_", " ") + (f", {alert.hidden.replace('_', ' ')}" if alert.hidden else "")
    return [
        str(alert.id),
        str(alert.level),
        title(alert),
        alert.asset or alert.area,
        _local(site, alert.onset),
        state,
        promise(site, _first(unit, alert)),
    ]


def title(alert: Alert) -> str:
    """What it says, in English."""
    return catalogue(Language.EN).get(f"alerts.{alert.kind}.title", alert.kind)


def promise(site: Site, deadline: Deadline | None) -> str:
    """How the promise stands."""
    if deadline is None:
        return NEVER
    if deadline.waived_at is not None:
        return "waived"
    if deadline.met_at is not None:
        return f"told {_local(site, deadline.met_at)}" + ("" if deadline.kept else " (late)")
    return f"{'missed' if deadline.missed_at else 'due'} {_local(site, deadline.due_at)}"


def alert_lines(site: Site, unit: WorkUnit, alert: Alert) -> Iterator[str]:
    """One alert with all that happened."""
    yield f"Alert {alert.id}, level {alert.level}: {title(alert)} at {alert.asset or alert.area}"
    yield f"  {alert.state.replace('_', ' ')}, since {_local(site, alert.onset)}" + (
        ", latched" if alert.latched else ""
    )
    if alert.note:
        yield f"  reported: {alert.note}"
    for deadline in unit.alerts.deadlines(alert.id):
        again = f" (told again {deadline.round})" if deadline.round else ""
        yield f"  {deadline.position or 'first step'}{again}: {promise(site, deadline)}"
    names = {person.id: person.name for person in unit.people.all()}
    yield "What happened"
    for event in unit.alerts.events(alert.id):
        who = f" · {names.get(event.person, event.person)}" if event.person else ""
        said = f" · {event.detail}" if event.detail else ""
        yield f"  {_local(site, event.at)} {event.what.replace('_', ' ')}{who}{said}"
    yield "Messages"
    for notice in unit.notices.of_alert(alert.id):
        answer = f"{notice.answer_code} {notice.answer_text}".strip()
        yield f"  {names.get(notice.person, notice.person)} by {notice.channel}: {notice.state} {answer}".rstrip()


def alert_data(unit: WorkUnit, alert: Alert) -> dict[str, object]:
    """One alert as JSON; times in UTC."""
    first = _first(unit, alert)
    return {
        "id": alert.id,
        "level": alert.level,
        "kind": alert.kind,
        "asset": alert.asset,
        "area": alert.area,
        "state": str(alert.state),
        "hidden": alert.hidden,
        "latched": alert.latched,
        "onset": alert.onset.isoformat(),
        "raised_at": alert.raised_at.isoformat(),
        "due_at": first.due_at.isoformat() if first else None,
        "told_at": first.met_at.isoformat() if first and first.met_at else None,
        "missed_at": first.missed_at.isoformat() if first and first.missed_at else None,
        "version": alert.version,
        "events": [
            {"at": event.at.isoformat(), "what": event.what, "person": event.person, "detail": event.detail}
            for event in unit.alerts.events(alert.id)
        ],
    }


def _first(unit: WorkUnit, alert: Alert) -> Deadline | None:
    try:
        return unit.alerts.deadline(alert.id)
    except NotFound:
        return None


def _local(site: Site, at: datetime) -> str:
    return f"{at.astimezone(site.zone):%Y-%m-%d %H:%M:%S}"
