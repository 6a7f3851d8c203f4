"""Correct what is stored of a resident: by a form of the home's page, or field by field as JSON."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Form, Sent, first
from api.rights import allow
from api.routes.homes import Refused, home_now, require_there, show_home, version_of
from api.views.homes import HomeView
from facility.domain.errors import Conflict, Unfit
from facility.domain.home import Standing
from facility.domain.role import HOME_KEEPERS
from facility.flow.keep_home import correct_resident

router = APIRouter()

KEEPERS = allow(*HOME_KEEPERS)
FIELDS = ("name", "standing", "phone", "plates")


class Changed(Conflict):
    """Somebody else corrected this person in between."""


@router.post("/homes/{number}/residents/{resident}.json", tags=["homes"], dependencies=[KEEPERS])
def correct_json(number: int, resident: int, deps: Here, person: Acting, given: Sent) -> HomeView:
    """Correct a person: `name`, `standing`, `phone`, `plates`; what is not sent stays. `version`: as it was seen, else 409."""
    correct(deps, number, resident, person.id, given)
    return home_now(deps, person, number)


@router.post("/homes/{number}/residents/{resident}", include_in_schema=False, dependencies=[KEEPERS])
def correct_by_form(number: int, resident: int, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """The same by the form, in which an empty phone stays as it is, since it is not shown there; `no_phone` takes it away."""
    given = {name: first(form, name) for name in (*FIELDS, "version", "no_phone")}
    kept = "phone" if not given["phone"] and given["no_phone"] != "1" else ""
    sent = {name: "" if name == "phone" and given["no_phone"] == "1" else text for name, text in given.items()}
    try:
        correct(deps, number, resident, person.id, {name: text for name, text in sent.items() if name != kept})
    except Unfit as unfit:
        refused, status = Refused(resident, given, unfit.id, unfit.params), 422
    except Changed:
        refused, status = Refused(resident, given, "resident_changed"), 409
    else:
        return RedirectResponse(f"/homes/{number}", 303)
    return show_home(request, deps, home_now(deps, person, number), refused, status)


def correct(deps: Deps, home: int, resident: int, by: int, given: Mapping[str, str]) -> None:
    """What was sent, and the rest as it is; Changed, NotFound, Unfit."""
    with deps.work.writing() as unit:
        require_there(unit, home, resident)
        known = unit.homes.resident(resident)
        if given.get("version") and given["version"] != version_of(deps, known):
            raise Changed("this person was corrected by somebody else since you saw them: look again")
        standing = given.get("standing", str(known.standing))
        if standing not in list(Standing):
            raise Unfit("standing", "resident_standing", f"must be one of {', '.join(Standing)}")
        name, phone = given.get("name", known.name), given.get("phone", known.phone)
        plates = given.get("plates", ",".join(known.plates))
        correct_resident(unit, resident, name, Standing(standing), phone, plates, deps.clock.now(), by)
