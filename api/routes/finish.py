"""What a person writes when they finish or check an order: note, ticked checklist, one measured value."""

import unicodedata
from collections.abc import Mapping
from math import inf, isfinite

from api.views.orders import OrderDetail
from api.web.shown import bare
from facility.domain.errors import Refusal
from facility.domain.order import WITH_REASON, OrderStep
from facility.domain.text import Title

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


def reading_of(detail: OrderDetail, form: Mapping[str, list[str]]) -> tuple[float | None, str]:
    """The measured value and its point; Refused when it is missing, no number, or outside the measuring range."""
    item = detail.asked
    text = form.get("measured", [""])[0].strip()
    if item is None:
        return None, ""
    title = item.point_title or Title("", "")
    if not text:
        raise Refused("measured_missing", point=title)
    value = number_of(text)
    low = -inf if item.low is None else item.low
    high = inf if item.high is None else item.high
    if not low <= value <= high:
        raise Refused("measured_out_of_range", point=title, value=text, low=bare(low), high=bare(high), unit=item.unit)
    return value, item.point


def note_of(detail: OrderDetail, step: OrderStep, form: Mapping[str, list[str]]) -> str:
    """The note of a step; Refused when one is needed: work without a word, a line left out or work sent back without a reason."""
    note = form.get("reason" if step in WITH_REASON else "note", [""])[0].strip().replace("\r\n", "\n")
    if len(note) > LONGEST_NOTE:
        raise Refused("note_too_long", most=LONGEST_NOTE)
    if step is OrderStep.FINISH and not note:
        if not detail.items:
            raise Refused("note_missing")
        if {str(place) for place in range(len(detail.items))} - set(form.get("done", [])):
            raise Refused("items_open")
    if step in WITH_REASON and not note:
        raise Refused("reason_missing")
    return note
