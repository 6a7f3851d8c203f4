"""A checklist: what is looked at in an order, line by line, and what each of the three checks found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from facility.domain.errors import Unfit
from facility.domain.order import OrderStep, WorkKind
from facility.domain.plan import CheckItem, ItemKind
from facility.domain.text import Title


class Finding(StrEnum):
    """What somebody found at a line."""

    IN_ORDER = "in_order"
    MENDED = "mended"  # it was not, and was put right at once
    NOT_IN_ORDER = "not_in_order"
    NOT_APPLICABLE = "not_applicable"


class Check(StrEnum):
    """Which of the three checks: by whoever did the work, by a second, by a third person."""

    SELF = "self"
    SECOND = "second"
    THIRD = "third"


CHECK_OF: Mapping[OrderStep, Check] = {
    OrderStep.FINISH: Check.SELF,
    OrderStep.PASS_CHECK: Check.SECOND,
    OrderStep.SEND_BACK: Check.SECOND,
    OrderStep.PASS_SPOT_CHECK: Check.THIRD,
    OrderStep.FAIL_SPOT_CHECK: Check.THIRD,
}
"""Steps at which a checklist is filled in."""

PASSES = frozenset({OrderStep.FINISH, OrderStep.PASS_CHECK, OrderStep.PASS_SPOT_CHECK})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order's checklist; in a round once for each asset. The item's `low` and `high` are limits of a good value,
    `lowest` and `highest` those of what the instrument can show, all in the item's unit. `place`: a home's address, which its words
    begin with too.
    """

    asset: str
    item: CheckItem
    lowest: float | None = None
    highest: float | None = None
    place: str = ""

    @property
    def key(self) -> str:
        """The same for the same asset and words: a line keeps its answer when the lines around it change."""
        words = f"{self.item.title.en}\n{self.item.title.zh}\n{self.item.point}"
        return f"{self.asset}.{sha256(words.encode()).hexdigest()[:8]}"

    def is_good(self, value: float) -> bool:
        """A measured value is within its limits."""
        return _within(self.item.low, value, self.item.high)

    def is_possible(self, value: float) -> bool:
        """A measured value is within the measuring range."""
        return _within(self.lowest, value, self.highest)


def _within(low: float | None, value: float, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


@dataclass(frozen=True, slots=True)
class Given:
    """What a person wrote at a line."""

    finding: Finding
    measured: float | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A line of a check as it was found; kept with its words, whatever the plan says later. `step` is the event's key."""

    order: int
    step: str
    check: Check
    line: str
    asset: str
    title: Title
    finding: Finding
    measured: float | None
    unit: str
    remark: str
    person: int
    at: datetime


class Lack(StrEnum):
    """What is missing at a line."""

    ANSWER = "answer"
    VALUE = "value"
    OUT_OF_RANGE = "out_of_range"  # of what can be measured: a slip of the pen
    OUT_OF_LIMITS = "out_of_limits"  # a value beyond its limits cannot be in order
    REMARK = "remark"
    NAMES = "names"  # of those who signed
    PHOTO = "photo"
    NOT_MENDED = "not_mended"  # a repair does not end with a fault
    NOT_PASSED = "not_passed"  # a check with a fault does not pass: send it back


@dataclass(frozen=True, slots=True)
class Lacking:
    """The first line at which something is missing."""

    line: Line
    lack: Lack


class ChecklistLacks(Unfit):
    """A checklist that cannot be taken as it is: at which line, and what is missing."""

    def __init__(self, order: int, lacking: Lacking) -> None:
        line, item = lacking.line, lacking.line.item
        of_range = lacking.lack is Lack.OUT_OF_RANGE
        low, high = (line.lowest, line.highest) if of_range else (item.low, item.high)
        super().__init__(
            line.key,
            f"line_{lacking.lack}",
            f"order {order}: {item.title.en}: {_WORDS[lacking.lack]}",
            line=item.title,
            key=line.key,
            range=_range(low, high),
            unit=item.unit,
        )
        self.lacking = lacking


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"≥ {low:.10g}" if low is not None else f"≤ {high:.10g}" if high is not None else ""
    return f"{low:.10g}–{high:.10g}"


_WORDS = {
    Lack.ANSWER: "say whether it is in order",
    Lack.VALUE: "enter the measured value",
    Lack.OUT_OF_RANGE: "the value is beyond what can be measured",
    Lack.OUT_OF_LIMITS: "the value is beyond its limits: it is not in order",
    Lack.REMARK: "write what was found",
    Lack.NAMES: "write who signed",
    Lack.PHOTO: "take a photo",
    Lack.NOT_MENDED: "a repair ends when it is in order: put it right, or the order on hold",
    Lack.NOT_PASSED: "what is not in order does not pass: send it back",
}


@dataclass(frozen=True, slots=True)
class QualityList:
    """The checklist of a kind of repair, used in all three checks. Empty `systems` and `classes`: for what no other is for."""

    id: str
    title: Title
    systems: tuple[str, ...]
    classes: tuple[str, ...]
    items: tuple[CheckItem, ...]


def quality_list(lists: Sequence[QualityList], asset_class: str, system: str) -> QualityList | None:
    """That of the asset's class, else of its system, else the general one; of equals the first."""
    of_class = [one for one in lists if asset_class in one.classes]
    of_system = [one for one in lists if not one.classes and system in one.systems]
    general = [one for one in lists if not one.classes and not one.systems]
    return next(iter([*of_class, *of_system, *general]), None)


def lacking(
    lines: Sequence[Line], given: Mapping[str, Given], photographed: Collection[str], kind: WorkKind, step: OrderStep
) -> Lacking | None:
    """The first line that keeps the step from being taken; `photographed`: keys of lines with a photo of this round of work.

    Whoever did the work answers each line. So does each check of a repair that passes; of planned work a check may pass without.
    """
    repair = kind is WorkKind.REPAIR
    all_of_them = step is OrderStep.FINISH or (repair and step in PASSES)
    for line in lines:
        answer = given.get(line.key)
        if answer is None:
            if all_of_them:
                return Lacking(line, Lack.ANSWER)
            continue
        lack = _lack(line, answer, line.key in photographed, step)
        if lack is None and answer.finding is Finding.NOT_IN_ORDER and step in PASSES:
            if step is not OrderStep.FINISH:
                lack = Lack.NOT_PASSED
            elif repair:
                lack = Lack.NOT_MENDED
        if lack is not None:
            return Lacking(line, lack)
    return None


def _lack(line: Line, answer: Given, photographed: bool, step: OrderStep) -> Lack | None:
    if answer.finding is not Finding.IN_ORDER and not answer.remark:
        return Lack.REMARK
    value = answer.measured
    if value is not None and not line.is_possible(value):
        return Lack.OUT_OF_RANGE
    if value is not None and answer.finding in (Finding.IN_ORDER, Finding.MENDED) and not line.is_good(value):
        return Lack.OUT_OF_LIMITS
    if answer.finding is Finding.NOT_APPLICABLE or step is not OrderStep.FINISH:
        return None
    evidence = {
        ItemKind.MEASUREMENT: (value is not None, Lack.VALUE),
        ItemKind.SIGNATURE: (bool(answer.remark), Lack.NAMES),
        ItemKind.PHOTO: (photographed, Lack.PHOTO),
        ItemKind.CHECK: (True, Lack.ANSWER),
    }
    there, lack = evidence[line.item.kind]
    return None if there else lack
