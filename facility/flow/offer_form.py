"""Offer the public form: a place with an address of its own that nobody can guess, and that can be taken back."""

import secrets
from datetime import datetime

from facility.domain.account import hash_of
from facility.domain.asset import Site
from facility.domain.errors import NotFound, Unfit
from facility.domain.request import LONGEST_PLACE
from facility.ports import ReportPlace, WorkUnit


def offer_form(
    site: Site, unit: WorkUnit, area: str, asset: str, place: str, now: datetime, by: int
) -> tuple[ReportPlace, str]:
    """The stored place and the token of its address, which is told once and kept nowhere; NotFound, Unfit."""
    if asset:
        if asset not in site.assets:
            raise NotFound("asset", asset)
        area = area or site.assets[asset].area
    if area not in site.areas:
        raise Unfit("area", "place_missing", "say where: an area or an asset")
    words = " ".join(place.split())
    if len(words) > LONGEST_PLACE:
        raise Unfit("place", "words_too_long", f"is longer than {LONGEST_PLACE} characters", most=LONGEST_PLACE)
    token = secrets.token_urlsafe(16)
    stored = unit.report_places.add(ReportPlace(0, hash_of(token), area, asset, words, now))
    unit.audit.note(now, by, "report_place.made", f"report_place:{stored.id}", {"area": area, "asset": asset})
    return stored, token


def take_back_form(unit: WorkUnit, place: int, now: datetime, by: int) -> None:
    """Its address takes nothing any more; NotFound."""
    unit.report_places.revoke(place, now)
    unit.audit.note(now, by, "report_place.revoked", f"report_place:{place}", {})
