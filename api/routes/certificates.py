"""Certificates of all assets: the list, as JSON and as a sheet; a renewal is entered."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.deps import Acting, Deps, Here
from api.forms import Sent
from api.language import language_of
from api.rights import Who, allow
from api.views.certificates import CertificateList, CertificateRow, certificate_rows, counted
from api.web.pages import Words
from api.web.sheet import csv_text
from facility.domain.account import Scope
from facility.domain.errors import Conflict, Unfit
from facility.domain.role import PLANNERS, STAFF
from facility.flow.certificates import renew

router = APIRouter()

PAGE = 50
Word = Annotated[str, Query(max_length=100)]
State = Annotated[str, Query(pattern="^(expired|soon|valid)?$")]
Page = Annotated[int, Query(ge=1, le=10_000)]
COLUMNS = ("asset", "name", "area", "kind", "expires", "days", "standing", "number", "document", "order")


def list_now(deps: Deps, text: str, standing: str, page: int, size: int = PAGE) -> CertificateList:
    """One page of the certificates that are asked for."""
    today = deps.clock.now().astimezone(deps.site.zone).date()
    with deps.work.reading() as unit:
        every = certificate_rows(deps.site, unit, today)
    found = [row for row in every if standing in ("", row.standing) and _fits(row, text)]
    pages = max(1, -(-len(found) // size))
    page = min(page, pages)
    rows = tuple(found[(page - 1) * size : page * size])
    return CertificateList(rows, len(found), page, pages, counted(every))


@router.get("/certificates.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def certificates_json(deps: Here, text: Word = "", standing: State = "", page: Page = 1) -> CertificateList:
    """Certificates of assets in use, what expires first first; `standing`: expired, soon (60 days) or valid."""
    return list_now(deps, text, standing, page)


@router.get("/certificates.csv", tags=["work"], dependencies=[allow(*STAFF)])
def certificates_csv(request: Request, deps: Here, text: Word = "", standing: State = "") -> Response:
    """The same as a sheet, all pages."""
    w = Words(deps.site, language_of(request, deps.site.language), deps.clock.now())
    found = list_now(deps, text, standing, 1, 1_000_000).rows
    rows = [
        [row.asset, w.title(row.asset_title), w.title(row.area_title), w.title(row.kind_title), str(row.expires), str(row.days),
         w(f"certificates.standing.{row.standing}"), row.number, row.document, str(row.order or "")]
        for row in found
    ]  # fmt: skip
    sheet = csv_text([[w(f"certificates.column.{name}") for name in COLUMNS], *rows])
    headers = {"content-disposition": 'attachment; filename="certificates.csv"'}
    return Response(sheet.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/certificates", include_in_schema=False, dependencies=[allow(*STAFF)])
def certificates_page(
    request: Request, deps: Here, who: Who, text: Word = "", standing: State = "", page: Page = 1
) -> HTMLResponse:
    """The list."""
    return _page(request, deps, who, {"text": text, "standing": standing}, page)


@router.post("/certificates/{asset}/{kind}", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def renew_certificate(
    asset: str, kind: str, request: Request, deps: Here, who: Who, given: Sent, by: Acting
) -> Response:
    """A new certificate is entered."""
    fault, status = "", 422
    try:
        with deps.work.writing() as unit:
            renew(
                deps.site, unit, asset, kind, _day(given.get("expires", "")), given.get("number", ""),
                given.get("document", ""), _day(given.get("seen", "")), by.id, deps.clock.now(),
            )  # fmt: skip
        return RedirectResponse("/certificates", 303)
    except Unfit as error:
        fault = error.field if error.field in ("number", "document") else "expires"
    except Conflict:
        fault, status = "meanwhile", 409
    chosen = {"text": asset, "standing": ""}
    return _page(request, deps, who, chosen, 1, fault=fault, given={**given, "of": f"{asset}/{kind}"}, status=status)


def _page(
    request: Request,
    deps: Deps,
    who: Who,
    chosen: dict[str, str],
    page: int,
    *,
    fault: str = "",
    given: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    facts = {
        "view": list_now(deps, chosen["text"], chosen["standing"], page),
        "chosen": chosen,
        "topic": "",
        "fault": fault,
        "given": given or {},
        "renews": bool(who.roles & PLANNERS),
    }
    return deps.pages.page(request, "certificates.html", status=status, facts=facts)


def _fits(row: CertificateRow, text: str) -> bool:
    titles = " ".join(f"{each.en} {each.zh}" for each in (row.asset_title, row.area_title, row.kind_title))
    words = f"{row.asset} {titles} {row.kind}"
    return all(word in f"{words} {row.number}".casefold() for word in text.casefold().split())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unfit("expires", "not_a_time", f"{text[:40]!r} is no day; write 2026-12-01", text=text[:40]) from None
