"""A list of homes as it is looked at before it is entered: what is new, what changes, and every fault."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.sent_lists import SentList
from facility.flow.enter_homes import Effect, HomeStep
from facility.site.sheet_row import CellFault


class Part(StrEnum):
    """What of the list is shown."""

    FAULTS = "faults"
    ADDED = "added"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FaultView:
    """A refused cell, as the spreadsheet names it; `what` and `mend` in English, `id` and `params` of its text."""

    place: str
    row: int
    column: str
    what: str
    mend: str
    id: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StepView:
    """What a row does: a home (`name` empty) or a person of it; `how`: the fields that change."""

    effect: str
    home: str
    name: str
    how: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListView:
    """One page of one part of a list, and how much there is of each; `steps`: names what entering it does, to be confirmed."""

    list: str
    file: str
    sha256: str
    rows: int
    counts: Mapping[str, int]
    part: str
    page: int
    pages: int
    faults: tuple[FaultView, ...]
    changes: tuple[StepView, ...]
    steps: str
    entered: int | None


def list_view(name: str, sent: SentList, steps: Sequence[HomeStep], part: str, page: int, size: int) -> ListView:
    """What was asked for; without that the faults, and without any what is new."""
    faults = sent.sheet.faults
    by_effect = {effect: [step for step in steps if step.effect is effect] for effect in Effect}
    counts = {
        Part.FAULTS: len(faults), Part.ADDED: len(by_effect[Effect.ADDED]), Part.CHANGED: len(by_effect[Effect.CHANGED])
    }  # fmt: skip
    chosen = Part(part) if part in list(Part) else next((each for each in Part if counts[each]), Part.ADDED)
    pages = max(1, -(-counts[chosen] // size))
    page = min(page, pages)
    shown = slice((page - 1) * size, page * size)
    return ListView(
        list=name,
        file=sent.name,
        sha256=sent.digest,
        rows=len(sent.sheet.rows),
        counts={str(each): number for each, number in counts.items()},
        part=str(chosen),
        page=page,
        pages=pages,
        faults=tuple(_fault(each) for each in faults[shown]) if chosen is Part.FAULTS else (),
        changes=() if chosen is Part.FAULTS else tuple(_step(step) for step in by_effect[Effect(chosen)][shown]),
        steps=steps_digest(steps),
        entered=sent.entered,
    )


def steps_digest(steps: Sequence[HomeStep]) -> str:
    """Names what entering the list would do: other steps, another name."""
    return hashlib.sha256(repr([(str(s.effect), s.address, s.name, s.how) for s in steps]).encode()).hexdigest()


def _fault(fault: CellFault) -> FaultView:
    return FaultView(fault.place, fault.row, fault.column, fault.what, fault.mend, fault.id, fault.params)


def _step(step: HomeStep) -> StepView:
    return StepView(str(step.effect), str(step.address), step.name, step.how)
