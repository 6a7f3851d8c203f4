"""Changed plans: the last change of each counts, and two people do not overwrite each other; on both databases."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from facility.domain.errors import Conflict
from facility.domain.person import Person
from facility.domain.plan_change import PlanChange, Side
from facility.domain.text import Language
from facility.domain.trigger import OnWeekday
from facility.ports import Work

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_the_last_change_counts_and_the_slower_one_is_refused(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        person = unit.people.put(Person(0, "zhao", "赵", Language.ZH_CN, ())).id
        first = PlanChange("weekly", OnWeekday(-1, 5, (3, 9), 2), Side.OPERATING, 45, "错开周一", person, AT)
        stored = unit.plan_changes.put(first)
        assert unit.plan_changes.all() == {"weekly": replace(first, version=1)}
        for late in (first, replace(first, version=7)):
            with pytest.raises(Conflict):
                unit.plan_changes.put(late)
        assert unit.plan_changes.put(replace(stored, trigger=None, by=None, minutes=None)).version == 2
    with work.reading() as unit:
        (left,) = unit.plan_changes.all().values()
        assert (left.changes, left.version) == (False, 2)
    with other_site.reading() as unit:
        assert unit.plan_changes.all() == {}
