"""What is refused about duties, in English for commands and logs, and by id for pages in the reader's language."""

from facility.domain.errors import Conflict


class DutyRefused(Conflict):
    """Something entered about people that is refused. `id` and `params` say the same in the locale: `people.refused.<id>`."""

    def __init__(self, id: str, english: str, **params: object) -> None:
        super().__init__(english)
        self.id = id
        self.params = params
