"""What a person writes when they finish or check an order: what was found at each line of the checklist, and a note."""

import unicodedata
from collections.abc import Mapping, Sequence
from math import isfinite

from api.forms import first
from api.views.evidence import LineView
from api.views.orders import OrderDetail
from facility.domain.checklist import Finding, Given
from facility.domain.errors import Refusal
from facility.domain.order import WITH_REASON, OrderStep, WorkKind
from facility.domain.plan import ItemKind

LONGEST_NOTE = 2000


class Refused(Refusal):
    """A form that cannot be taken as it is: id of the text that says why (`pages.fault.<id>`), and its parameters."""

    def __init__(self, id: str, **params: object) -> None:
        super().__init__(id)
        self.id = id
        self.params = params


def number_of(text: str) -> float:
    """A number as people write it, also in full-width digits; Refused for anything that could be read two ways."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain.lstrip("+-").replace(".", "", 1).isascii() or not plain.lstrip("+-").replace(".", "", 1).isdecimal():
        raise Refused("not_a_number", text=text[:40])
    value = float(plain)
    if not isfinite(value):
        raise Refused("not_a_number", text=text[:40])
    return value


def answers_of(lines: Sequence[LineView], form: Mapping[str, list[str]]) -> dict[str, Given]:
    """What was found at each line (`finding.<key>`, `measured.<key>`, `remark.<key>`); Refused.

    `rest`: in_order answers for every line that was left open, and so does evidence: a value, the names of a signature.
    """
    rest = first(form, "rest") == Finding.IN_ORDER
    found = {}
    for line in lines:
        finding, measured, remark = (first(form, f"{part}.{line.key}") for part in ("finding", "measured", "remark"))
        if len(remark) > LONGEST_NOTE:
            raise Refused("note_too_long", most=LONGEST_NOTE)
        if finding and finding not in set(Finding):
            raise Refused("form_damaged")
        if finding or rest or measured or (remark and line.kind is ItemKind.SIGNATURE):
            value = number_of(measured) if measured else None
            found[line.key] = Given(Finding(finding or Finding.IN_ORDER), value, remark.replace("\r\n", "\n"))
    return found


def note_of(detail: OrderDetail, step: OrderStep, form: Mapping[str, list[str]]) -> str:
    """The note of a step; Refused when one is needed: a repair without a word of what was done, work sent back without a reason."""
    note = (first(form, "reason") if step in WITH_REASON else "") or first(form, "note")
    note = note.replace("\r\n", "\n")
    if len(note) > LONGEST_NOTE:
        raise Refused("note_too_long", most=LONGEST_NOTE)
    if step is OrderStep.FINISH and not note and (detail.order.kind is WorkKind.REPAIR or not detail.lines):
        raise Refused("note_missing")
    if step in WITH_REASON and not note:
        raise Refused("reason_missing")
    return note
