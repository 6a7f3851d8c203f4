"""Raise an alert by hand: a guard or the front desk was told by telephone. The clock runs from receipt."""

import re
from dataclasses import dataclass
from datetime import datetime

from facility.domain.alert import BY_HAND, DEADLINES, Alert, AlertState
from facility.domain.asset import Site
from facility.domain.by_hand import HAND_KINDS
from facility.domain.errors import NotFound, Unfit
from facility.flow.memory import Memory
from facility.flow.notify import area_of
from facility.flow.raise_alerts import enter
from facility.flow.written import past, words
from facility.ports import WorkUnit

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Report:
    """What a person reports. `asset` or `area` says where; `key`: the same report sent twice is one alert."""

    kind: str
    person: int
    received_at: datetime
    note: str
    key: str
    asset: str = ""
    area: str = ""


def raise_by_hand(site: Site, unit: WorkUnit, report: Report, now: datetime) -> Alert:
    """The alert, with its deadline from receipt and its first notices; the same key again: the alert that stands.

    NotFound (asset, area), Unfit (kind, place, time, words).
    """
    kind = HAND_KINDS.get(report.kind)
    if kind is None:
        raise Unfit("kind", "kind_unknown", f"{report.kind!r} is none of {', '.join(HAND_KINDS)}")
    area = _place(site, report)
    if not KEY.fullmatch(report.key):
        raise Unfit("key", "form_damaged", "must be 8 to 64 letters, digits, - or _")
    rule = BY_HAND + report.key
    known = unit.alerts.latest_of(report.asset, rule)
    if known is not None:
        return known
    received = past("received_at", report.received_at, now)
    new = Alert(
        id=0,
        asset=report.asset,
        rule=rule,
        kind=kind.kind,
        level=kind.level,
        state=AlertState.ACTIVE_UNACKNOWLEDGED,
        onset=received,
        raised_at=now,
        late=now > received + DEADLINES[kind.level],
        area=area,
        note=words("note", report.note, needed=False),
        raised_by=report.person,
    )
    return enter(site, unit, new, Memory(), now, order=kind.order and bool(report.asset))


def _place(site: Site, report: Report) -> str:
    """The area; that of the asset when there is one."""
    if report.asset and report.asset not in site.assets:
        raise NotFound("asset", report.asset)
    if report.area and report.area not in site.areas:
        raise NotFound("area", report.area)
    if not report.asset and not report.area:
        raise Unfit("area", "place_missing", "say where: an area or an asset")
    return report.area or area_of(site, report.asset)
