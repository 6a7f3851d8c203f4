"""Renewals of certificates on both databases: once each, the one that holds longest counts."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from facility.domain.certificate import Renewal
from facility.domain.errors import Conflict
from facility.domain.person import Person
from facility.domain.text import Language
from facility.ports import Work


def test_the_one_that_holds_longest_counts(work: Work, other_site: Work) -> None:
    at = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    with work.writing() as unit:
        person = unit.people.put(Person(0, "zhao", "赵", Language.ZH_CN, ())).id
        new = Renewal(0, "lift-1", "statutory-test", date(2028, 1, 1), "TS-1", "证书.pdf", person, at)
        stored = unit.renewals.add(new)
        unit.renewals.add(replace(new, expires=date(2027, 1, 1)))
        with pytest.raises(Conflict):
            unit.renewals.add(replace(new, number="other"))
    with work.reading() as unit:
        assert unit.renewals.latest() == {("lift-1", "statutory-test"): stored}
    with other_site.reading() as unit:
        assert unit.renewals.latest() == {}
