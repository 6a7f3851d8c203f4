"""The watchdog: which programs and stores have given no sign of life for too long, and who is told then."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from facility.domain.notice import ChannelSpec, Rung


@dataclass(frozen=True, slots=True)
class DeadMan:
    """An outside service that expects a sign of ours, and calls somebody when none comes. `where`: its address."""

    where: ChannelSpec
    every: timedelta


@dataclass(frozen=True, slots=True)
class WatchdogSpec:
    """The site file's `watchdog:`. Each entry of `tell` is told, by the first of its channels that accepts."""

    tell: tuple[Rung, ...]
    silent_for: timedelta  # without a sign of life: it is told
    repeat: timedelta  # told again so long after, while the silence lasts
    dead_man: DeadMan | None = None


@dataclass(slots=True)
class Vigil:
    """Signs of life by name. A sign is any value; one that differs from the one before is life. Times in monotonic seconds."""

    silent_for: float
    _signs: dict[str, object] = field(default_factory=dict)
    _heard: dict[str, float] = field(default_factory=dict)

    def expect(self, names: Iterable[str], at: float) -> None:
        """From now on these must be heard, whether they ever were or not."""
        for name in names:
            self._heard.setdefault(name, at)

    def hear(self, name: str, sign: object, at: float) -> None:
        """What was seen of `name`. One that nobody expects is expected from its second different sign on."""
        if name not in self._signs:
            self._signs[name] = sign
            if name in self._heard:
                self._heard[name] = at
        elif self._signs[name] != sign:
            self._signs[name], self._heard[name] = sign, at

    def excuse(self, names: Iterable[str], at: float) -> None:
        """These cannot be heard now: the silence counts for nothing."""
        for name in names:
            if name in self._heard:
                self._heard[name] = at

    def silent(self, at: float) -> dict[str, float]:
        """Who was not heard for `silent_for` seconds → when last."""
        return {name: heard for name, heard in self._heard.items() if at - heard >= self.silent_for}
