"""A maintenance plan: what is done to which assets, when, by whom, and what asks for it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from facility.domain.order import WorkKind
from facility.domain.skill import Skill
from facility.domain.text import Title
from facility.domain.trigger import Cadence, Calendar, Trigger


class ItemKind(StrEnum):
    """What an item of a checklist asks for."""

    CHECK = "check"
    MEASUREMENT = "measurement"
    PHOTO = "photo"
    SIGNATURE = "signature"


class Criticality(StrEnum):
    """How much depends on the work, after SFG20; the order here is the order in which days are given."""

    STATUTORY = "statutory"
    MANDATORY = "mandatory"  # the organisation's own duty
    OPTIMAL = "optimal"
    DISCRETIONARY = "discretionary"


class Grade(StrEnum):
    """How well the source of a plan is known."""

    OFFICIAL = "official"  # the notice itself was seen
    SECONDARY = "secondary"  # a page that quotes the standard
    KNOWLEDGE = "knowledge"  # general knowledge: to be confirmed by the site


class CatchUp(StrEnum):
    """What happens to slots that passed while the program was down; all of them stay missed."""

    NONE = "none"
    LAST = "last"  # one order makes up for the last of them


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line of a plan's checklist; with a point it asks for that point's measured value. Limits in `unit`."""

    title: Title
    point: str = ""
    kind: ItemKind = ItemKind.CHECK
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What asks for the work: clause and edition, where it is in force, how well it is known."""

    reference: str = ""
    jurisdiction: str = ""  # empty: everywhere
    grade: Grade = Grade.KNOWLEDGE


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to which assets, how often, by which position of each asset."""

    id: str
    title: Title
    kind: WorkKind
    trigger: Trigger
    assets: tuple[str, ...]  # of a round: in walking order
    items: tuple[CheckItem, ...]
    by: str  # "operating" or "maintaining": which position of the asset does it
    start: date  # no slot that ends before this day
    source: Source = Source()
    criticality: Criticality = Criticality.MANDATORY
    minutes: int = 30  # for one asset
    skill: Skill | None = None  # what whoever does it must have learnt
    round: bool = False  # one order for all assets of a slot
    vacant_homes: bool = False  # one order for each asset: the vacant homes of its area, home by home
    alone: bool = False  # a drill, a test by others: neither takes in other services nor is taken in
    workdays_only: bool = False  # daily work and shifts: none on days off
    catch_up: CatchUp = CatchUp.NONE
    off_from: date | None = None  # a person switched it off: no slot begins on this day or later
    spacing: int = 0  # days between two services of an asset at least; 0: half a window

    @property
    def cadence(self) -> Cadence | None:
        """Of a plan by the calendar's own windows."""
        return self.trigger.cadence if isinstance(self.trigger, Calendar) else None


NESTING = (
    Cadence.WEEKLY,
    Cadence.HALF_MONTHLY,
    Cadence.MONTHLY,
    Cadence.QUARTERLY,
    Cadence.HALF_YEARLY,
    Cadence.YEARLY,
)
"""The larger service of an asset takes in the smaller one, for the same position and kind of work; not rounds."""


def takes_in(larger: Plan, smaller: Plan) -> bool:
    """The larger plan's order does the smaller one's work too, where they meet on an asset."""
    if any(plan.round or plan.alone for plan in (larger, smaller)):
        return False
    if (larger.kind, larger.by) != (smaller.kind, smaller.by):
        return False
    if larger.cadence not in NESTING or smaller.cadence not in NESTING:
        return False
    return NESTING.index(larger.cadence) > NESTING.index(smaller.cadence)


def merged_items(plans: list[Plan]) -> list[CheckItem]:
    """The checklist of an order that does the work of these plans, the larger first; no item twice.

    Of the same measurement with different limits the narrower ones count.
    """
    merged: dict[tuple[Title, str], CheckItem] = {}
    for item in (item for plan in plans for item in plan.items):
        known = merged.get((item.title, item.point))
        merged[(item.title, item.point)] = item if known is None else _narrower(known, item)
    return list(merged.values())


def _narrower(one: CheckItem, other: CheckItem) -> CheckItem:
    lows = [item.low for item in (one, other) if item.low is not None]
    highs = [item.high for item in (one, other) if item.high is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    return CheckItem(one.title, one.point, one.kind, one.unit, low, high)
