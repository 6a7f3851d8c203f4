"""The programs' own page."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import Deps, Here
from api.metrics import own_figures
from api.rights import allow
from api.views.programs import Programs, programs
from facility.domain.account import Scope
from facility.domain.role import OPERATORS

router = APIRouter()


def programs_now(deps: Deps) -> Programs:
    """As they are known now."""
    return programs(deps.site, deps.live.programs(), own_figures(deps), deps.clock.now())


@router.get("/programs", include_in_schema=False, dependencies=[allow(*OPERATORS)])
def programs_page(request: Request, deps: Here) -> HTMLResponse:
    """Programs, clocks, what waits."""
    return deps.pages.page(request, "programs.html", facts={"view": programs_now(deps), "topic": ""})


@router.get("/programs.json", tags=["operation"], dependencies=[allow(*OPERATORS, machines=Scope.READ)])
def programs_json(deps: Here) -> Programs:
    """Programs with their processor time, memory and clocks; what waits; the clocks of devices."""
    return programs_now(deps)
