"""A list of homes: sent, looked at with every fault, then entered as it was looked at, or not at all. As pages and as JSON."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Form, Sent, file_name_of, file_of, first
from api.rights import allow
from api.sent_lists import SentList
from api.views.home_list import ListView, list_view, steps_digest
from facility.domain.errors import Conflict, NotFound, Unfit
from facility.domain.person import Person
from facility.domain.role import HOME_KEEPERS
from facility.flow.enter_homes import enter_homes, plan_homes
from facility.site.home_rows import home_rows, home_template
from facility.site.sheet import SheetRefused
from facility.site.sheets import sheets_of
from facility.site.workbook import workbook

router = APIRouter()

PAGE = 100
KEEPERS = allow(*HOME_KEEPERS)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
File = Annotated[bytes, Depends(file_of)]
Part = Annotated[str, Query(max_length=10)]
Page = Annotated[int, Query(ge=1, le=10_000)]


class Outdated(Conflict):
    """The register has changed since the list was looked at: entering it would do something else."""


@router.get("/homes/list.xlsx", tags=["homes"], dependencies=[KEEPERS])
def template() -> Response:
    """A list to fill in, with two rows as an example."""
    headers = {"content-disposition": 'attachment; filename="homes.xlsx"'}
    return Response(workbook(home_template()), media_type=XLSX, headers=headers)


@router.get("/homes/import", include_in_schema=False, dependencies=[KEEPERS])
def import_page(request: Request, deps: Here) -> HTMLResponse:
    """Where a list is sent."""
    return _page(request, deps)


@router.post("/homes/import.json", tags=["homes"], dependencies=[KEEPERS])
def send_json(deps: Here, person: Acting, file: File, name: Annotated[str, Query(max_length=80)] = "") -> ListView:
    """Send a list, XLSX or CSV, as the body. Nothing is entered: the answer says what would be, and each refused cell."""
    try:
        return _seen(deps, keep(deps, person, file, name), person)
    except SheetRefused as refused:
        raise Unfit("file", "form_damaged", str(refused)) from None


@router.post("/homes/import", include_in_schema=False, dependencies=[KEEPERS])
def send(request: Request, deps: Here, person: Acting, file: File) -> Response:
    """The same by a form with a file."""
    try:
        name = keep(deps, person, file, file_name_of(request))
    except SheetRefused as refused:
        return _page(request, deps, refused=refused, status=422)
    return RedirectResponse(f"/homes/import/{name}", 303)


@router.get("/homes/import/{name}.json", tags=["homes"], dependencies=[KEEPERS])
def look_json(name: str, deps: Here, person: Acting, part: Part = "", page: Page = 1) -> ListView:
    """A list that was sent; `part`: faults, added or changed."""
    return _seen(deps, name, person, part, page)


@router.get("/homes/import/{name}", include_in_schema=False, dependencies=[KEEPERS])
def look(name: str, request: Request, deps: Here, person: Acting, part: Part = "", page: Page = 1) -> Response:
    """The same as a page."""
    try:
        return _page(request, deps, _seen(deps, name, person, part, page))
    except NotFound:
        return _page(request, deps, gone=True, status=404)


@router.post("/homes/import/{name}.json", tags=["homes"], dependencies=[KEEPERS])
def enter_json(name: str, deps: Here, person: Acting, given: Sent) -> ListView:
    """Enter the list; `steps`: as they were seen. 409 while a cell is refused, and when the register has changed meanwhile."""
    enter(deps, name, person, given.get("steps", ""))
    return _seen(deps, name, person)


@router.post("/homes/import/{name}", include_in_schema=False, dependencies=[KEEPERS])
def enter_by_form(name: str, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """The same by a form."""
    try:
        enter(deps, name, person, first(form, "steps"))
    except NotFound:
        return _page(request, deps, gone=True, status=404)
    except Outdated:
        return _page(request, deps, _seen(deps, name, person), outdated=True, status=409)
    return RedirectResponse(f"/homes/import/{name}", 303)


def keep(deps: Deps, person: Person, file: bytes, name: str) -> str:
    """Read a list and keep it to be looked at: what it is called here; SheetRefused."""
    sheet = home_rows(sheets_of(file, name or "homes")[0])
    digest = hashlib.sha256(file).hexdigest()
    return deps.lists.keep(SentList(person.id, name, digest, sheet, deps.clock.monotonic()))


def enter(deps: Deps, name: str, person: Person, seen: str) -> None:
    """Enter the list that was looked at, once; Conflict, NotFound, Outdated."""
    sent = _sent(deps, name, person)
    with sent.lock:
        if sent.entered is not None:
            return
        if sent.sheet.faults:
            raise Conflict("cells of this list are refused: mend them in the file, and send it again")
        with deps.work.writing() as unit:
            if steps_digest(plan_homes(unit, sent.sheet.rows)) != seen:
                raise Outdated("the register has changed since you looked at the list: look again")
            entered = enter_homes(deps.site, unit, sent.sheet.rows, deps.clock.now(), person.id)
        sent.entered = len(entered)


def _sent(deps: Deps, name: str, person: Person) -> SentList:
    found = deps.lists.find(name, person.id, deps.clock.monotonic())
    if found is None:
        raise NotFound("list", name)
    return found


def _seen(deps: Deps, name: str, person: Person, part: str = "", page: int = 1) -> ListView:
    sent = _sent(deps, name, person)
    with deps.work.reading() as unit:
        steps = plan_homes(unit, sent.sheet.rows)
    return list_view(name, sent, steps, part, page, PAGE)


def _page(
    request: Request,
    deps: Deps,
    view: ListView | None = None,
    *,
    refused: SheetRefused | None = None,
    gone: bool = False,
    outdated: bool = False,
    status: int = 200,
) -> HTMLResponse:
    facts = {"view": view, "topic": "", "refused": refused, "gone": gone, "outdated": outdated}
    return deps.pages.page(request, "homes_import.html", status=status, facts=facts)
