"""`facility figures`: what the centre answers for, with numerator and denominator, and the list behind each."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from facility.cli.office import Office, office
from facility.cli.order_words import local, names_of
from facility.cli.output import AsJson, say, say_json, say_table
from facility.domain.errors import Unfit
from facility.domain.figure import Case, Figure, Period
from facility.domain.period import month_of
from facility.domain.text import Language
from facility.flow.figures import counted, figures, spec_of
from facility.flow.person_here import person_here
from facility.locale import text

Month = Annotated[str, typer.Option("--month", help="Month, like 2026-10; default: this month.")]


def command(
    figure: Annotated[str, typer.Argument(help="Only this figure, with the list behind it.")] = "",
    month: Month = "",
    team: Annotated[str, typer.Option(help="Of this team.")] = "",
    person: Annotated[str, typer.Option(help="Of this person (login).")] = "",
    json: AsJson = False,
) -> None:
    """Show the figures of a month: numerator, denominator, share, target. What has no case says "no data", never 100 %.

    Name a figure to see the cases behind it; those that do not count come first.

    Examples: [cyan]facility figures --month 2026-10[/cyan] · [cyan]facility figures repair_timeliness --team engineering[/cyan]
    """
    with office(as_json=json) as here:
        period = period_of_month(month, here.now, here.site.zone)
        if team and team not in here.site.teams:
            raise Unfit("team", "form_damaged", f"{team!r} is none of {', '.join(here.site.teams)}")
        with here.work.reading() as unit:
            whose = person_here(unit, person).id if person else None
            names = names_of(unit)
            if figure:
                found = [counted(here.site, unit, spec_of(figure), period, here.now).of(team, whose)]
            else:
                found = [one.of(team, whose) for one in figures(here.site, unit, period, here.now)]
    if json:
        cases = {"cases": [_case(case) for case in found[0].cases]} if figure else {}
        say_json(
            {
                "first": period.first.isoformat(),
                "last": period.last.isoformat(),
                "figures": [_data(one) for one in found],
                **cases,
            }
        )
        return
    say_table(["figure", "", "part", "whole", "share", "target", ""], [_row(one) for one in found])
    if figure:
        say("")
        _say_cases(here, found[0], names)


def period_of_month(month: str, now: datetime, zone: ZoneInfo) -> Period:
    """The month that is named, else the present one; Conflict."""
    if month:
        return Period.month(*month_of(month))
    today = now.astimezone(zone).date()
    return Period.month(today.year, today.month)


def share_words(share: float | None) -> str:
    """`97.5 %`, rounded down: what is not all is never 100 %."""
    return "no data" if share is None else f"{int(share * 1000 + 1e-9) / 10:g} %"


def _row(one: Figure) -> list[str]:
    return [
        one.id,
        text(f"pages.kpi.{one.id}.title", Language.EN),
        f"{one.part:g}",
        f"{one.whole:g}",
        share_words(one.share),
        share_words(one.target) if one.target is not None else "",
        {True: "", False: "below target", None: ""}[one.reached],
    ]


def _data(one: Figure) -> dict[str, object]:
    return {
        "id": one.id,
        "part": one.part,
        "whole": one.whole,
        "share": one.share,
        "target": one.target,
        "reached": one.reached,
    }


def _case(case: Case) -> dict[str, object]:
    return asdict(case) | {"behind": str(case.behind), "at": case.at.isoformat() if case.at else None}


def _say_cases(here: Office, one: Figure, names: Mapping[int, str]) -> None:
    cases = sorted(one.cases, key=lambda case: (case.part >= case.whole, case.key))
    rows = [
        [
            f"{case.behind} {case.key}",
            "counts" if case.part >= case.whole else "does not count",
            f"{case.part:g} / {case.whole:g}",
            names.get(case.person, "") if case.person is not None else "",
            local(here.site, case.at) if case.at else "",
        ]
        for case in cases
    ]
    if rows:
        say_table(["case", "", "adds", "person", "at"], rows)
    else:
        say("Nothing in this period.")
