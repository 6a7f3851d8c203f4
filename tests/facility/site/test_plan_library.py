"""The library of maintenance plans: every file is read, and every kind of work that the centre owes is in it."""

from collections import Counter

import pytest

from facility.domain.errors import SiteRefused
from facility.domain.plan import Grade, ItemKind
from facility.domain.trigger import Cadence, Calendar, Shifts
from facility.site import plan_library as library
from facility.site.tree import Faults
from facility.site.triggers import trigger_of

PLANS = library.plan_library()


@pytest.mark.parametrize("name", PLANS)
def test_each_plan_says_when_and_what_in_both_languages(name: str) -> None:
    entry, faults = PLANS[name], Faults()
    trigger_of(entry, faults)
    assert faults.found == []
    titles = [entry["title"], *(item["title"] for _, item in entry["items"])]
    assert all(title.en and title.zh for title in titles)
    assert not any(character > "\u2e7f" for title in titles for character in title.en), "English stands in English"
    for _, item in entry["items"]:
        if item["kind"] is ItemKind.MEASUREMENT:
            assert item["low"] is not None or item["high"] is not None
    assert entry["grade"] is Grade.KNOWLEDGE or entry["source"], "what is not general knowledge names its source"


@pytest.mark.parametrize("system", ["power", "water", "fire"])
def test_weekly_monthly_and_quarterly_work_of_each_system(system: str) -> None:
    entries = library.read_file(library.SHIPPED / f"{system}.yaml", Faults())["plans"].values()
    cadences = Counter(entry["cadence"] for entry in entries)
    assert all(cadences[cadence] for cadence in (Cadence.WEEKLY, Cadence.MONTHLY, Cadence.QUARTERLY))


def test_shifts_days_half_weeks_and_half_months_occur_and_rounds_have_many_assets() -> None:
    triggers = {name: trigger_of(entry, Faults()) for name, entry in PLANS.items()}
    assert any(isinstance(trigger, Shifts) for trigger in triggers.values())
    found = {trigger.cadence for trigger in triggers.values() if isinstance(trigger, Calendar)}
    assert found == set(Cadence)
    often = [name for name, each in triggers.items() if isinstance(each, Shifts) or each == Calendar(Cadence.DAILY)]
    assert all(PLANS[name]["round"] for name in often)


def test_a_name_that_is_given_twice_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = (library.SHIPPED / "parking.yaml").read_text(encoding="utf-8")
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SiteRefused, match="given twice"):
        library.read_library(tmp_path)
