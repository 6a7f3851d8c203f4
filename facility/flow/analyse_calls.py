"""Analyse calls: the call backs of a period as a weekly report keeps them. What residents said stays with their request."""

from collections.abc import Iterator, Mapping

from facility.domain.asset import Site
from facility.domain.figure import Period
from facility.ports import WorkUnit

NOT_REACHED = "not_reached"


def calls_of(site: Site, unit: WorkUnit, period: Period) -> Iterator[Mapping[str, object]]:
    """Each call with its result, and whose work it was about: of whoever is responsible, else of whoever took the request."""
    for call in unit.requests.follow_ups_between(period.since(site.zone), period.until(site.zone)):
        request = unit.requests.get(call.request)
        yield {
            "request": request.id,
            "kind": request.kind.value,
            "category": request.category,
            "result": NOT_REACHED if call.satisfied is None else call.satisfied.value,
            "first_visit": call.first_visit,
            "person": request.responsible if request.responsible is not None else request.receiver,
        }
