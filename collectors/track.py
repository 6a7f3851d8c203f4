"""One asset as the collectors know it: what its points make of it together, when it is looked at, and when it goes to Live.

Times are Unix nanoseconds.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from collectors.sleepers import Sleepers
from facility.domain.asset import Asset, fresh_for, longest_silence
from facility.domain.moment import SECOND, moment, span
from facility.domain.reading import BadReason, Value
from facility.domain.running import Freshness, Run, View
from facility.domain.state import AssetState, Points, PointState, Together

REFRESH = 5 * SECOND  # an asset whose values stand still goes to Live this often, for its age
WRITING = 2 * SECOND  # from the choice of an asset to its row in Live


class Part(Protocol):
    """Points of the asset that arrive together."""

    @property
    def silent_at(self) -> int:
        """Before that, none of them becomes stale."""
        ...

    def present(self, i: int) -> Value | None:
        """What rules see of its point `i`: None unless it is good, fresh and not retained."""
        ...

    def together(self, newest: datetime) -> Together | None:
        """Its points while all are good numbers of one time; `newest`: the asset's newest time, mostly its own."""
        ...

    def states(self) -> Iterable[tuple[str, PointState]]:
        """Each point that was read at least once."""
        ...

    def check(self, now: int) -> None:
        """Mark points that have been silent too long."""
        ...

    def failed(self, reason: BadReason, at_ns: int) -> None:
        """No point has a value."""
        ...

    def shift(self, ns: int) -> None:
        """Move all times: the machine learnt the time."""
        ...


class Present:
    """The present values of an asset's points, where its parts keep them."""

    __slots__ = ("_places",)

    def __init__(self, count: int) -> None:
        self._places: list[tuple[Part, int] | None] = [None] * count

    def __getitem__(self, slot: int) -> Value | None:
        place = self._places[slot]
        return None if place is None else place[0].present(place[1])

    def put(self, part: Part, slots: Sequence[int]) -> None:
        """The points of `slots` stand in this part, in their order."""
        for i, slot in enumerate(slots):
            self._places[slot] = (part, i)


@dataclass(slots=True)
class Tally:
    """What all tracks of an estate count together."""

    readings: int = 0
    online: int = 0  # assets
    errors: Counter[BadReason] = field(default_factory=Counter)  # values that could not be decoded


@dataclass(slots=True, eq=False)
class Track:
    """One asset as it stands."""

    asset: Asset
    view: View
    present: Present  # of the view
    runs: list[Run]
    tally: Tally
    looks: Sleepers["Track"]  # when it is looked at next
    blocks: list["Part"] = field(default_factory=list)
    at: int = 0  # newest acquisition attempt
    changed: bool = False  # since it last went to Live
    size: int = 0  # points
    urgent: dict["Track", None] = field(
        default_factory=dict
    )  # of all tracks: those of which a quality or being online changed
    shown: int = 0  # when it last went to Live
    show_by: int = 0  # and must go again, or pages would call it stale
    online: bool = False
    patience: int = 0
    fresh_for: int = 0  # so much later than its newest reading it goes to Live again
    judged: int = 0  # rules were evaluated up to this time before we started: a message given again is not judged again

    @property
    def has_news(self) -> bool:
        """There is something to show: another value, or the same ones for some seconds."""
        return self.changed or self.at >= self.shown + REFRESH

    def check(self, now: int) -> None:
        """Find points that have been silent too long, and whether the asset is online; sleep while nothing can become silent."""
        for block in self.blocks:
            block.check(now)
        if self._hear(now):
            self.changed = True
            self.urgent[self] = None
        silent_at = min([block.silent_at for block in self.blocks], default=0) if self.online else 0
        self.looks.put(self, max(now, min(silent_at, self.view.freshness.last_good + self.patience)))

    def lost(self, at: int) -> None:
        """The device is said to be gone: its points have no value, and nobody waits for the silence to say so."""
        self.view.freshness.gone = True
        self.looks.put(self, 0)
        for run in self.runs:
            run.wake()
        for block in self.blocks:
            block.failed(BadReason.COMM_LOST, at)

    def _hear(self, now: int) -> bool:
        """Whether it is online; True when that changed."""
        freshness = self.view.freshness
        online = bool(freshness.last_good) and not freshness.gone and now - freshness.last_good <= self.patience
        if online is self.online:
            return False
        self.online = online
        self.tally.online += 1 if online else -1
        return True

    def state(self, now: int) -> AssetState:
        """As the Live store takes it; points without any reading yet are left out."""
        self._hear(now)
        self.changed, self.shown = False, now
        self.show_by = self.at + self.fresh_for
        at = moment(self.at)
        together, others = list[Together](), dict[str, PointState]()
        for block in self.blocks:
            whole = block.together(at)
            if whole is not None:
                together.append(whole)
            else:
                others.update(block.states())
        return AssetState(self.asset.id, at, self.online, Points(together, others))


def track(
    asset: Asset,
    started: int,
    looks: Sleepers[Track] | None = None,
    restless: dict[Run, None] | None = None,
    tally: Tally | None = None,
    urgent: dict[Track, None] | None = None,
) -> Track:
    """A track of an asset of which nothing is known yet; it is looked at with the next tick. `restless`: as of its runs."""
    names = list(asset.profile.points)
    present = Present(len(names))
    view = View({name: slot for slot, name in enumerate(names)}, present, Freshness(started))
    runs = [Run(asset.id, rule, view, restless) for rule in asset.rules.values()]
    made = Track(
        asset,
        view,
        present,
        runs,
        Tally() if tally is None else tally,
        Sleepers() if looks is None else looks,
        size=len(names),
        patience=span(longest_silence(asset)),
        fresh_for=span(fresh_for(asset)) - WRITING,
        urgent={} if urgent is None else urgent,
    )
    made.looks.put(made, 0)
    return made
