"""Account of one link: its counters as metrics, and one line in the log when something is lost and one when it is back."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

log = logging.getLogger("collectors.link")

KINDS = ("timeout", "refused", "bad_answer", "lost", "stray", "fault")
WINDOW = 10.0  # seconds over which the bus's share is measured


@dataclass(slots=True)
class Account:
    """What happened on the link. `errors` by kind; `lost_since`: seconds of the monotonic clock, None while it is there."""

    link: str
    polls: int = 0
    connects: int = 0
    bus_seconds: float = 0.0
    errors: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    lost_since: float | None = None
    given_up: set[int] = field(default_factory=set)
    _looked_at: float | None = None  # monotonic seconds
    _looked: float = 0.0  # `bus_seconds` then
    _ratio: float = 0.0

    def lost(self, where: str, why: str, now: float) -> None:
        """Nothing comes over the link any more."""
        if self.lost_since is None:
            self.lost_since = now
            log.warning("link %s: %s is lost: %s; tried again until it is back", self.link, where, why)

    def back(self, now: float) -> None:
        """Something came over the link."""
        if self.lost_since is not None:
            log.info("link %s: back after %.0f s", self.link, now - self.lost_since)
            self.lost_since = None

    def unit_silent(self, unit: int) -> None:
        """A unit is given up for now; not worth a line while the whole link is lost."""
        if self.lost_since is None:
            self.given_up.add(unit)
            log.warning("link %s: unit %d gives no answer that can be used; tried again now and then", self.link, unit)

    def unit_back(self, unit: int) -> None:
        """A unit answers again."""
        if unit in self.given_up:
            self.given_up.discard(unit)
            log.info("link %s: unit %d answers again", self.link, unit)

    def block_split(self, unit: int, refused: int, points: int) -> None:
        """A block is read in pieces from now on."""
        log.warning("link %s: unit %d refuses %d of the %d points of a block", self.link, unit, refused, points)

    def bus_ratio(self, now: float, connections: int) -> float:
        """Share of the time that the bus was taken, over the last ten seconds or a little more."""
        if self._looked_at is None:
            self._looked_at, self._looked = now, self.bus_seconds
        elif now - self._looked_at >= WINDOW:
            self._ratio = (self.bus_seconds - self._looked) / (now - self._looked_at) / connections
            self._looked_at, self._looked = now, self.bus_seconds
        return round(self._ratio, 4)

    def units(self, opened: Iterable[int]) -> Mapping[str, float]:
        """A series for each unit whose breaker is open, and none for the thousands that answer."""
        label = f'link="{self.link}"'
        return {f'facility_unit_breaker_open{{{label},unit="{unit}"}}': 1.0 for unit in opened}

    def series(self, gauges: Mapping[str, float]) -> Mapping[str, float]:
        """All counters, and these gauges, as complete series of the link."""
        counters = {"polls_total": self.polls, "connects_total": self.connects, "bus_seconds_total": self.bus_seconds}
        series = {_name(self.link, name): float(n) for name, n in {**counters, **gauges}.items()}
        for kind, count in self.errors.items():
            series[_name(self.link, "errors_total", kind)] = float(count)
        return series


@cache
def _name(link: str, name: str, kind: str = "") -> str:
    more = f',kind="{kind}"' if kind else ""
    return f'facility_link_{name}{{link="{link}"{more}}}'
