"""One asset as the collectors know it: what its points make of it together, when it is looked at, and when it goes to Live.

Times are Unix nanoseconds.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from collectors.sleepers import Sleepers
from facility.domain.asset import Asset, longest_silence
from facility.domain.moment import SECOND, moment, span
from facility.domain.reading import BadReason
from facility.domain.running import Freshness, Run, View
from facility.domain.state import AssetState, Points, PointState, Together

REFRESH = 5 * SECOND  # an asset whose values stand still goes to Live this often, for its age
SLACK = (
    8 * SECOND
)  # pages call an asset stale 10 s after its longest silence: so much of that is left for waiting in turn


class Part(Protocol):
    """Points of the asset that arrive together."""

    @property
    def silent_at(self) -> int:
        """Before that, none of them becomes stale."""
        ...

    @property
    def is_together(self) -> bool:
        """All are good numbers of one time."""
        ...

    def together(self, newest: datetime) -> Together:
        """Those of a part that `is_together`; `newest`: the asset's newest time, mostly its own."""
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


@dataclass(slots=True, eq=False)
class Track:
    """One asset as it stands."""

    asset: Asset
    view: View
    runs: list[Run]
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
    judged: int = 0  # rules were evaluated up to this time before we started: a message given again is not judged again
    readings: int = 0
    errors: Counter[BadReason] = field(default_factory=Counter)  # values that could not be decoded; of the whole estate

    @property
    def has_news(self) -> bool:
        """There is something to show: another value, or the same ones for some seconds."""
        return self.changed or self.at >= self.shown + REFRESH

    def check(self, now: int) -> None:
        """Find points that have been silent too long, and whether the asset is online; sleep while nothing can become silent."""
        for block in self.blocks:
            block.check(now)
        if self._hears(now) is not self.online:
            self.online, self.changed = not self.online, True
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

    def _hears(self, now: int) -> bool:
        freshness = self.view.freshness
        return bool(freshness.last_good) and not freshness.gone and now - freshness.last_good <= self.patience

    def state(self, now: int) -> AssetState:
        """As the Live store takes it; points without any reading yet are left out."""
        self.changed, self.shown, self.online = False, now, self._hears(now)
        self.show_by = self.at + self.patience + SLACK
        at = moment(self.at)
        together, others = list[Together](), dict[str, PointState]()
        for block in self.blocks:
            if block.is_together:
                together.append(block.together(at))
            else:
                others.update(block.states())
        return AssetState(self.asset.id, at, self.online, Points(together, others))


def track(
    asset: Asset,
    started: int,
    looks: Sleepers[Track] | None = None,
    restless: dict[Run, None] | None = None,
    errors: Counter[BadReason] | None = None,
    urgent: dict[Track, None] | None = None,
) -> Track:
    """A track of an asset of which nothing is known yet; it is looked at with the next tick. `restless`: as of its runs."""
    names = list(asset.profile.points)
    view = View({name: slot for slot, name in enumerate(names)}, [None] * len(names), Freshness(started))
    runs = [Run(asset.id, rule, view, restless) for rule in asset.rules.values()]
    made = Track(
        asset,
        view,
        runs,
        Sleepers() if looks is None else looks,
        size=len(names),
        patience=span(longest_silence(asset)),
        errors=Counter() if errors is None else errors,
        urgent={} if urgent is None else urgent,
    )
    made.looks.put(made, 0)
    return made
