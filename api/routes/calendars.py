"""Calendar feeds: the file that a calendar reads, and the page on which people make its address and take it back."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Form, first
from api.icalendar import Entry, calendar
from api.rights import allow, by_link
from api.views.orders import OrderView, order_view
from api.views.people import Names
from api.web.pages import Words
from facility.domain.order import OrderState
from facility.domain.person import Person
from facility.domain.role import STAFF
from facility.flow.feed_calendar import Fed, make_feed, read_feed, revoke_feed

router = APIRouter()


@router.get("/calendar/{token}.ics", include_in_schema=False, dependencies=[by_link()])
def feed(token: str, deps: Here) -> Response:
    """Orders as a calendar, in its person's language; NotFound."""
    now = deps.clock.now()
    with deps.work.reading() as unit:
        fed = read_feed(deps.site, unit, token, now)
        names = Names(unit)
        views = [order_view(deps.site, order, names, now) for order in fed.orders]
    words = Words(deps.site, fed.person.language, now)
    team = deps.site.teams.get(fed.feed.team)
    name = words.title(team.title) if team else fed.person.name
    entries = [_entry(deps, words, fed, view, now) for view in views]
    text = calendar(words("calendar.name", whose=name, site=words.title(deps.site.title)), entries)
    headers = {"cache-control": "private, max-age=300", "content-disposition": 'inline; filename="orders.ics"'}
    return Response(text.encode(), media_type="text/calendar; charset=utf-8", headers=headers)


def _entry(deps: Deps, words: Words, fed: Fed, view: OrderView, now: datetime) -> Entry:
    facts = {
        "number": view.id,
        "state": words(f"order_state.{view.state}"),
        "person": view.person or words("nobody"),
        "due": words.when(view.due_at),
    }
    kind = fed.kinds.get(view.id)  # a resident's own words may hold a name or a phone
    what = words.order(view) if kind is None else words.title(kind)
    where = words.title(view.asset_title) if view.asset else ""
    area = words.title(view.area_title) if view.area_title else ""
    return Entry(
        uid=f"order-{view.id}@{deps.site.id}.facility",
        sequence=view.version - 1,
        changed_at=fed.changed.get(view.id, view.opened_at),
        day=fed.days.get(view.id),
        due_at=view.due_at,
        summary=" · ".join(part for part in (words(f"work.{view.kind}"), what, where) if part),
        description=words("calendar.description", **facts),
        location=area,
        url=f"{deps.public_url}/orders/{view.id}" if deps.public_url else "",
        cancelled=view.state is OrderState.CANCELLED,
    )


@router.get("/account/calendar", include_in_schema=False, dependencies=[allow(*STAFF)])
def page(request: Request, deps: Here, person: Acting) -> HTMLResponse:
    """The addresses that one has."""
    return _page(request, deps, person)


@router.post("/account/calendar", include_in_schema=False, dependencies=[allow(*STAFF)])
def make(request: Request, deps: Here, person: Acting, form: Form) -> HTMLResponse:
    """A new address, shown this once."""
    with deps.work.writing() as unit:
        token = make_feed(deps.site, unit, person.id, first(form, "team"), deps.clock.now())
    base = deps.public_url or str(request.base_url).rstrip("/")
    return _page(request, deps, person, f"{base}/calendar/{token}.ics")


@router.post("/account/calendar/{number}/revoke", include_in_schema=False, dependencies=[allow(*STAFF)])
def revoke(number: int, deps: Here, person: Acting) -> RedirectResponse:
    """It works no more; NotFound."""
    with deps.work.writing() as unit:
        revoke_feed(unit, number, person.id, deps.clock.now())
    return RedirectResponse("/account/calendar", 303)


def _page(request: Request, deps: Deps, person: Person, address: str = "") -> HTMLResponse:
    with deps.work.reading() as unit:
        feeds = unit.calendars.of(person.id)
    return deps.pages.page(request, "calendar.html", facts={"feeds": feeds, "address": address})
