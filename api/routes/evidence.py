"""Photos of orders, and what was used: by whoever is signed in, and by the link of a message."""

import secrets
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Fields, Form, Sent, file_of, first
from api.rights import allow, by_link
from api.routes.assignments import LONGEST_KEY, SHORTEST_KEY
from api.routes.links import opened
from api.routes.lists import order_now, show_order
from api.views.evidence import PhotoView, UsedList, photo_views, used_list
from api.views.people import Names
from facility.domain.errors import Conflict, Unfit
from facility.domain.evidence import Photo, UsedKind
from facility.domain.role import STAFF
from facility.flow.keep_photo import keep_photo
from facility.flow.use_part import strike, use_part
from facility.pictures import settle_picture

router = APIRouter()

File = Annotated[bytes, Depends(file_of)]


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo that was taken in, and where its picture is."""

    photo: PhotoView
    address: str


def keep(deps: Deps, order: int, person: int, key: str, line: str, file: bytes) -> Photo:
    """Look at the picture outside of any transaction, then keep it; Conflict, NotFound, Unfit."""
    picture = settle_picture(file)
    now = deps.clock.now()
    with deps.work.writing() as unit:
        return keep_photo(
            deps.site,
            unit,
            order=order,
            key=f"{person}:{key}",
            line=line,
            picture=picture.jpeg,
            size=(picture.width, picture.height),
            person=person,
            at=now,
        )


def shown_photo(deps: Deps, photo: Photo, under: str) -> KeptPhoto:
    """As it is answered; `under`: the address of the page that shows it."""
    with deps.work.reading() as unit:
        (view,) = photo_views([photo], Names(unit))
    return KeptPhoto(view, f"{under}/photos/{photo.id}.jpg")


def picture_of(deps: Deps, order: int, photo: int) -> Response:
    """The picture; it never changes, and only this browser keeps it. NotFound."""
    with deps.work.reading() as unit:
        body = unit.photos.picture(order, photo)
    return Response(body, media_type="image/jpeg", headers={"cache-control": "private, max-age=31536000, immutable"})


@router.get("/orders/{number}/photos/{photo}.jpg", tags=["work"], dependencies=[allow(*STAFF)])
def photo(number: int, photo: int, deps: Here) -> Response:
    """A photo of an order."""
    return picture_of(deps, number, photo)


@router.post("/orders/{number}/photos.json", tags=["work"], dependencies=[allow(*STAFF)])
def photo_json(number: int, request: Request, deps: Here, person: Acting, file: File, line: str = "") -> KeptPhoto:
    """Keep a photo: the body is a JPEG, PNG or WebP; `line`: the key of a line of the checklist; header `Idempotency-Key`."""
    kept = keep(deps, number, person.id, _key(request.headers.get("idempotency-key", "")), line, file)
    return shown_photo(deps, kept, f"/orders/{number}")


@router.post("/orders/{number}/photos", include_in_schema=False, dependencies=[allow(*STAFF)])
def photo_by_form(number: int, request: Request, deps: Here, person: Acting, form: Form, file: File) -> Response:
    """The same by a form with a file."""
    try:
        keep(deps, number, person.id, _key(first(form, "key")), first(form, "line"), file)
    except Unfit as unfit:
        return show_order(deps, request, number, person, 422, {}, unfit.id, unfit.params)
    except Conflict:
        return show_order(deps, request, number, person, 409, {}, "conflict")
    return RedirectResponse(f"/orders/{number}#evidence", 303)


@router.get("/o/{token}/photos/{photo}.jpg", include_in_schema=False, dependencies=[by_link()])
def photo_by_link(token: str, photo: int, deps: Here) -> Response:
    """A photo of the order behind the link."""
    number, _ = opened(deps, token)
    return picture_of(deps, number, photo)


@router.post("/o/{token}/photos.json", include_in_schema=False, dependencies=[by_link()])
def keep_by_link(token: str, request: Request, deps: Here, file: File, line: str = "") -> KeptPhoto:
    """Keep a photo, by the page behind the link."""
    number, person = opened(deps, token)
    kept = keep(deps, number, person, _key(request.headers.get("idempotency-key", "")), line, file)
    return shown_photo(deps, kept, f"/o/{token}")


@router.post("/o/{token}/photos", include_in_schema=False, dependencies=[by_link()])
def keep_by_form_of_link(token: str, deps: Here, form: Form, file: File) -> Response:
    """The same by a form with a file, where no script runs."""
    number, person = opened(deps, token)
    keep(deps, number, person, _key(first(form, "key")), first(form, "line"), file)
    return RedirectResponse(f"/o/{token}#evidence", 303)


@router.get("/orders/{number}/used.json", tags=["work"], dependencies=[allow(*STAFF)])
def used_json(number: int, deps: Here) -> UsedList:
    """Parts, materials and paid work of an order."""
    return order_now(deps, number).used


@router.post("/orders/{number}/used.json", tags=["work"], dependencies=[allow(*STAFF)])
def use_json(number: int, request: Request, deps: Here, person: Acting, given: Sent) -> UsedList:
    """Enter what was used: `kind`, `name`, `quantity`, `unit`, `price` (yuan), `charged` (yes); header `Idempotency-Key`."""
    key = request.headers.get("idempotency-key", given.get("key", ""))
    return use(deps, number, person.id, {**{name: [text] for name, text in given.items()}, "key": [key]})


@router.post("/orders/{number}/used/{used}/strike.json", tags=["work"], dependencies=[allow(*STAFF)])
def strike_json(number: int, used: int, deps: Here, person: Acting) -> UsedList:
    """Strike an entry that was wrong: it stays to be seen and counts no more."""
    return struck(deps, number, used, person.id)


@router.post("/orders/{number}/used", include_in_schema=False, dependencies=[allow(*STAFF)])
def use_by_form(number: int, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """Enter, or strike what `strike` names, by a form of the order's page."""
    try:
        use_or_strike(deps, number, person.id, form)
    except Unfit as unfit:
        return show_order(deps, request, number, person, 422, form, unfit.id, unfit.params)
    except Conflict:
        return show_order(deps, request, number, person, 409, form, "conflict")
    return RedirectResponse(f"/orders/{number}#used", 303)


@router.post("/o/{token}/used", include_in_schema=False, dependencies=[by_link()])
def use_by_link(token: str, deps: Here, form: Form) -> Response:
    """The same by the page behind the link."""
    number, person = opened(deps, token)
    use_or_strike(deps, number, person, form)
    return RedirectResponse(f"/o/{token}#used", 303)


def use_or_strike(deps: Deps, number: int, person: int, form: Fields) -> UsedList:
    """What the form asks for."""
    entry = first(form, "strike")
    if entry:
        if not (entry.isascii() and entry.isdecimal() and len(entry) < 19):
            raise Unfit("strike", "form_damaged", "names no entry")
        return struck(deps, number, int(entry), person)
    return use(deps, number, person, form)


def use(deps: Deps, number: int, person: int, form: Fields) -> UsedList:
    """All that was used, with the new entry; Conflict, NotFound, Unfit."""
    kind = first(form, "kind")
    if kind not in set(UsedKind):
        raise Unfit("kind", "form_damaged", f"must be one of {', '.join(UsedKind)}")
    with deps.work.writing() as unit:
        use_part(
            deps.site,
            unit,
            order=number,
            key=f"{person}:{_key(first(form, 'key'))}",
            kind=UsedKind(kind),
            name=first(form, "name"),
            quantity=_amount("quantity", first(form, "quantity") or "1"),
            measure=first(form, "unit"),
            price=_fen(first(form, "price") or "0"),
            charged=first(form, "charged") == "yes",
            person=person,
            at=deps.clock.now(),
        )
        return used_list(unit.used.of_order(number), Names(unit))


def struck(deps: Deps, number: int, used: int, person: int) -> UsedList:
    """All that was used, after the entry was struck; Conflict, NotFound."""
    with deps.work.writing() as unit:
        strike(deps.site, unit, order=number, used=used, person=person, at=deps.clock.now())
        return used_list(unit.used.of_order(number), Names(unit))


def _amount(field: str, text: str) -> Decimal:
    plain = unicodedata.normalize("NFKC", text)
    if not plain.replace(".", "", 1).isascii() or not plain.replace(".", "", 1).isdecimal() or len(plain) > 15:
        raise Unfit(field, "not_a_number", f"{text[:40]!r} is no number", text=text[:40])
    return Decimal(plain)


def _fen(text: str) -> int:
    fen = _amount("price", text) * 100
    if fen != fen.to_integral_value():
        raise Unfit("price", "used_price", "must be in whole fen")
    return int(fen)


def _key(text: str) -> str:
    """The key that the client made; one of our own where no script could make one."""
    if not text:
        return secrets.token_hex(16)
    if not SHORTEST_KEY <= len(text) <= LONGEST_KEY:
        raise Unfit("key", "form_damaged", f"needs {SHORTEST_KEY} to {LONGEST_KEY} characters")
    return text
