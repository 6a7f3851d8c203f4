"""Requests in words of the command line, and as data. Who reported it stays out of both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from facility.cli.order_words import local, names_of
from facility.domain.asset import Site
from facility.domain.clock import ClockId, ClockReading, Stand
from facility.domain.request import Request
from facility.domain.text import Language
from facility.flow.clocks import clocks_of_request
from facility.ports import WorkUnit

HEAD = ["request", "kind", "category", "where", "state", "responsible", "received", "clock"]
WIDEST = 60  # letters of what was said, in a list


@dataclass(frozen=True, slots=True)
class Seen:
    """A request, where it is, and how its clocks stand."""

    request: Request
    where: str
    clocks: Mapping[ClockId, ClockReading]

    @property
    def overdue(self) -> bool:
        """One of them has run out."""
        return any(each.stand is Stand.OVERDUE for each in self.clocks.values())

    @property
    def next(self) -> ClockReading | None:
        """What ran out first, else what is due next."""
        waiting = [
            each for each in self.clocks.values() if each.stand in (Stand.OVERDUE, Stand.RUNNING) and each.due_at
        ]
        return min(waiting, key=lambda each: each.due_at or self.request.received_at, default=None)


def seen(site: Site, unit: WorkUnit, request: Request, now: datetime) -> Seen:
    """Of one request; the home's address, the asset or the place in words."""
    home = str(unit.homes.get(request.home).address) if request.home is not None else ""
    return Seen(request, home or request.asset or request.place, clocks_of_request(site, unit, request, now))


def request_row(site: Site, one: Seen, names: Mapping[int, str]) -> list[str]:
    """One line of the list."""
    request, clock = one.request, one.next
    late = " (overdue)" if clock is not None and clock.stand is Stand.OVERDUE else ""
    return [
        str(request.id),
        str(request.kind),
        _category(site, request),
        one.where,
        request.state.replace("_", " "),
        _name(names, request.responsible) or "nobody",
        local(site, request.received_at),
        f"{clock.id} {local(site, clock.due_at)}{late}" if clock is not None and clock.due_at else "",
    ]


def request_lines(site: Site, unit: WorkUnit, one: Seen) -> Iterator[str]:
    """One request with its clocks, history and call backs."""
    request, names = one.request, names_of(unit)
    yield f"Request {request.id}, {request.kind}: {_category(site, request)} at {one.where or 'no place'}"
    yield f"  {request.words[:WIDEST]}{'…' if len(request.words) > WIDEST else ''}"
    yield f"  {request.state.replace('_', ' ')}, version {request.version}, by {_name(names, request.responsible) or 'nobody'}"
    if request.order is not None:
        yield f"  order {request.order}: facility orders show {request.order}"
    yield "Clocks"
    for clock in one.clocks.values():
        due = f", due {local(site, clock.due_at)}" if clock.due_at else ""
        met = f", met {local(site, clock.met_at)}" if clock.met_at else ""
        yield f"  {clock.id}: {clock.stand}{due}{met}"
    yield "What happened"
    for event in unit.requests.events([request.id]).get(request.id, []):
        who = f" · {_name(names, event.person)}" if event.person else ""
        yield f"  {local(site, event.at)} {event.what.replace('_', ' ')}{who}"
    calls = unit.requests.follow_ups([request.id]).get(request.id, [])
    if calls:
        yield "Call backs"
    for call in calls:
        visit = {True: ", solved at the first visit", False: ", more than one visit", None: ""}[call.first_visit]
        yield f"  {local(site, call.at)} {_result(call.satisfied)}{visit} · {_name(names, call.person)}"


def request_data(site: Site, one: Seen, names: Mapping[int, str]) -> dict[str, object]:
    """One request as JSON; times in UTC."""
    request = one.request
    return {
        "id": request.id,
        "version": request.version,
        "kind": str(request.kind),
        "category": request.category,
        "words": request.words,
        "where": one.where,
        "area": request.area,
        "state": str(request.state),
        "duty": str(request.duty),
        "order": request.order,
        "responsible": _name(names, request.responsible),
        "received_at": request.received_at.isoformat(),
        "finished_at": request.finished_at.isoformat() if request.finished_at else None,
        "closed_at": request.closed_at.isoformat() if request.closed_at else None,
        "overdue": one.overdue,
        "clocks": {
            str(clock.id): {"stand": str(clock.stand), "due_at": clock.due_at.isoformat() if clock.due_at else None}
            for clock in one.clocks.values()
        },
    }


def _result(satisfied: str | None) -> str:
    return {None: "not reached", "not": "not satisfied"}.get(satisfied, str(satisfied))


def _category(site: Site, request: Request) -> str:
    known = site.categories.get(request.category)
    return known.title.in_language(Language.EN) if known else request.category


def _name(names: Mapping[int, str], person: int | None) -> str:
    return names.get(person, f"#{person}") if person is not None else ""
