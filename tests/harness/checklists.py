"""Checklists filled in by somebody who found everything in order."""

from facility.domain.asset import Site
from facility.domain.checklist import PASSES, Finding, Given, Line
from facility.domain.evidence import Photo
from facility.domain.order import OrderStep
from facility.domain.plan import ItemKind
from facility.flow.checklist_of import checklist_of
from facility.ports import WorkUnit
from tests.harness.flow_stage import START


def in_order(site: Site, unit: WorkUnit, order: int, step: OrderStep) -> dict[str, Given]:
    """An answer for each line, with the evidence that it asks for; nothing for steps without a checklist."""
    if step not in PASSES:
        return {}
    lines = checklist_of(site, unit, unit.orders.get(order))
    for line in lines:
        if line.item.kind is ItemKind.PHOTO and step is OrderStep.FINISH:
            photograph(unit, order, line.key)
    return {line.key: Given(Finding.IN_ORDER, good_value(line), "Li, Zhao") for line in lines}


def good_value(line: Line) -> float | None:
    """A value that the line takes; None where none is measured."""
    if line.item.kind is not ItemKind.MEASUREMENT:
        return None
    bounds = [each for each in (line.item.low, line.item.high, line.lowest, line.highest) if each is not None]
    return next((each for each in bounds if line.is_good(each) and line.is_possible(each)), 1.0)


def photograph(unit: WorkUnit, order: int, line: str = "") -> Photo:
    """A photo of the line, by the first person there is."""
    person = unit.people.all()[0].id
    return unit.photos.add(Photo(0, order, f"photo-{line}", line, 4, 3, 4, "0" * 64, person, START), b"jpeg")
