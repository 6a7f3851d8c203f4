"""What is done with a request: one act of a form or a JSON object, by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from api.deps import Deps
from api.forms import Fields, first
from api.given import time_of
from facility.domain.clock import Pause
from facility.domain.errors import Unfit
from facility.domain.person import Person
from facility.domain.request import DutyOf, Request, Satisfaction, StepName
from facility.flow import handle_request as handle
from facility.flow.call_back import call_back
from facility.flow.handle_request import Act
from facility.flow.person_here import person_here
from facility.ports import WorkUnit


def perform(deps: Deps, person: Person, number: int, form: Fields) -> Request:
    """The request after the act; Conflict, NotFound, Unfit."""
    name, version = first(form, "act"), first(form, "version")
    if name not in _ACTS or not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise Unfit("act", "form_damaged", f"must be one of {', '.join(_ACTS)}, with the version that was seen")
    with deps.work.writing() as unit:
        act = Act(number, int(version), person.id, f"{person.id}:{_key(first(form, 'key'))}", deps.clock.now())
        return _ACTS[name](_Doing(deps, unit, act, form))


@dataclass(frozen=True, slots=True)
class _Doing:
    """An act with all that it may need."""

    deps: Deps
    unit: WorkUnit
    act: Act
    form: Fields

    def text(self, name: str) -> str:
        return first(self.form, name)

    @property
    def duty(self) -> DutyOf:
        return DutyOf(one_of("duty", self.text("duty") or DutyOf.CENTRE, DutyOf))

    @property
    def step(self) -> StepName:
        return StepName(one_of("step", self.text("step"), StepName))


def _assign(one: _Doing) -> Request:
    return handle.assign_request(one.unit, one.act, person_here(one.unit, one.text("to")).id)


def _call(one: _Doing) -> Request:
    said = one.text("satisfied")
    satisfied = Satisfaction(one_of("satisfied", said, Satisfaction)) if said and said != "not_reached" else None
    first_visit = {"yes": True, "no": False}.get(one.text("first_visit"))
    again_at = time_of({"again_at": one.text("again_at")}, "again_at", one.deps.site.zone)
    return call_back(
        one.deps.site,
        one.unit,
        one.act,
        satisfied,
        first_visit=first_visit,
        again_at=again_at,
        remark=one.text("remark"),
    )


def _promise(one: _Doing) -> Request:
    try:
        due_on = date.fromisoformat(one.text("due_on"))
    except ValueError:
        raise Unfit("due_on", "not_a_time", "is no day; write 2026-11-23", text=one.text("due_on")[:40]) from None
    return handle.promise_step(one.unit, one.act, one.step, due_on)


def _repeats(one: _Doing) -> Request:
    of = one.text("of")
    if not (of.isascii() and of.isdecimal() and len(of) < 10):
        raise Unfit("of", "form_damaged", "names no request")
    return handle.confirm_repeat(one.deps.site, one.unit, one.act, int(of))


_ACTS: Mapping[str, Callable[[_Doing], Request]] = {
    "confirm": lambda one: handle.confirm(one.deps.site, one.unit, one.act, one.text("category"), one.duty),
    "withdraw": lambda one: handle.withdraw(one.unit, one.act, one.text("reason")),
    "hand_on": lambda one: handle.hand_on(one.deps.site, one.unit, one.act, one.duty, one.text("reason")),
    "feedback": lambda one: handle.give_feedback(one.unit, one.act, one.text("note")),
    "assign": _assign,
    "answer": lambda one: handle.answer(one.unit, one.act, one.text("note")),
    "pause": lambda one: handle.pause(
        one.unit, one.act, Pause(one_of("why", one.text("why"), Pause)), one.text("reason")
    ),
    "resume": lambda one: handle.resume(one.unit, one.act),
    "escalate": lambda one: handle.escalate(one.deps.site, one.unit, one.act, one.text("reason")),
    "repeats": _repeats,
    "no_repeat": lambda one: handle.deny_repeat(one.unit, one.act),
    "promise": _promise,
    "done": lambda one: handle.do_step(one.deps.site, one.unit, one.act, one.step, one.text("note")),
    "call_back": _call,
}


def one_of(field: str, text: str, known: Iterable[str]) -> str:
    """The text, when it is one of these; Unfit."""
    names = [str(each) for each in known]
    if text not in names:
        raise Unfit(field, "form_damaged", f"{text[:40]!r} is none of {', '.join(names)}")
    return text


def _key(text: str) -> str:
    if not 8 <= len(text) <= 64:
        raise Unfit("key", "form_damaged", "needs 8 to 64 characters")
    return text
