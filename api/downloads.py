"""Files to keep: in the reader's language, named."""

from fastapi import Request
from starlette.responses import Response

from api.deps import Deps
from api.language import language_of
from api.web.pages import Words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def words_of(request: Request, deps: Deps) -> Words:
    """Words for a file that is made now."""
    return Words(deps.site, language_of(request, deps.site.language), deps.clock.now())


def csv_file(text: str, name: str) -> Response:
    """CSV with the mark that spreadsheet programs need to see UTF-8."""
    return kept_file(text.encode("utf-8-sig"), "text/csv; charset=utf-8", name)


def xlsx_file(data: bytes, name: str) -> Response:
    """A workbook."""
    return kept_file(data, XLSX, name)


def kept_file(data: bytes, kind: str, name: str) -> Response:
    """An answer that the browser keeps under this name."""
    return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
