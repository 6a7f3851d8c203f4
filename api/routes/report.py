"""The public form behind a QR code: no account, little asked, nothing shown; and the places where it is offered."""

import secrets

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Fields, Form, first
from api.rights import allow, by_link
from api.views.requests import PlaceView, place_view
from facility.domain.account import hash_of
from facility.domain.errors import Conflict, NotFound, Unfit
from facility.domain.request import Came, RequestKind
from facility.domain.role import REQUEST_KEEPERS
from facility.flow.offer_form import offer_form, take_back_form
from facility.flow.take_request import Intake, take_request
from facility.ports import ReportPlace
from facility.qr_codes import qr_code

router = APIRouter()

KEEPERS = allow(*REQUEST_KEEPERS)
PUBLIC_KINDS = (RequestKind.REPAIR, RequestKind.ENQUIRY, RequestKind.COMPLAINT, RequestKind.SUGGESTION)
LONGEST = 500
TRAP = "website"  # a field that people do not see, and programs fill in


@router.get("/report/{token}", include_in_schema=False, dependencies=[by_link()])
def form_page(token: str, request: Request, deps: Here) -> HTMLResponse:
    """The form."""
    return _form(request, deps, _place(deps, token), {})


@router.post("/report/{token}", include_in_schema=False, dependencies=[by_link()])
def send(token: str, request: Request, deps: Here, form: Form) -> HTMLResponse:
    """Take it in, to be confirmed by the front desk; what programs fill in is thanked for and kept nowhere."""
    place = _place(deps, token)
    if first(form, TRAP):
        return _form(request, deps, place, {}, thanks=secrets.randbelow(900) + 100)
    address = request.client.host if request.client else ""
    if not deps.reports.take(address, deps.clock.monotonic()):
        return _form(request, deps, place, form, status=429, slow=True)
    try:
        number = _taken(deps, place, form)
    except (Unfit, Conflict) as refused:
        fault = refused.id if isinstance(refused, Unfit) else "form_damaged"
        params = refused.params if isinstance(refused, Unfit) else {}
        return _form(request, deps, place, form, status=422, fault=fault, params=params)
    return _form(request, deps, place, {}, thanks=number)


@router.get("/report-places.json", tags=["requests"], dependencies=[KEEPERS])
def places_json(deps: Here) -> list[PlaceView]:
    """Where the public form is offered."""
    return _places(deps)


@router.get("/report-places", include_in_schema=False, dependencies=[KEEPERS])
def places_page(request: Request, deps: Here) -> HTMLResponse:
    """The same as a page, to make and revoke them."""
    return _places_page(request, deps)


@router.post("/report-places", include_in_schema=False, dependencies=[KEEPERS])
def make_place(request: Request, deps: Here, person: Acting, form: Form) -> HTMLResponse:
    """A new one; its address and QR code are shown once."""
    area, asset, place = (first(form, name) for name in ("area", "asset", "place"))
    try:
        with deps.work.writing() as unit:
            stored, token = offer_form(deps.site, unit, area, asset, place, deps.clock.now(), person.id)
    except Unfit as unfit:
        return _places_page(request, deps, fault=unfit.id, params=unfit.params, status=422)
    address = f"{deps.public_url or str(request.base_url).rstrip('/')}/report/{token}"
    return _places_page(request, deps, made=place_view(deps.site, stored), address=address)


@router.post("/report-places/{number}/revoke", include_in_schema=False, dependencies=[KEEPERS])
def revoke_place(number: int, deps: Here, person: Acting) -> Response:
    """It takes nothing any more."""
    with deps.work.writing() as unit:
        take_back_form(unit, number, deps.clock.now(), person.id)
    return RedirectResponse("/report-places", 303)


def _place(deps: Deps, token: str) -> ReportPlace:
    with deps.work.reading() as unit:
        found = unit.report_places.at(hash_of(token))
    if found is None:
        raise NotFound("place of the public form", "behind this address")
    return found


def _taken(deps: Deps, place: ReportPlace, form: Fields) -> int:
    now, kind = deps.clock.now(), first(form, "kind") or RequestKind.REPAIR.value
    words = first(form, "words")
    if len(words) > LONGEST:
        raise Unfit("words", "words_too_long", f"is longer than {LONGEST} characters", most=LONGEST)
    if kind not in {each.value for each in PUBLIC_KINDS}:
        raise Unfit("kind", "form_damaged", "is none that the form offers")
    home = first(form, "home")
    where = " ".join(part for part in (place.place, home[:20]) if part)
    intake = Intake(
        kind=RequestKind(kind),
        category=first(form, "category"),
        words=words,
        came=Came.FORM,
        received_at=now,
        key=first(form, "key"),
        asset=place.asset,
        place=where[:60],
        area=place.area,
        name=first(form, "name"),
        phone=first(form, "phone"),
    )
    with deps.work.writing() as unit:
        return take_request(deps.site, unit, intake, now).id


def _form(
    request: Request,
    deps: Deps,
    place: ReportPlace,
    form: Fields,
    *,
    status: int = 200,
    thanks: int | None = None,
    slow: bool = False,
    fault: str = "",
    params: dict[str, object] | None = None,
) -> HTMLResponse:
    facts = {
        "place": place_view(deps.site, place),
        "kept": {name: first(form, name) for name in form},
        "key": first(form, "key") or secrets.token_hex(16),
        "kinds": PUBLIC_KINDS,
        "categories": deps.site.categories.values(),
        "thanks": thanks,
        "slow": slow,
        "fault": fault,
        "params": params or {},
        "trap": TRAP,
    }
    return deps.pages.page(request, "report.html", status=status, facts=facts)


def _places(deps: Deps) -> list[PlaceView]:
    with deps.work.reading() as unit:
        return [place_view(deps.site, place) for place in unit.report_places.all()]


def _places_page(
    request: Request,
    deps: Deps,
    *,
    status: int = 200,
    made: PlaceView | None = None,
    address: str = "",
    fault: str = "",
    params: dict[str, object] | None = None,
) -> HTMLResponse:
    facts = {
        "places": _places(deps),
        "made": made,
        "address": address,
        "code": qr_code(address) if address else "",
        "fault": fault,
        "params": params or {},
        "topic": "",
    }
    return deps.pages.page(request, "report_places.html", status=status, facts=facts)
