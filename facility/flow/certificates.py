"""Certificates in force, and their renewal by a person."""

from collections.abc import Mapping
from datetime import date, datetime

from facility.domain.asset import Site
from facility.domain.certificate import Certificate, Renewal
from facility.domain.errors import Conflict, NotFound, Unfit
from facility.flow.written import words
from facility.ports import WorkUnit


def certificates(site: Site, unit: WorkUnit) -> Mapping[tuple[str, str], Certificate]:
    """By asset and kind, of assets in use: what the site file says, or a renewal that holds longer."""
    renewed = unit.renewals.latest()
    found: dict[tuple[str, str], Certificate] = {}
    for asset in site.assets.values():
        for kind, expires in asset.certificates.items():
            renewal = renewed.get((asset.id, kind))
            newer = renewal is not None and renewal.expires > expires
            if not asset.retired:
                day = renewal.expires if renewal is not None and newer else expires
                found[asset.id, kind] = Certificate(asset.id, kind, day, renewal if newer else None)
    return found


def renew(
    site: Site,
    unit: WorkUnit,
    asset: str,
    kind: str,
    expires: date,
    number: str,
    document: str,
    seen: date,
    person: int,
    now: datetime,
) -> Renewal:
    """The stored renewal. `seen`: until when it held when the person looked. NotFound; Unfit; Conflict: somebody was faster."""
    known = certificates(site, unit).get((asset, kind))
    if known is None:
        raise NotFound("certificate", f"{asset}/{kind}")
    if known.expires != seen:
        raise Conflict(f"{kind} of {asset} holds until {known.expires} now, not {seen}: look at it again")
    if expires <= known.expires:
        raise Unfit("expires", "not_later", f"{expires} is not later than {known.expires}", day=str(known.expires))
    number, document = words("number", number), words("document", document, needed=False)
    stored = unit.renewals.add(Renewal(0, asset, kind, expires, number, document, person, now))
    detail = {"kind": kind, "from": str(known.expires), "until": str(expires), "id": number, "document": document}
    unit.audit.note(now, person, "certificate.renewed", f"asset:{asset}", detail)
    return stored
