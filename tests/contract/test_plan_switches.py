"""Switched plans: the last switch of each counts, and two people do not overwrite each other; on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from facility.domain.errors import Conflict
from facility.domain.person import Person
from facility.domain.plan_switch import PlanSwitch
from facility.domain.text import Language
from facility.ports import Work

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_the_last_switch_counts_and_the_slower_one_is_refused(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        person = unit.people.put(Person(0, "zhao", "赵", Language.ZH_CN, ())).id
        first = PlanSwitch("weekly", date(2026, 12, 1), "泵已送修", person, AT)
        stored = unit.plan_switches.put(first)
        for late in (first, replace(first, version=7)):
            with pytest.raises(Conflict):
                unit.plan_switches.put(late)
        assert unit.plan_switches.put(replace(stored, off_from=None)).version == 2
    with work.reading() as unit:
        assert unit.plan_switches.all() == {"weekly": replace(first, off_from=None, version=2)}
    with other_site.reading() as unit:
        assert unit.plan_switches.all() == {}
