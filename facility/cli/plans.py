"""`facility plans`: maintenance plans, their slots, the library, and what a changed site file would do."""

from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from facility.cli.office import Office, office
from facility.cli.output import AsJson, refusing, say, say_json, say_table, terminal_language
from facility.domain.errors import Conflict, NotFound
from facility.domain.occurrence import Occurrence
from facility.domain.text import Language
from facility.domain.trigger import Trigger
from facility.domain.trigger_words import in_words
from facility.flow.change_plan import change_plan, said, wanted_plan
from facility.flow.in_force import in_force
from facility.flow.open_by_hand import open_by_hand
from facility.flow.person_here import person_here
from facility.flow.preview_plans import preview_change, preview_plans, preview_switch
from facility.flow.reconcile_plans import assets_of
from facility.flow.switch_plan import switch_plan
from facility.locale import render
from facility.site import load
from facility.site.plan_library import plan_library
from facility.site.tree import Faults
from facility.site.triggers import trigger_of

SET = ("count", "step", "day", "nth", "weekday", "days", "months")
SHOWN = 40  # lines of a list of differences
app = typer.Typer(
    no_args_is_help=True,
    help="Maintenance plans (保养计划): what is due when, how each slot ended, and what a change would do before it is made.",
)


@app.command("list")
def list_plans(json: AsJson = False) -> None:
    """List the site's plans, with the next day of each.

    Example: [cyan]facility plans list[/cyan]
    """
    with office(as_json=json) as here:
        today = _today(here)
        with here.work.reading() as unit:
            ahead = unit.occurrences.between(today, today + timedelta(days=366))
            plans = in_force(here.site, unit).plans
        language = terminal_language()
        following: dict[str, date] = {}
        for each in ahead:
            if each.state in ("planned", "open"):
                day = each.day or each.slot.last
                following[each.plan] = min(day, following.get(each.plan, day))
        rows = [
            [plan.id, plan.title.in_language(language), when(plan.trigger, language), str(len(assets_of(here.site, plan))),
             str(following.get(plan.id, "")), plan.source.grade.value]
            for plan in plans.values()
        ]  # fmt: skip
    if json:
        keys = ("plan", "title", "when", "assets", "next", "grade")
        say_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    if not rows:
        say(
            "The site file has no plans. Add some under `plans:`; `facility plans library` lists those that ship with the product."
        )
        return
    say_table(["plan", "", "when", "assets", "next", "source is"], rows)


@app.command("slots")
def slots(
    plan: Annotated[str, typer.Argument(help="Plan of the site file.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="So many days back and ahead.")] = 92,
    json: AsJson = False,
) -> None:
    """Show how the slots of a plan ended, and which lie ahead.

    Example: [cyan]facility plans slots fire-pump-start --days 30[/cyan]
    """
    with office(as_json=json) as here:
        today = _today(here)
        if plan not in here.site.plans:
            raise NotFound("plan", plan)
        with here.work.reading() as unit:
            span = timedelta(days=days)
            found = [each for each in unit.occurrences.between(today - span, today + span) if each.plan == plan]
    if json:
        say_json([_data(each) for each in found])
        return
    if not found:
        say("No slot in this time. The scheduler fills the ledger: is it running? (facility health)")
        return
    say_table(["slot", "asset", "window", "day", "state", "order", "reason"], [_row(each) for each in found])


@app.command("library")
def library(
    search: Annotated[str, typer.Argument(help="Word to look for; all when left out.")] = "", json: AsJson = False
) -> None:
    """List the plans that ship with the product. Use one in the site file with [cyan]library: NAME[/cyan].

    Examples: [cyan]facility plans library[/cyan] · [cyan]facility plans library tank[/cyan]
    """
    with refusing(as_json=json):
        language = terminal_language()
        rows = []
        for name, entry in plan_library().items():
            title = entry["title"].in_language(language)
            source = f"{entry['source']}{', ' if entry['jurisdiction'] else ''}{entry['jurisdiction']}"
            row = [name, title, when(trigger_of(entry, Faults()), language), source, entry["grade"].value]
            if search.casefold() in " ".join(row).casefold():
                rows.append(row)
    if json:
        say_json([dict(zip(("plan", "title", "when", "source", "grade"), row, strict=True)) for row in rows])
        return
    say_table(["plan", "", "when", "source", "source is"], rows)


@app.command("preview")
def preview(
    other: Annotated[Path, typer.Argument(help="The changed site file.", exists=True, dir_okay=False)],
    json: AsJson = False,
) -> None:
    """Show what a changed site file would do to the slots ahead and to open orders. Nothing is changed.

    Example: [cyan]facility plans preview site-next.yaml[/cyan]
    """
    with office(as_json=json) as here:
        changed = load(other)
        if changed.id != here.site.id:
            raise Conflict(f"{other} is of another estate: {changed.id}, not {here.site.id}")
        found = preview_plans(here.site, changed, here.work, here.now)
    if json:
        say_json(
            {
                "plans": list(found.plans),
                "come": [_data(each) for each in found.come],
                "go": [_data(each) for each in found.go],
                "move": [{"from": str(before.day), **_data(after)} for before, after in found.move],
                "orders": [order.id for order in found.orders],
            }
        )
        return
    if not (found.plans or found.come or found.go or found.move):
        say("No plan changes.")
        return
    say(f"Plans that change: {', '.join(found.plans) or 'none'}")
    for what, rows in (
        ("come", [_row(each) for each in found.come]),
        ("go", [_row(each) for each in found.go]),
        (
            "get another day",
            [[*_row(before)[:3], f"{before.day} → {after.day}", "", "", ""] for before, after in found.move],
        ),
    ):
        if rows:
            say(f"\n{len(rows)} slots {what}{f' (the first {SHOWN})' if len(rows) > SHOWN else ''}:")
            say_table(["slot", "asset", "window", "day", "state", "order", "reason"], rows[:SHOWN])
    if found.orders:
        say(
            f"\n{len(found.orders)} open orders of these plans stay: {', '.join(str(order.id) for order in found.orders)}"
        )


@app.command("switch")
def switch(
    plan: Annotated[str, typer.Argument(help="Plan of the site file.")],
    by: Annotated[str, typer.Option("--by", help="Login of the person who switches.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the audit.")],
    off_from: Annotated[str, typer.Option("--off-from", help="Off from this day, like 2026-12-01.")] = "",
    on: Annotated[bool, typer.Option("--on", help="On again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it.")] = False,
) -> None:
    """Switch a plan off from a day, or on again. Shows what that does; nothing is changed without [bold]--yes[/bold].

    Example: [cyan]facility plans switch generator-oil --off-from 2026-12-01 --reason "away for repair" --by li-wei --yes[/cyan]
    """
    with office() as here:
        if on == bool(off_from):
            raise Conflict("say --off-from 2026-12-01, or --on")
        if plan not in here.site.plans:
            raise NotFound("plan", plan)
        try:
            day = date.fromisoformat(off_from) if off_from else None
        except ValueError:
            raise Conflict(f"{off_from!r} is no day: write it like 2026-12-01") from None
        found = preview_switch(here.site, here.work, plan, day, here.now)
        with here.work.reading() as unit:
            known = unit.plan_switches.all().get(plan)
        if yes:
            with here.work.writing() as unit:
                person = person_here(unit, by).id
                switch_plan(here.site, unit, plan, day, reason, known.version if known else 0, person, here.now)
    say(
        f"{len(found.go)} slots go, {len(found.come)} come, {len(found.move)} get another day, {len(found.orders)} open orders stay."
    )
    say("Done." if yes else "Nothing was changed: --yes does it.", "green" if yes else "yellow")


@app.command("change")
def change(
    plan: Annotated[str, typer.Argument(help="Plan of the site file.")],
    person: Annotated[str, typer.Option("--by", help="Login of the person who changes it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the audit.")],
    when: Annotated[str, typer.Option("--when", help="A cadence (weekly), every, on_day or on_weekday.")] = "",
    words: Annotated[
        list[str] | None,
        typer.Option("--set", help="count=3 step=months, day=15, nth=2 weekday=1, days=3, months=3,9; once for each."),
    ] = None,
    side: Annotated[str, typer.Option("--side", help="operating or maintaining: which position of the asset.")] = "",
    minutes: Annotated[str, typer.Option("--minutes", help="Minutes for one asset.")] = "",
    reset: Annotated[bool, typer.Option("--reset", help="Back to what the site file says.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it.")] = False,
) -> None:
    """Change when a plan falls due, its position or its minutes. Shows what that does; nothing is changed without [bold]--yes[/bold].

    Example: [cyan]facility plans change pump-check --when on_day --set day=15 --set days=3 --reason "quieter then" --by li-wei --yes[/cyan]
    """
    with office() as here:
        given = {**_set(words or []), "when": when, "by": side, "minutes": minutes, "reset": "1" if reset else ""}
        with here.work.reading() as unit:
            known = unit.plan_changes.all().get(plan)
            wanted = wanted_plan(here.site, unit, plan, given)
            before = in_force(here.site, unit).plans[plan]
        found = preview_change(here.site, here.work, wanted, here.now)
        if yes:
            with here.work.writing() as unit:
                who = person_here(unit, person).id
                change_plan(here.site, unit, wanted, reason, known.version if known else 0, who, here.now)
    say(f"{said(before)} → {said(wanted)}")
    say(
        f"{len(found.go)} slots go, {len(found.come)} come, {len(found.move)} get another day, {len(found.orders)} open orders stay."
    )
    say("Done." if yes else "Nothing was changed: --yes does it.", "green" if yes else "yellow")


@app.command("open")
def open_order(
    plan: Annotated[str, typer.Argument(help="Plan that waits for somebody (by_hand).")],
    asset: Annotated[str, typer.Argument(help="Asset of the plan.")],
) -> None:
    """Open the order of a plan that is opened by hand.

    Example: [cyan]facility plans open after-storm booster-1[/cyan]
    """
    with office() as here, here.work.writing() as unit:
        order = open_by_hand(here.site, unit, plan, asset, here.now)
    say(f"Order {order.id} is open, due {order.due_at.astimezone(here.site.zone):%Y-%m-%d %H:%M}.")


def when(trigger: Trigger, language: Language) -> str:
    """The trigger in words."""
    return "; ".join(render(message, language) for message in in_words(trigger))


def _today(here: Office) -> date:
    return here.now.astimezone(here.site.zone).date()


def _set(words: list[str]) -> dict[str, str]:
    """What --set gave; Conflict."""
    given = dict(each.partition("=")[::2] for each in words)
    unknown = given.keys() - SET
    if unknown:
        raise Conflict(f"--set knows no {', '.join(sorted(unknown))}: give {', '.join(SET)}, like day=15")
    return given


def _data(each: Occurrence) -> dict[str, object]:
    slot = each.slot
    return {
        "plan": each.plan,
        "asset": each.asset,
        "slot": slot.key,
        "first": str(slot.first),
        "last": str(slot.last),
        "day": str(each.day) if each.day else None,
        "why": asdict(each.placement) if each.placement else None,
        "state": each.state.value,
        "order": each.order,
        "reason": each.reason,
    }


def _row(each: Occurrence) -> list[str]:
    slot = each.slot
    window = str(slot.first) if slot.first == slot.last else f"{slot.first} … {slot.last}"
    return [slot.key, each.asset, window, str(each.day or ""), each.state.value, str(each.order or ""), each.reason]
