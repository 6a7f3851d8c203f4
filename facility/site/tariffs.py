"""Tariffs in the site file: prices of electricity, water and gas, by hours and months."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal

from facility.domain.tariff import FLAT, Hours, Tariff, TariffPeriod
from facility.site.grammar_terms import A_NAME, optional
from facility.site.kinds import Integer, Number, Text
from facility.site.records import Entry, Field, ListOf, MapOf, Record
from facility.site.tree import Faults

_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"

TARIFF_PERIOD = Record(
    {
        "name": Field(A_NAME, "its name: peak, valley, sharp …"),
        "price": Field(Number(0, 1000), "yuan a unit"),
        "hours": Field(
            ListOf(Text("hours", f"{_CLOCK}-{_CLOCK}", "10:00-12:00"), least=1), "hours of the day, such as 10:00-12:00"
        ),
        "months": optional(ListOf(Integer(1, 12)), "months in which it holds; all when left out", []),
    }
)
TARIFF = Record(
    {
        "flat": Field(Number(0, 1000), "yuan a unit in all other hours"),
        "periods": optional(ListOf(TARIFF_PERIOD), "hours with a price of their own; the first that fits counts", []),
    }
)
TARIFFS = MapOf("a supply", Text("a supply", "power|water|gas", "power"), TARIFF)


def tariffs_of(entries: Mapping[str, Entry], faults: Faults) -> Mapping[str, Tariff]:
    """By supply."""
    return {
        kind: Tariff(Decimal(str(entry["flat"])), tuple(_period(item, faults) for _, item in entry["periods"]))
        for kind, entry in entries.items()
    }


def _period(entry: Entry, faults: Faults) -> TariffPeriod:
    if entry["name"] == FLAT:
        faults.add(entry.at("name"), "flat is the period of all other hours.", "Choose another name, such as valley.")
    hours = []
    for node, text in entry["hours"]:
        since, _, until = str(text).partition("-")
        if since and since == until:
            faults.add(
                node, f"{text} is no time.", "Write 00:00-00:00 for the whole day only once, or leave the period out."
            )
        if until:
            hours.append(Hours(time.fromisoformat(since), time.fromisoformat(until)))
    months = frozenset(int(month) for _, month in entry["months"])
    return TariffPeriod(entry["name"], Decimal(str(entry["price"])), tuple(hours), months)
