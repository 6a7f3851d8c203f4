"""Rules of one asset, compiled once to closures over its present values.

The meaning is that of `domain.rule.judge`, `domain.rule.compare` and `domain.condition.advance`; property tests hold the
two equal. Truth is an int here: 0 FALSE, 1 UNKNOWN, 2 TRUE, the values of `domain.rule.Truth`. Times are Unix nanoseconds.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from facility.domain.condition import EdgeKind
from facility.domain.moment import span
from facility.domain.reading import Value
from facility.domain.rule import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Expression,
    Leaf,
    Negation,
    Rate,
    Rule,
    Share,
    Silence,
    exceeds,
    leaves,
    points_of,
)

FALSE, UNKNOWN, TRUE = 0, 1, 2

Judge = Callable[[int], int]
"""Time → truth."""


class Freshness:
    """When the last fresh good reading came (0: none since the start), when we began to listen, and whether it is said to be gone."""

    __slots__ = ("gone", "last_good", "started")

    def __init__(self, started: int) -> None:
        self.started = started
        self.last_good = 0
        self.gone = False

    def shift(self, ns: int) -> None:
        """Move both times: the machine learnt the time."""
        self.started += ns
        self.last_good += ns if self.last_good else 0


class Present(Protocol):
    """Values of points by their slot."""

    def __getitem__(self, slot: int, /) -> Value | None: ...


@dataclass(frozen=True, slots=True)
class View:
    """What the rules of an asset see. `present[index[point]]` is None unless the point is good, fresh and not retained."""

    index: Mapping[str, int]
    present: Present
    freshness: Freshness


class Run:
    """One rule of one asset, running: where it stands, and its compiled expression."""

    __slots__ = (
        "_rates",
        "_restless",
        "_silence",
        "_truth",
        "asset",
        "clear_hold",
        "hold",
        "onset",
        "open",
        "rule",
        "since",
        "sleeps_until",
        "timed",
        "view",
    )

    def __init__(self, asset: str, rule: Rule, view: View, restless: "dict[Run, None] | None" = None) -> None:
        """`restless`: a run that time alone may change adds itself; whoever ticks takes out what is at rest."""
        self.asset = asset
        self.rule = rule
        self.view = view
        self._restless = {} if restless is None else restless
        self.hold = span(rule.hold)
        self.clear_hold = span(rule.clear_hold)
        self.open = False
        self.since = 0  # start of the phase PENDING (not open) or CLEARING (open); 0: in neither
        self.onset = 0
        self._rates: list[_Window] = []
        self._truth = self._compile(rule.when)
        self._silence = span(rule.when.longer_than) if isinstance(rule.when, Silence) else None
        self.timed = any(isinstance(leaf, Rate | Silence) for leaf in leaves(rule.when))  # truth changes by time alone
        self.sleeps_until = 0  # time alone changes nothing before
        if self.timed:
            self._restless[self] = None

    @property
    def points(self) -> set[str]:
        """The points that the rule reads."""
        return {point for leaf in leaves(self.rule.when) for point in points_of(leaf)}

    def step(self, at: int) -> EdgeKind | None:
        """Evaluate at time `at`; the edge, if there is one."""
        for rate in self._rates:
            rate.feed(at)
        truth = self._truth(at)
        if truth == UNKNOWN:
            return None
        if (truth == TRUE) is self.open:
            self.since = 0
            return None
        since = self.since or at
        if at - since < (self.clear_hold if self.open else self.hold):
            self.since = since
            self._restless[self] = None
            return None
        self.since = 0
        self.open = not self.open
        if not self.open:
            return EdgeKind.ENDED
        self.onset = since
        return EdgeKind.OPENED

    def quiet(self) -> tuple[str, float, float] | None:
        """Point, sign and bound of a rule that is one comparison with a number: while it is in no phase, step changes nothing
        as long as value × sign ≤ bound. None for any other rule."""
        when = self.rule.when
        if (
            not isinstance(when, Compare)
            or isinstance(when.limit, str)
            or when.asset
            or when.point not in self.view.index
        ):
            return None
        sign = {Comparison.ABOVE: 1.0, Comparison.BELOW: -1.0}.get(when.comparison)
        return None if sign is None else (when.point, sign, when.limit * sign)

    def tick(self, at: int) -> EdgeKind | None:
        """Evaluate because time has passed; a silence that cannot have begun yet sleeps until it can."""
        edge = self.step(at)
        self.sleeps_on(at)
        return edge

    def sleeps_on(self, at: int) -> bool:
        """It is a silence that cannot have begun yet: the shortest tick of all, for thousands of assets that live."""
        freshness = self.view.freshness
        if self._silence is None or self.open or self.since or freshness.gone:
            return False
        self.sleeps_until = freshness.last_good + self._silence
        return self.sleeps_until > at

    def due(self, at: int) -> int:
        """The first time after `at` at which time alone may change it; 0: not before something is read."""
        times = [due for rate in self._rates for due in rate.due()]
        if self.since:
            times.append(self.since + (self.clear_hold if self.open else self.hold))
        heard = max(self.view.freshness.last_good, self.view.freshness.started)
        times += [heard + span(leaf.longer_than) + 1 for leaf in leaves(self.rule.when) if isinstance(leaf, Silence)]
        return min([due for due in times if due > at], default=0)

    def unknown(self, at: int) -> bool:
        """What is known does not say whether it is true."""
        return self._truth(at) == UNKNOWN

    def rests(self, now: int) -> bool:
        """Time alone changes nothing now."""
        return not self.since and (not self.timed or self.sleeps_until > now)

    def wake(self) -> None:
        """It is looked at with the next tick."""
        self.sleeps_until = 0
        self._restless[self] = None

    def take_up(self, onset: int) -> None:
        """Stand OPEN since `onset`, as the journal says after a restart."""
        self.open, self.onset, self.since = True, onset, 0
        self.wake()

    def evidence(self) -> tuple[str, Value | None, Value | None]:
        """Point, present value and limit that show the condition best: the first comparison that is true, else the first."""
        found: list[tuple[bool, str, Value | None, Value | None]] = []
        for leaf in leaves(self.rule.when):
            if isinstance(leaf, Compare) and leaf.point in self.view.index:
                value = self.view.present[self.view.index[leaf.point]]
                found.append((self._leaf(leaf)(0) != TRUE, leaf.point, value, leaf.limit))
            elif isinstance(leaf, Rate) and leaf.point in self.view.index:
                found.append((False, leaf.point, self.view.present[self.view.index[leaf.point]], leaf.change))
            elif isinstance(leaf, Share) and leaf.parts[0] in self.view.index:
                found.append((False, leaf.parts[0], self.view.present[self.view.index[leaf.parts[0]]], None))
        return min(found, key=lambda item: item[0])[1:] if found else ("", None, None)

    def _compile(self, expression: Expression) -> Judge:
        match expression:
            case AllOf(parts):
                return _extreme([self._compile(part) for part in parts], TRUE, FALSE)
            case AnyOf(parts):
                return _extreme([self._compile(part) for part in parts], FALSE, TRUE)
            case Negation(part):
                inner = self._compile(part)
                return lambda at: 2 - inner(at)
            case _:
                return self._leaf(expression)

    def _leaf(self, leaf: Leaf) -> Judge:
        match leaf:
            case Silence(longer_than):
                return _silence(self.view.freshness, span(longer_than))
            case Compare() if not leaf.asset and leaf.point in self.view.index:
                return self._compare(leaf, self.view.present, self.view.index[leaf.point])
            case Rate() if leaf.point in self.view.index:
                window = _Window(self.view.present, self.view.index[leaf.point], leaf.change, span(leaf.within))
                self._rates.append(window)
                return window.judge
            case Share() if self.view.index.keys() >= set(points_of(leaf)):
                present, whole = self.view.present, self.view.index[leaf.of]
                slots = [self.view.index[name] for name in leaf.parts]
                return lambda at: exceeds(leaf, [present[slot] for slot in slots], present[whole]).value
            case _:
                return lambda at: UNKNOWN

    def _compare(self, leaf: Compare, present: Present, slot: int) -> Judge:
        limit = leaf.limit

        def equals(at: int) -> int:
            value = present[slot]
            return UNKNOWN if value is None else TRUE if value == limit else FALSE

        def beyond(at: int) -> int:
            value = present[slot]
            if value is None or isinstance(value, str):
                return UNKNOWN
            return TRUE if value * sign > (released if self.open else held) else FALSE

        match leaf.comparison:
            case Comparison.EQUALS:
                return equals
            case Comparison.DIFFERS:
                return lambda at: 2 - equals(at)
        if isinstance(limit, str):
            return lambda at: UNKNOWN
        sign = 1 if leaf.comparison is Comparison.ABOVE else -1
        held = limit * sign
        released = (limit - leaf.hysteresis if sign > 0 else limit + leaf.hysteresis) * sign
        return beyond


class _Window:
    """Change of one point inside the last `within` ns; UNKNOWN until it was watched that long without a break."""

    __slots__ = ("_change", "_present", "_samples", "_since", "_slot", "_within")

    def __init__(self, present: Present, slot: int, change: float, within: int) -> None:
        self._present, self._slot, self._change, self._within = present, slot, change, within
        self._samples: deque[tuple[int, float]] = deque()
        self._since = 0

    def feed(self, at: int) -> None:
        """Take the present value in when it changed, and forget what lies before the window."""
        value = self._present[self._slot]
        samples = self._samples
        if value is None or isinstance(value, str):
            samples.clear()
            return
        if not samples:
            self._since = at
        if not samples or samples[-1][1] != value:
            samples.append((at, value))
        while len(samples) > 1 and samples[1][0] <= at - self._within:
            samples.popleft()

    def due(self) -> list[int]:
        """When it will have been watched long enough, and when its oldest value leaves it."""
        leaves_at = [self._samples[1][0] + self._within] if len(self._samples) > 1 else []
        return [self._since + self._within, *leaves_at] if self._samples else []

    def judge(self, at: int) -> int:
        """TRUE when the value moved by the change from any value held inside the window."""
        if not self._samples:
            return UNKNOWN
        value = self._samples[-1][1]
        values = [sample[1] for sample in self._samples]
        moved = value - min(values) >= self._change if self._change >= 0 else value - max(values) <= self._change
        if moved:
            return TRUE
        return FALSE if at - self._since >= self._within else UNKNOWN


def _extreme(parts: list[Judge], neutral: int, final: int) -> Judge:
    """Kleene's AND (neutral TRUE, final FALSE) or OR (the reverse): the minimum or maximum of the parts."""
    ordered = tuple(parts)

    def judge(at: int) -> int:
        result = neutral
        for part in ordered:
            truth = part(at)
            if truth == final:
                return final
            if truth == UNKNOWN:
                result = UNKNOWN
        return result

    return judge


def _silence(freshness: Freshness, longer_than: int) -> Judge:
    """Our own start makes no silence and ends none: until a reading came or the time has passed, it is UNKNOWN.

    A device that is said to be gone is silent at once.
    """

    def judge(at: int) -> int:
        if freshness.gone or at - max(freshness.last_good, freshness.started) > longer_than:
            return TRUE
        return FALSE if freshness.last_good else UNKNOWN

    return judge
