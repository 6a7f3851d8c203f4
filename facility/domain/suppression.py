"""What keeps alerts quiet: shelved by a person, out of service, or suppressed by design. It hides, it never forgets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.rule import Expression
from facility.domain.text import Title

LONGEST_SHELF = timedelta(days=7)
"""A shelf ends by itself, at the latest after this time; what needs longer is out of service."""


class SuppressionKind(StrEnum):
    """Why an alert is not told."""

    SHELVED = "shelved"  # by a person, until a time, with a reason
    OUT_OF_SERVICE = "out_of_service"  # an asset or one of its rules is being worked on
    SUPPRESSED = "suppressed"  # by design: the site file says when


@dataclass(frozen=True, slots=True)
class Suppression:
    """A person keeps an asset's rule (all rules, when `rule` is empty) quiet. `id` is 0 until stored."""

    id: int
    kind: SuppressionKind
    asset: str
    rule: str
    since: datetime
    until: datetime | None  # None: open end, out of service only
    reason: str
    person: int
    ended_at: datetime | None = None
    ended_by: int | None = None  # None: it ended by itself

    def covers(self, asset: str, rule: str) -> bool:
        """It keeps this rule of this asset quiet."""
        return self.asset == asset and self.rule in ("", rule)


@dataclass(frozen=True, slots=True)
class DesignedSuppression:
    """A rule of the site file: while `when` is TRUE, these rules of assets are not told. Unknown keeps nothing quiet."""

    id: str
    title: Title
    when: Expression
    rules: tuple[tuple[str, str], ...]  # (asset, rule)
