"""`facility energy`: what each meter counted in a month, and what it cost."""

from collections.abc import Sequence

from facility import wiring
from facility.cli.figures import Month, period_of_month, share_words
from facility.cli.office import office
from facility.cli.output import AsJson, say, say_json, say_table
from facility.cli.wire_process import progress
from facility.domain.asset import Site
from facility.domain.meter_line import MeterLine, MonthOfMeter, MonthSum, amounts_by_period, cost_of, frozen, sum_of
from facility.domain.text import Language
from facility.flow.energy import energy_of, lines_of
from facility.settings import settings_from_environment

KINDS = {"power": "Electricity", "water": "Water", "gas": "Gas"}


def command(month: Month = "", json: AsJson = False) -> None:
    """Show energy and cost of a month: each meter of electricity, water and gas, beside the month before and a year ago.

    A month without readings says "no data". "Read" is the share of the hours that
    readings cover. A meter behind another of its kind is marked and not in the sum.
    A sum of which some meters were not read says how many were.

    Exit codes: 0 done, 1 refused, 2 history does not answer.

    Example: [cyan]facility energy --month 2026-10[/cyan]
    """
    with office(as_json=json) as here:
        period = period_of_month(month, here.now, here.site.zone)
        history = wiring.recorded_history(settings_from_environment(), here.site.id)
        with progress("reading …", quiet=json) as line:
            rows = energy_of(here.site, history, period, here.now, line.say)
        lines = lines_of(here.site, rows)
    if json:
        say_json({"month": f"{period.first:%Y-%m}", "meters": frozen(lines)})
        return
    if not lines:
        say("No asset of this estate counts electricity, water or gas.")
    for kind, title in KINDS.items():
        own = [each for each in lines if each.kind == kind]
        if own:
            _say_supply(here.site, title, own)


def _say_supply(site: Site, title: str, lines: Sequence[MeterLine]) -> None:
    names = list(dict.fromkeys(name for each in lines for name in each.by_period))
    periods = names if len(names) > 1 else []
    head = ["meter", "where", *periods, "this month", "month before", "a year ago", "cost (yuan)", "read", ""]
    rows = [
        [
            each.asset,
            site.areas[each.area].title.in_language(Language.EN) if each.area in site.areas else each.area,
            *(f"{each.by_period[name]:,.1f}" if name in each.by_period else "" for name in periods),
            *(_amount(month) for month in (each.this, each.last, each.year_ago)),
            f"{each.this.cost:,.2f}" if each.this and each.this.cost is not None else "",
            share_words(each.this.known) if each.this else "",
            "" if each.summed else "not in the sum",
        ]
        for each in lines
    ]
    summed = [each for each in lines if each.summed]
    amounts, cost = amounts_by_period(lines), cost_of(lines)
    sums = [
        "sum",
        "",
        *(f"{amounts.get(name, 0.0):,.1f}" for name in periods),
        _sum(sum_of([each.this for each in summed])),
        _sum(sum_of([each.last for each in summed])),
        _sum(sum_of([each.year_ago for each in summed])),
        f"{cost:,.2f}" if cost is not None else "",
        "",
        "",
    ]
    say_table(head, [*rows, sums], f"{title} ({lines[0].unit})")


def _amount(month: MonthOfMeter | None) -> str:
    return _known(None if month is None else month.amount)


def _sum(month: MonthSum) -> str:
    return _known(month.amount) + (f" ({month.read} of {month.meters} meters)" if month.partial else "")


def _known(amount: float | None) -> str:
    return "no data" if amount is None else f"{amount:,.1f}"
