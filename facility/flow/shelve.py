"""Shelve, take out of service, and end both: a person keeps alerts quiet, with a reason. Nothing that is latched."""

from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.alert import Alert, AlertState
from facility.domain.asset import Site
from facility.domain.errors import Conflict, NotFound, Taken, Unfit
from facility.domain.suppression import LONGEST_SHELF, Suppression, SuppressionKind
from facility.flow.written import seen_as, words
from facility.ports import WorkUnit


def shelve(
    unit: WorkUnit, number: int, person: int, until: datetime, reason: str, now: datetime, seen: int | None = None
) -> Suppression:
    """The alert's rule is kept quiet until a time, and told again then if it is still there; Conflict, Unfit.

    `seen`: the alert's version that the person saw.
    """
    alert = seen_as(unit.alerts.get(number), seen)
    _refuse_latched(alert)
    if alert.state is AlertState.CLOSED:
        raise Conflict(f"alert {number} is closed: there is nothing to shelve")
    if not now < until <= now + LONGEST_SHELF:
        days = LONGEST_SHELF // timedelta(days=1)
        what = f"a shelf ends between now and {days} days from now; what needs longer is out of service"
        raise Unfit("until", "shelf_until", what, days=days)
    return _add(
        unit,
        Suppression(0, SuppressionKind.SHELVED, alert.asset, alert.rule, now, until, words("reason", reason), person),
        f"alert:{number}",
    )


def take_out_of_service(
    site: Site,
    unit: WorkUnit,
    asset: str,
    rule: str,
    person: int,
    until: datetime | None,
    reason: str,
    now: datetime,
) -> Suppression:
    """An asset (or one of its rules) is worked on: its alerts are kept quiet until a time, or until it is ended.

    The asset's latched rules are told all the same; a latched rule itself is refused. NotFound, Conflict, Unfit.
    """
    if asset not in site.assets and asset not in site.links:
        raise NotFound("asset", asset)
    if rule:
        _refuse_latched_rule(site, asset, rule)
    if until is not None and until <= now:
        raise Unfit("until", "out_of_service_until", "the end is in the past")
    suppression = Suppression(
        0, SuppressionKind.OUT_OF_SERVICE, asset, rule, now, until, words("reason", reason), person
    )
    return _add(unit, suppression, f"asset:{asset}")


def end_suppression(unit: WorkUnit, number: int, person: int, now: datetime) -> Suppression:
    """End a shelf, or put back into service; the scheduler tells what is still there. NotFound, Taken."""
    before = unit.suppressions.get(number)
    if before.ended_at is not None:
        name = unit.people.get(before.ended_by).name if before.ended_by else "the program"
        raise Taken(f"{before.kind} {number}", "ended", name, before.ended_at)
    after = replace(before, ended_at=now, ended_by=person)
    unit.suppressions.change(after)
    unit.audit.note(now, person, f"{before.kind}.ended", f"suppression:{number}", {"asset": before.asset})
    return after


def _add(unit: WorkUnit, suppression: Suppression, subject: str) -> Suppression:
    stored = unit.suppressions.add(suppression)
    if stored is None:
        standing = unit.suppressions.standing()
        same = next(
            each
            for each in standing
            if (each.kind, each.asset, each.rule) == (suppression.kind, suppression.asset, suppression.rule)
        )
        raise Taken(subject, suppression.kind.value.replace("_", " "), unit.people.get(same.person).name, same.since)
    until = stored.until.isoformat() if stored.until else ""
    detail = {"asset": stored.asset, "rule": stored.rule, "until": until, "reason": stored.reason, "id": stored.id}
    unit.audit.note(stored.since, stored.person, str(stored.kind), subject, detail)
    return stored


def _refuse_latched(alert: Alert) -> None:
    if alert.latched:
        raise Conflict(f"alert {alert.id} is latched: it cannot be shelved; reset the panel and acknowledge")


def _refuse_latched_rule(site: Site, asset: str, rule: str) -> None:
    try:
        latched = site.rule(asset, rule).latched
    except KeyError:
        raise NotFound("rule", f"{asset}/{rule}") from None
    if latched:
        raise Conflict(f"rule {rule} of {asset} is latched: it cannot be taken out of service")
