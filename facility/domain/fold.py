"""A consequence folded under its cause's alert: who hides it, since when, and when it must be told after all.

What hides must explain. As soon as it does not (the cause ended, its state became unknown), a doubt begins; LET_GO later
the consequence is told by itself, unless its cause has been back for STEADY. A flapping cause therefore hides nothing for long.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LET_GO = timedelta(seconds=30)  # so long an ended cause still explains: what it took along needs time to come back
STEADY = timedelta(seconds=20)  # so long a cause must be back to end a doubt

Key = tuple[str, str]
"""Asset (or link) and rule."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A condition that is told by another's alert. `id` is 0 until stored."""

    id: int
    asset: str
    rule: str
    onset: datetime
    cause: int  # alert
    by_asset: str  # the condition that explains it: the cause's own, or another consequence of the same cause
    by_rule: str
    since: datetime
    own: int | None = None  # its own alert, raised before the cause's
    doubted_at: datetime | None = None
    explained_at: datetime | None = None  # inside a doubt: since when it is explained again
    ended_at: datetime | None = None  # its condition is over
    released_at: datetime | None = None  # it is told by itself since

    @property
    def key(self) -> Key:
        """Asset and rule."""
        return self.asset, self.rule

    @property
    def by(self) -> Key:
        """Asset and rule of what explains it."""
        return self.by_asset, self.by_rule

    @property
    def hidden(self) -> bool:
        """It is told by its cause now."""
        return self.released_at is None and self.ended_at is None


def looked_at(fold: Fold, *, explained: bool, now: datetime) -> Fold:
    """The fold after one look: a doubt begins, goes on, ends, or becomes a release."""
    if fold.doubted_at is None:
        return fold if explained else replace(fold, doubted_at=now)
    again = (fold.explained_at or now) if explained else None
    fold = fold if again == fold.explained_at else replace(fold, explained_at=again)
    if now - fold.doubted_at < LET_GO:  # type: ignore[operator]
        return fold
    if again is not None and now - again >= STEADY:
        return replace(fold, doubted_at=None, explained_at=None)
    return replace(fold, released_at=now)
