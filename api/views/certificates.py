"""Certificates as people see them: until when, how many days are left, and the order that its renewal has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.views.people import Names
from api.views.places import plain
from facility.domain.asset import Site
from facility.domain.certificate import Certificate, Standing
from facility.domain.occurrence import Occurrence
from facility.domain.text import Language, Title
from facility.domain.trigger import Expiry
from facility.flow.certificates import certificates
from facility.locale import catalogue, text
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate. `days`: left until it expires, negative afterwards; `order`: the one that its plan opened."""

    asset: str
    asset_title: Title
    area_title: Title
    kind: str
    kind_title: Title
    expires: date
    days: int
    standing: str
    number: str
    document: str
    renewed_by: str
    order: int | None
    plan: str


@dataclass(frozen=True, slots=True)
class CertificateList:
    """One page, what expires first first; how many fit on all pages, and how many there are of each standing."""

    rows: tuple[CertificateRow, ...]
    total: int
    page: int
    pages: int
    standings: Mapping[str, int]


def certificate_rows(site: Site, unit: WorkUnit, today: date) -> list[CertificateRow]:
    """All, what expires first first."""
    plans = {id: plan.trigger for id, plan in site.plans.items() if isinstance(plan.trigger, Expiry)}
    slots = unit.occurrences.latest(list(plans)) if plans else {}
    names = Names(unit)
    found = [_row(site, names, each, _slot(plans, slots, each), today) for each in certificates(site, unit).values()]
    return sorted(found, key=lambda row: (row.expires, row.asset, row.kind))


def _slot(
    plans: Mapping[str, Expiry], slots: Mapping[tuple[str, str], Occurrence], each: Certificate
) -> Occurrence | None:
    for plan, trigger in plans.items():
        slot = slots.get((plan, each.asset))
        if trigger.certificate == each.kind and slot is not None and slot.slot.last == each.expires:
            return slot
    return None


def _row(site: Site, names: Names, each: Certificate, slot: Occurrence | None, today: date) -> CertificateRow:
    asset, renewal = site.assets[each.asset], each.renewal
    return CertificateRow(
        asset=asset.id,
        asset_title=asset.title,
        area_title=site.areas[asset.area].title,
        kind=each.kind,
        kind_title=kind_title(site, each.kind),
        expires=each.expires,
        days=(each.expires - today).days,
        standing=each.standing(today).value,
        number=renewal.number if renewal else "",
        document=renewal.document if renewal else "",
        renewed_by=names.of(renewal.person) if renewal else "",
        order=slot.order if slot else None,
        plan=slot.plan if slot else "",
    )


def kind_title(site: Site, kind: str) -> Title:
    """What the site calls a kind of certificate, else what it is called everywhere, else its bare name."""
    id = f"pages.certificates.kinds.{kind.replace('-', '_')}"
    if kind in site.certificate_kinds or id not in catalogue(Language.EN):
        return site.certificate_kinds.get(kind, plain(kind))
    return Title(text(id, Language.EN), text(id, Language.ZH_CN))


def counted(rows: list[CertificateRow]) -> dict[str, int]:
    """How many stand how."""
    return {each.value: sum(row.standing == each for row in rows) for each in Standing}
