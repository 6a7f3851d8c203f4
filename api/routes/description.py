"""The description of the JSON addresses (OpenAPI)."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.rights import signed_in
from facility.domain.account import Scope

router = APIRouter()


@router.get("/openapi.json", include_in_schema=False, dependencies=[signed_in(machines=Scope.READ)])
def openapi(request: Request) -> JSONResponse:
    """Every JSON address with its schema."""
    return JSONResponse(request.app.openapi())
