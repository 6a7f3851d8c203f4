"""Requests (报修), enquiries, complaints and suggestions: what somebody asks of the centre, whose duty it is, how it ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from facility.domain.role import Role
from facility.domain.text import Title

REPEATED_WITHIN = timedelta(days=30)
LONGEST_NAME, LONGEST_PLACE = 60, 60


class RequestKind(StrEnum):
    """What is asked."""

    REPAIR = "repair"
    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


class Came(StrEnum):
    """How it came."""

    DESK = "desk"
    PHONE = "phone"
    FORM = "form"  # by the public form behind a QR code


class DutyOf(StrEnum):
    """Whose duty it is."""

    CENTRE = "centre"
    WARRANTY = "warranty"  # the developer's
    UTILITY = "utility"
    OWNER = "owner"


class RequestState(StrEnum):
    """TO_CONFIRM: came by the form. FINISHED: done or answered, the call back is due. CLOSED and WITHDRAWN are final."""

    TO_CONFIRM = "to_confirm"
    OPEN = "open"
    FINISHED = "finished"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


FINAL = frozenset({RequestState.CLOSED, RequestState.WITHDRAWN})
UNFINISHED = frozenset({RequestState.TO_CONFIRM, RequestState.OPEN})


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of trouble. `position`: who repairs it; empty: a planner gives it to somebody.

    `system`: whose quality list its repair has.
    """

    id: str
    title: Title
    position: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported it: name and number to call back, as they said it, or a person of the home's register. Personal data."""

    name: str = ""
    phone: str = ""
    resident: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One of them. `home`, `asset` or `place` says where, `area` who answers for it. `id` is 0 until stored; `version` counts changes."""

    id: int
    kind: RequestKind
    category: str
    words: str
    area: str
    came: Came
    state: RequestState
    received_at: datetime
    entered_at: datetime
    home: int | None = None
    asset: str = ""
    place: str = ""
    reporter: Reporter = Reporter()
    receiver: int | None = None  # the person who took it
    duty: DutyOf = DutyOf.CENTRE
    order: int | None = None
    alert: int | None = None  # the latest that was raised of it
    repeats: int | None = None  # the request that it repeats, confirmed
    confirmed_at: datetime | None = None
    escalated_at: datetime | None = None
    finished_at: datetime | None = None
    closed_at: datetime | None = None
    responsible: int | None = None  # who did the work or gave the answer: the results of the call back count for them
    version: int = 1


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One line of its history. Unique by `key`. `what`: entered, confirmed, feedback, paused, answered, …; `detail`: a word to it."""

    request: int
    key: str
    at: datetime
    what: str
    person: int | None
    note: str = ""
    detail: str = ""


CATEGORIES: Mapping[str, Category] = {
    each.id: each
    for each in (
        Category("water", Title("Water, taps, pipes", "给水、龙头、水管"), system="water"),
        Category("drainage", Title("Drains, toilets", "排水、马桶"), system="water"),
        Category("power", Title("Electricity, lamps, switches", "电路、灯具、开关"), system="power"),
        Category("gas", Title("Gas", "燃气"), system="gas"),
        Category("door_window", Title("Doors, windows, locks", "门窗、门锁")),
        Category("wall", Title("Walls, ceilings, leaks from above", "墙面、天花、渗漏")),
        Category("public", Title("Public equipment", "公共设施")),
        Category("parking", Title("Parking, gates, cards", "停车、道闸、门禁卡"), system="parking"),
        Category("cleaning", Title("Cleaning, green areas", "保洁、绿化")),
        Category("neighbour", Title("Noise, neighbours", "噪声、邻里")),
        Category("service", Title("Our service", "服务态度和质量")),
        Category("other", Title("Something else", "其他")),
    )
}
"""Of a site that names none."""


class Satisfaction(StrEnum):
    """What whoever was called back says."""

    SATISFIED = "satisfied"
    FAIRLY = "fairly"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A call back (回访). Not reached: `satisfied` None, and it is tried `again_at`. `first_visit`: solved at the first visit."""

    request: int
    key: str
    at: datetime
    person: int
    satisfied: Satisfaction | None
    first_visit: bool | None = None
    again_at: datetime | None = None
    remark: str = ""


class StepName(StrEnum):
    """What is owed for what is not the centre's duty."""

    PLAN = "plan"
    EXECUTION = "execution"
    EVALUATION = "evaluation"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class OutsideStep:
    """One of the four steps, by a date; `done_at` with who and what."""

    request: int
    name: StepName
    due_on: date
    done_at: datetime | None = None
    person: int | None = None
    words: str = ""


def caller_of(request: Request) -> Role | None:
    """Whose call back it needs: of in-home repairs the front desk's, of complaints the supervisor's, of escalated ones the manager's."""
    if request.escalated_at is not None:
        return Role.MANAGER
    if request.kind is RequestKind.COMPLAINT:
        return Role.SUPERVISOR
    if request.kind is RequestKind.REPAIR and request.home is not None:
        return Role.FRONT_DESK
    return None


def may_call(request: Request, roles: Collection[Role]) -> bool:
    """Somebody with these roles may enter its call back; a manager may do each."""
    caller = caller_of(request)
    return caller is not None and (caller in roles or Role.MANAGER in roles)


def repeats_of(new: Request, known: Sequence[Request]) -> list[Request]:
    """Earlier repair requests that this one may repeat: the same asset, or the same home and category, within 30 days; latest first."""
    if new.kind is not RequestKind.REPAIR:
        return []
    found = [
        one
        for one in known
        if one.kind is RequestKind.REPAIR
        and one.id != new.id
        and one.state is not RequestState.WITHDRAWN
        and timedelta(0) <= new.received_at - one.received_at <= REPEATED_WITHIN
        and (
            (new.asset != "" and one.asset == new.asset)
            or (new.home is not None and one.home == new.home and one.category == new.category)
        )
    ]
    return sorted(found, key=lambda one: one.received_at, reverse=True)
