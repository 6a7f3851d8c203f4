"""People as the doctor sees them: nobody, gaps of the ladders, nobody to reach."""

from dataclasses import replace
from datetime import timedelta

from facility.cli.doctor.finding import Severity
from facility.cli.doctor.installation import Installation
from facility.cli.doctor.people import checks
from facility.flow.enter_absence import enter_absence
from facility.site.people import read_people
from facility.wiring import Program
from tests.facility.cli.doctor.conftest import DEMO, ids


def test_people_gaps_and_ways_of_contact(installation: Installation) -> None:
    (check,) = checks(installation)
    assert list(check.run()) == [], "without a database there is nothing to say"
    assert installation.site is not None
    installation.settings.data.mkdir()
    work = Program("test", installation.settings, installation.clock, installation.site).work()
    work.prepare()
    assert ids(check.run()) == {"nobody": Severity.NOTE}
    with work.writing() as unit:
        for person in read_people(DEMO / "people.yaml", installation.site):
            unit.people.put(person)
    assert ids(check.run()) == {"manned": Severity.FINE}
    now = installation.clock.now()
    with work.writing() as unit:
        liu, chen = unit.people.named("liu-yang"), unit.people.named("chen-jing")
        enter_absence(unit, chen.id, now, now + timedelta(days=1), "", now)
        enter_absence(unit, liu.id, now, None, "", now)
        unit.people.put(replace(unit.people.named("wang-qiang"), contacts={}))
    found = ids(check.run())
    assert found == {"gap": Severity.WRONG, "gap_open": Severity.WRONG, "no_contact": Severity.WRONG}
