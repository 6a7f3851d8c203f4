"""`facility replay --plan`: what a plan, or a changed one, would have made in a month, as a table and as data."""

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

from facility import wiring
from facility.cli.office import Office
from facility.cli.output import say, say_json, say_table, site_path
from facility.domain.errors import Conflict, NotFound
from facility.domain.figure import Period
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.period import month_of
from facility.domain.plan import Plan
from facility.domain.text import Language
from facility.domain.trigger import AfterCompletion, ByHand, Expiry, Use
from facility.domain.trigger_words import in_words
from facility.flow.in_force import in_force
from facility.flow.replay_plan import PlanReplay, Would, by_hand, carried_over, replay_plan
from facility.locale import render
from facility.settings import settings_from_environment
from facility.site import load
from facility.site.plan_changes import tried_plan

HEAD = ["slot", "window", "asset", "really: day", "ended", "order", "replayed: day", "opens", ""]


def replay_plan_command(
    here: Office, plan: str, settings: Sequence[str], changed: Path | None, month: str, since: str, *, as_json: bool
) -> None:
    """Show it; Conflict, NotFound, SiteRefused."""
    if since or not month:
        raise Conflict("a plan is replayed over a month: --month 2026-10")
    if settings and changed is not None:
        raise Conflict("give the change by --set or by --changed, one of them")
    if plan not in here.site.plans:
        raise NotFound("plan", plan)
    tried = _tried(here, plan, settings, changed)
    period = Period.month(*month_of(month))
    with here.work.reading() as unit:
        present = in_force(here.site, unit).plans[plan]
        wanted = carried_over(tried, here.site.plans[plan], present)
        history = wiring.open_history(settings_from_environment(), here.site.id)
        found = replay_plan(here.site, unit, history, wanted, period, here.now)
    rows = _rows(found)
    if as_json:
        say_json(_data(month, found, rows))
        return
    versions = [present, wanted]
    triggers = " → ".join(dict.fromkeys(_when(each) for each in versions))
    say(f"{plan}, {month}: {triggers}", "bold")
    if rows:
        say_table(HEAD, [_row(*row) for row in rows])
    else:
        say("No slots: neither now nor then.")
    say("")
    say_table(["", "slots", "orders", "minutes of work"], _sums(found, present))
    for line in _assumed(found, present):
        say(line)


def _assumed(found: PlanReplay, present: Plan) -> list[str]:
    """What the replay takes for granted, and what it does not know."""
    lines = [
        "Days are the leveller's, beside the other plans' work of then, by the duties of today. What people would have made of "
        "them cannot be known."
    ]
    match found.plan.trigger:
        case AfterCompletion() | Use():
            lines.append(
                "The last service before the month is the real one; from then on each is taken as finished on its day, and the "
                "next one follows from it."
            )
        case Expiry():
            lines.append(
                "Of certificates that were renewed more than once, those count of which the site file, the newest renewal or a "
                "slot still tells."
            )
        case ByHand() if not by_hand(present):
            lines.append("By hand nobody opened any: the plan opened its orders by itself.")
        case ByHand():
            lines.append("The slots are those that people opened.")
    lines += [
        f"{asset}: for {days} days no reading tells how much it was used; they count as nothing."
        for asset, days in found.unknown.items()
    ]
    return lines


def _tried(here: Office, plan: str, settings: Sequence[str], changed: Path | None) -> Plan:
    if settings:
        return tried_plan(site_path(None), plan, settings)
    if changed is None:
        return here.site.plans[plan]
    other = load(changed)
    if other.id != here.site.id:
        raise Conflict(f"{changed} is of another estate: {other.id}, not {here.site.id}")
    if plan not in other.plans:
        raise NotFound("plan", f"{plan} in {changed}")
    return other.plans[plan]


def _when(plan: Plan) -> str:
    return "; ".join(render(each, Language.EN) for each in in_words(plan.trigger))


Row = tuple[Occurrence | None, Would | None]


def _rows(found: PlanReplay) -> list[Row]:
    """Slot by slot, those of the same asset and window in one row."""
    made = {_place(each): each for each in found.made}
    would = {_place(each): each for each in found.would}
    keys = sorted({*made, *would})
    return [(made.get(key), would.get(key)) for key in keys]


def _place(each: Occurrence | Would) -> tuple[date, date, time, str]:
    return each.slot.first, each.slot.last, each.slot.begins or time.min, each.asset


def _verdict(made: Occurrence | None, would: Would | None) -> str:
    return "both" if made and would else "only_really" if made else "only_replayed"


def _row(made: Occurrence | None, would: Would | None) -> list[str]:
    slot = made.slot if made else would.slot if would else None
    assert slot is not None
    return [
        slot.key,
        f"{slot.first} … {slot.last}" if slot.first != slot.last else str(slot.first),
        made.asset if made else would.asset if would else "",
        str(made.day or "") if made else "–",
        made.state.value if made else "",
        str(made.order or "") if made else "",
        str(would.day) if would else "–",
        (f"by {would.into}" if would.into else str(would.opens)) if would else "",
        _verdict(made, would).replace("_", " "),
    ]


def _sums(found: PlanReplay, present: Plan) -> list[list[str]]:
    made = [each for each in found.made if each.state is not OccurrenceState.MERGED]
    would = [each for each in found.would if not each.into]
    return [
        ["really", str(len(found.made)), str(found.orders_made), str(len(made) * present.minutes)],
        ["replayed", str(len(found.would)), str(found.orders_would), str(len(would) * found.plan.minutes)],
    ]


def _data(month: str, found: PlanReplay, rows: Sequence[Row]) -> dict[str, object]:
    return {
        "plan": found.plan.id,
        "month": month,
        "orders": {"real": found.orders_made, "replayed": found.orders_would},
        "use_unknown_days": dict(found.unknown),
        "rows": [
            {
                "verdict": _verdict(made, would),
                "asset": made.asset if made else would.asset if would else "",
                "real": _made(made) if made else None,
                "replayed": _would(would) if would else None,
            }
            for made, would in rows
        ],
    }


def _made(each: Occurrence) -> dict[str, object]:
    return {
        "slot": each.slot.key,
        "first": str(each.slot.first),
        "last": str(each.slot.last),
        "day": _day(each.day),
        "state": each.state.value,
        "order": each.order,
    }


def _would(each: Would) -> dict[str, object]:
    return {
        "slot": each.slot.key,
        "first": str(each.slot.first),
        "last": str(each.slot.last),
        "day": str(each.day),
        "opens": str(each.opens),
        "into": each.into or None,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)
