"""Rules: expressions over points (inside one asset) or over conditions and points of several assets (site rules).

Logic is three-valued (Kleene): what is not known is UNKNOWN, and unknown is never normal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum

from facility.domain.reading import Value
from facility.domain.text import Title


class Truth(Enum):
    """Kleene's three values."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


class Comparison(StrEnum):
    """How a value is compared with its limit."""

    BELOW = "below"
    ABOVE = "above"
    EQUALS = "equals"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Compare:
    """`point` against `limit`. With hysteresis h, an open condition "below L" ends at L + h, "above L" at L − h."""

    point: str
    comparison: Comparison
    limit: Value
    hysteresis: float = 0.0
    asset: str = ""  # empty: the rule's own asset


@dataclass(frozen=True, slots=True)
class Rate:
    """`point` changed by at least `change` (negative: fell by) inside `within`."""

    point: str
    change: float
    within: timedelta


@dataclass(frozen=True, slots=True)
class Silence:
    """No fresh good reading of the asset for longer than `longer_than`."""

    longer_than: timedelta


@dataclass(frozen=True, slots=True)
class Share:
    """The points `parts` together are more than `above` percent of the point `of`."""

    parts: tuple[str, ...]
    of: str
    above: float


@dataclass(frozen=True, slots=True)
class ConditionOf:
    """Another asset's condition is open (site rules only)."""

    asset: str
    rule: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """TRUE when all are, FALSE when one is."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """TRUE when one is, FALSE when all are."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """TRUE when the part is FALSE; UNKNOWN stays UNKNOWN."""

    part: "Expression"


Leaf = Compare | Rate | Share | Silence | ConditionOf
Expression = Leaf | AllOf | AnyOf | Negation


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of an asset (from its profile, changed by the site file) or of the site.

    `alert` is the alert kind (`mains_lost`, `comm_lost`, …: locale `alerts.<kind>`); a rule without level makes a
    condition that other rules may use, but no alert. `order` says that its alert opens a corrective order.
    """

    id: str
    title: Title
    when: Expression
    hold: timedelta = timedelta(0)
    clear_hold: timedelta = timedelta(0)
    level: int | None = None
    alert: str = ""
    order: bool = False
    asset: str = ""  # site rules: the asset that stands for the alert (where), e.g. the incomer
    latched: bool = False  # its alert ends only by the panel's reset and an acknowledgement
    reset_by: str = ""  # rule of the same asset that opens when the panel is reset; its own name: its end is the reset
    consequence_of: tuple[str, ...] = ()  # kinds of alerts that explain it, when they stand upstream
    says: tuple["Remark", ...] = ()  # site rules: what else its message says


@dataclass(frozen=True, slots=True)
class Remark:
    """What a message adds about a second condition: the generator carries the load, or does not. Unknown says nothing."""

    when: ConditionOf
    yes: Title
    no: Title


def judge(expression: Expression, leaf: Callable[[Leaf], Truth]) -> Truth:
    """The truth of an expression, given the truth of its leaves."""
    match expression:
        case AllOf(parts):
            return Truth(min((judge(part, leaf).value for part in parts), default=Truth.TRUE.value))
        case AnyOf(parts):
            return Truth(max((judge(part, leaf).value for part in parts), default=Truth.FALSE.value))
        case Negation(part):
            return Truth(2 - judge(part, leaf).value)
        case _:
            return leaf(expression)


def compare(leaf: Compare, value: Value | None, *, open_now: bool) -> Truth:
    """Truth of one comparison; `value` is None unless the point is good; `open_now` applies the hysteresis."""
    if value is None:
        return Truth.UNKNOWN
    match leaf.comparison:
        case Comparison.EQUALS:
            return _truth(value == leaf.limit)
        case Comparison.DIFFERS:
            return _truth(value != leaf.limit)
    if isinstance(value, str) or isinstance(leaf.limit, str):
        return Truth.UNKNOWN
    slack = leaf.hysteresis if open_now else 0.0
    if leaf.comparison is Comparison.BELOW:
        return _truth(value < leaf.limit + slack)
    return _truth(value > leaf.limit - slack)


def exceeds(leaf: Share, parts: Sequence[Value | None], whole: Value | None) -> Truth:
    """Truth of a share; values are None unless their points are good. Of nothing there is no share: UNKNOWN."""
    known = [value for value in parts if isinstance(value, float)]
    if len(known) < len(parts) or not isinstance(whole, float) or whole <= 0:
        return Truth.UNKNOWN
    return _truth(100 * sum(known) > leaf.above * whole)


def points_of(leaf: Leaf) -> tuple[str, ...]:
    """The points that it reads."""
    match leaf:
        case Compare(point=point) | Rate(point=point):
            return (point,)
        case Share(parts, of):
            return (*parts, of)
        case _:
            return ()


def leaves(expression: Expression) -> list[Leaf]:
    """All leaves, left to right."""
    match expression:
        case AllOf(parts) | AnyOf(parts):
            return [leaf for part in parts for leaf in leaves(part)]
        case Negation(part):
            return leaves(part)
        case _:
            return [expression]


def _truth(value: bool) -> Truth:
    return Truth.TRUE if value else Truth.FALSE
