"""The call backs of a week as its report shows them: by person, by category, and those who were not satisfied."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api.views.people import Names
from api.views.places import plain
from facility.domain.asset import Site
from facility.domain.figure import Period
from facility.domain.request import Satisfaction
from facility.domain.text import Title
from facility.flow.analyse_calls import NOT_REACHED
from facility.ports import WorkUnit

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Results:
    """Of a person, a category, or all: those reached by how content they were, those not; first visits, of those who said."""

    title: Title
    satisfied: int
    fairly: int
    not_satisfied: int
    not_reached: int
    first_visit: int
    first_visit_of: int

    @property
    def reached(self) -> int:
        """Somebody answered."""
        return self.satisfied + self.fairly + self.not_satisfied


@dataclass(frozen=True, slots=True)
class Dissatisfied:
    """A request whose call back was not good enough."""

    request: int
    kind: str
    category: Title
    person: str


@dataclass(frozen=True, slots=True)
class CallsView:
    """All calls of a week; the worst first."""

    all: Results
    by_person: tuple[Results, ...]
    by_category: tuple[Results, ...]
    dissatisfied: tuple[Dissatisfied, ...]


def calls_view(site: Site, unit: WorkUnit, rows: Sequence[Row]) -> CallsView:
    """Counted from the frozen rows; names and titles as they are today."""
    names = Names(unit)
    return CallsView(
        _results(plain(""), rows),
        _grouped(rows, lambda row: plain(names.of(_number(row["person"])))),
        _grouped(rows, lambda row: _category(site, row)),
        tuple(
            Dissatisfied(
                int(str(row["request"])), str(row["kind"]), _category(site, row), names.of(_number(row["person"]))
            )
            for row in rows
            if row["result"] == Satisfaction.NOT
        ),
    )


def reasons_of(site: Site, unit: WorkUnit, calls: CallsView, period: Period) -> Mapping[int, str]:
    """What those who were not satisfied said, by request; for whoever may read requests. Erased words are gone here too."""
    since, until = period.since(site.zone), period.until(site.zone)
    found = unit.requests.follow_ups([one.request for one in calls.dissatisfied])
    return {
        number: call.remark
        for number, made in found.items()
        for call in made
        if call.satisfied is Satisfaction.NOT and since <= call.at < until
    }


def _grouped(rows: Sequence[Row], title: Callable[[Row], Title]) -> tuple[Results, ...]:
    groups: dict[Title, list[Row]] = {}
    for row in rows:
        groups.setdefault(title(row), []).append(row)
    found = [_results(name, own) for name, own in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one.not_satisfied, -one.reached)))


def _results(title: Title, rows: Sequence[Row]) -> Results:
    count = [str(row["result"]) for row in rows].count
    said = [row["first_visit"] for row in rows if row["first_visit"] is not None]
    return Results(
        title,
        count(Satisfaction.SATISFIED),
        count(Satisfaction.FAIRLY),
        count(Satisfaction.NOT),
        count(NOT_REACHED),
        said.count(True),
        len(said),
    )


def _category(site: Site, row: Row) -> Title:
    known = site.categories.get(str(row["category"]))
    return known.title if known else plain(str(row["category"]))


def _number(found: object) -> int | None:
    return None if found is None else int(str(found))
