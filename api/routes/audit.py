"""The audit: what was done, by whom, newest first; exported, and verified. The same chain and the same walk as the command's."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.given import day_of
from api.language import language_of
from api.rights import allow
from api.views.audit import AuditPage, Verification, audit_rows, verification
from api.web.pages import Words
from api.web.sheet_of_audit import csv_of
from facility.domain.audit import first_broken, head_of
from facility.domain.errors import NotFound, Unfit
from facility.domain.role import OVERSEERS
from facility.ports import AuditFilter

router = APIRouter()

PAGE = 50
MOST_EXPORTED = 10_000
Chosen = Annotated[str, Query(max_length=200)]


def wanted_of(
    deps: Here,
    who: Annotated[str, Query(max_length=200, description="login of a person, or program")] = "",
    what: Annotated[
        str, Query(max_length=200, description="an action or its first word: alert, account.signed_in")
    ] = "",
    thing: Annotated[str, Query(max_length=200, description="a thing or its kind: alert:17, account")] = "",
    since: Annotated[str, Query(alias="from", description="first day, or a time")] = "",
    until: Annotated[str, Query(alias="to", description="last day, or a time")] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> AuditFilter:
    """The filter that an address names; empty fields ask for nothing; Unfit."""
    return AuditFilter(
        actor=_actor(deps, who.strip()),
        action=what.strip(),
        subject=thing.strip(),
        since=day_of(since, "from", deps.site.zone),
        until=day_of(until, "to", deps.site.zone, end=True),
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )


Wanted = Annotated[AuditFilter, Depends(wanted_of)]


def audit_now(deps: Deps, wanted: AuditFilter) -> AuditPage:
    """One page."""
    with deps.work.reading() as unit:
        found, total = unit.audit.find(wanted)
        return AuditPage(audit_rows(unit, found), total, wanted.offset // PAGE + 1, max(1, -(-total // PAGE)))


def verified(deps: Deps, head: str) -> Verification:
    """Walk the whole chain; Unfit for a head that is none."""
    known = head_of(head)
    if head.strip() and known is None:
        raise Unfit("head", "audit_head", "must be NUMBER:HASH, as an earlier verification showed it")
    with deps.work.reading() as unit:
        broken = first_broken(deps.site.id, unit.audit.rows(), known)
        wrong = unit.audit.row(broken.number) if broken else None
        return verification(unit, broken, unit.audit.head(), wrong)


@router.get("/audit.json", tags=["audit"], dependencies=[allow(*OVERSEERS)])
def audit_json(deps: Here, wanted: Wanted) -> AuditPage:
    """What was done, newest first, by who, what, thing, from, to."""
    return audit_now(deps, wanted)


@router.get("/audit.csv", tags=["audit"], dependencies=[allow(*OVERSEERS)])
def audit_csv(request: Request, deps: Here, wanted: Wanted) -> Response:
    """The same as CSV (UTF-8), in the reader's language; at most 10 000 rows."""
    with deps.work.reading() as unit:
        found, total = unit.audit.find(replace(wanted, limit=MOST_EXPORTED, offset=0))
        if total > MOST_EXPORTED:
            what = f"{total} rows are too many for one file; ask for at most {MOST_EXPORTED}, by day or thing"
            raise Unfit("export", "audit_too_many", what, most=MOST_EXPORTED)
        rows = audit_rows(unit, found)
    text = csv_of(rows, Words(deps.site, language_of(request, deps.site.language), deps.clock.now()))
    headers = {"content-disposition": 'attachment; filename="audit.csv"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/audit", include_in_schema=False, dependencies=[allow(*OVERSEERS)])
def audit_page(request: Request, deps: Here, wanted: Wanted) -> HTMLResponse:
    """The rows with their filters."""
    with deps.work.reading() as unit:
        people = unit.people.all(retired=True)
    chosen = {name: request.query_params.get(name, "") for name in ("who", "what", "thing", "from", "to")}
    facts = {
        "view": audit_now(deps, wanted),
        "people": people,
        "chosen": chosen,
        "address": lambda **changes: _address(request, **changes),
        "topic": "",
    }
    return deps.pages.page(request, "audit.html", facts=facts)


@router.get("/audit/verify.json", tags=["audit"], dependencies=[allow(*OVERSEERS)])
def verify_json(deps: Here, head: Chosen = "") -> Verification:
    """Walk the chain; the first row that was changed, taken out or added is named. `head` (NUMBER:HASH) finds rows cut off at the end."""
    return verified(deps, head)


@router.get("/audit/verify", include_in_schema=False, dependencies=[allow(*OVERSEERS)])
def verify_page(request: Request, deps: Here, head: Chosen = "") -> HTMLResponse:
    """The same for people."""
    facts = {"view": verified(deps, head), "head": head.strip(), "topic": ""}
    return deps.pages.page(request, "audit_verify.html", facts=facts)


def _actor(deps: Deps, who: str) -> str:
    """`person:7` for a login; the program, and numbers, as they are; Unfit."""
    if not who or who == "program" or who.startswith("person:"):
        return who
    try:
        with deps.work.reading() as unit:
            return f"person:{unit.people.named(who).id}"
    except NotFound:
        raise Unfit("who", "audit_who", f"{who[:40]!r} is nobody's login", text=who[:40]) from None


def _address(request: Request, **changes: object) -> str:
    """This address's query with other values; without `page` unless it is given."""
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in changes and name not in ("page", "lang") and value
    ]
    return urlencode([*kept, *((name, str(value)) for name, value in changes.items())])
