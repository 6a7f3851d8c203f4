"""Take a request: at the front desk, by telephone or by the public form; what it is decides who hears of it, and how soon."""

from dataclasses import dataclass, replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.errors import NotFound, Unfit
from facility.domain.home import phone_of
from facility.domain.request import (
    LONGEST_NAME,
    LONGEST_PLACE,
    Came,
    DutyOf,
    Reporter,
    Request,
    RequestEvent,
    RequestKind,
    RequestState,
)
from facility.flow.open_requested import open_requested
from facility.flow.raise_by_hand import KEY, Report, raise_by_hand
from facility.flow.written import past, words
from facility.ports import WorkUnit

TOLD = {RequestKind.COMPLAINT: "complaint", RequestKind.SUGGESTION: "suggestion"}
"""What the area's administrator hears of within ten minutes (level 2)."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What somebody asks, as it was taken down. `area` may be left out where the home's building or the asset says it."""

    kind: RequestKind
    category: str
    words: str
    came: Came
    received_at: datetime
    key: str
    home: int | None = None
    asset: str = ""
    place: str = ""
    area: str = ""
    name: str = ""
    phone: str = ""
    resident: int | None = None
    duty: DutyOf = DutyOf.CENTRE
    receiver: int | None = None


def take_request(site: Site, unit: WorkUnit, intake: Intake, now: datetime) -> Request:
    """The stored request: with its order when the centre repairs, with its alert when the administrator is to hear of it.

    One by the public form waits for the front desk. The same key again: the one that stands. NotFound, Unfit.
    """
    if not KEY.fullmatch(intake.key):
        raise Unfit("key", "form_damaged", "must be 8 to 64 letters, digits, - or _")
    is_form = intake.came is Came.FORM
    new = Request(
        id=0,
        kind=intake.kind,
        category=_category(site, intake),
        words=words("words", intake.words),
        area=_area(site, unit, intake),
        came=intake.came,
        state=RequestState.TO_CONFIRM if is_form else RequestState.OPEN,
        received_at=past("received_at", intake.received_at, now),
        entered_at=now,
        home=intake.home,
        asset=intake.asset,
        place=_short("place", intake.place, LONGEST_PLACE),
        reporter=_reporter(unit, intake),
        receiver=intake.receiver,
        duty=intake.duty,
        confirmed_at=None if is_form else now,
    )
    stored = unit.requests.add(new, intake.key)
    if not unit.requests.log(RequestEvent(stored.id, "entered", now, "entered", intake.receiver)):
        return stored
    return stored if is_form else begin(site, unit, stored, now)


def begin(site: Site, unit: WorkUnit, request: Request, now: datetime) -> Request:
    """What follows from a request that is one: the order of a repair, word to the administrator of a complaint."""
    if request.kind is RequestKind.REPAIR and request.duty is DutyOf.CENTRE and request.order is None:
        request = unit.requests.change(replace(request, order=open_requested(site, unit, request, now).id))
    if request.kind in TOLD:
        request = tell(site, unit, request, TOLD[request.kind], request.received_at, now, request.receiver)
    return request


def tell(
    site: Site, unit: WorkUnit, request: Request, kind: str, since: datetime, now: datetime, by: int | None
) -> Request:
    """An alert of this kind about the request; its words name the request and no person."""
    category = site.categories.get(request.category)
    title = category.title.in_language(site.language) if category else request.category
    report = Report(
        kind=kind,
        person=by or request.receiver or 0,
        received_at=since,
        note=f"#{request.id} {title}",
        key=f"request-{request.id}-{kind}-{request.version}",
        asset=request.asset,
        area=request.area,
    )
    alert = raise_by_hand(site, unit, report, now)
    return unit.requests.change(replace(request, alert=alert.id))


def _category(site: Site, intake: Intake) -> str:
    if intake.category not in site.categories:
        raise Unfit("category", "request_category", f"must be one of {', '.join(site.categories)}")
    return intake.category


def _area(site: Site, unit: WorkUnit, intake: Intake) -> str:
    """What was said, or where the asset stands, or where the home's building is."""
    if intake.area and intake.area not in site.areas:
        raise NotFound("area", intake.area)
    if intake.asset:
        if intake.asset not in site.assets:
            raise NotFound("asset", intake.asset)
        return intake.area or site.assets[intake.asset].area
    if intake.home is not None:
        building = unit.homes.get(intake.home).address.building
        found = next((area.id for area in site.areas.values() if building in area.buildings), "")
        if intake.area or found:
            return intake.area or found
    if not intake.area:
        raise Unfit("area", "place_missing", "say where: a home, an asset or an area")
    return intake.area


def _reporter(unit: WorkUnit, intake: Intake) -> Reporter:
    name = _short("name", intake.name, LONGEST_NAME)
    number = phone_of(intake.phone)
    if number is None:
        raise Unfit("phone", "resident_phone", "is no phone number; write 5 to 15 digits")
    if intake.resident is None:
        return Reporter(name, number)
    known = unit.homes.resident(intake.resident)
    if known.home != intake.home:
        raise NotFound("resident", intake.resident)
    return Reporter(name or known.name, number or known.phone, known.id)


def _short(field: str, text: str, most: int) -> str:
    clean = " ".join(text.split())
    if len(clean) > most:
        raise Unfit(field, "words_too_long", f"is longer than {most} characters", most=most)
    return clean
