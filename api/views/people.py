"""Names of people on pages."""

from facility.domain.errors import NotFound
from facility.ports import WorkUnit


class Names:
    """Names by person id, each looked up once a page."""

    def __init__(self, unit: WorkUnit) -> None:
        self._people = unit.people
        self._known: dict[int, str] = {}

    def of(self, person: int | None) -> str:
        """The name; empty for nobody (the program), `#7` for a person who is no longer there."""
        if person is None:
            return ""
        if person not in self._known:
            try:
                self._known[person] = self._people.get(person).name
            except NotFound:
                self._known[person] = f"#{person}"
        return self._known[person]
