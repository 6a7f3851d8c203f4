"""A past service: work done before the program was there, as somebody's list says. It is nobody's order and no figure counts it."""

from dataclasses import dataclass
from datetime import date

from facility.domain.order import WorkKind


@dataclass(frozen=True, slots=True)
class PastService:
    """One row of such a list. Asset, plan, kind, what and day make it the same row again."""

    asset: str
    plan: str  # empty: of no plan of the site
    kind: WorkKind
    what: str  # empty: what the plan's title says
    finished: date
    by: str = ""  # as the list names them
    remark: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, date]:
        """What makes it the same row again."""
        return self.asset, self.plan, self.kind.value, self.what, self.finished
