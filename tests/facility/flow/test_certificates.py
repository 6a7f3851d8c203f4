"""A renewed certificate holds longer, opens the next slot of its plan, and is entered once."""

from dataclasses import replace
from datetime import date

import pytest

from facility.domain.certificate import SOON, Certificate, Standing
from facility.domain.errors import Conflict, NotFound, Unfit
from facility.domain.order import WorkKind
from facility.domain.plan import CheckItem, Plan
from facility.domain.text import Title
from facility.domain.trigger import Expiry
from facility.flow.certificates import certificates, renew
from facility.flow.foresee_slots import foresee_slots
from tests.harness.flow_stage import START, Stage

TODAY = date(2026, 11, 23)
FIRST, NEXT = date(2026, 12, 20), date(2027, 1, 20)


@pytest.fixture
def tested(stage: Stage) -> Stage:
    """Pump 1 must be tested by a day, and a plan says so."""
    items = (CheckItem(Title("look", "看")),)
    plan = Plan(
        "test",
        Title("t", "检"),
        WorkKind.INSPECTION,
        Expiry("statutory-test", 30),
        ("pump-1",),
        items,
        "maintaining",
        TODAY,
    )
    pump = replace(stage.site.assets["pump-1"], certificates={"statutory-test": FIRST})
    stage.site = replace(stage.site, plans={"test": plan}, assets={**stage.site.assets, "pump-1": pump})
    return stage


def enter(stage: Stage, expires: date, seen: date, number: str = "TS-1", kind: str = "statutory-test") -> None:
    with stage.work.writing() as unit:
        renew(stage.site, unit, "pump-1", kind, expires, number, "a.pdf", seen, stage.person("li"), START)


def test_the_next_slot_follows_from_the_renewal(tested: Stage) -> None:
    with tested.work.writing() as unit:
        foresee_slots(tested.site, unit, TODAY, START)
    enter(tested, NEXT, FIRST)
    with tested.work.writing() as unit:
        assert foresee_slots(tested.site, unit, TODAY, START) == 1
        assert foresee_slots(tested.site, unit, TODAY, START) == 0
        found = unit.occurrences.between(TODAY, date(2028, 1, 1))
        held = certificates(tested.site, unit)["pump-1", "statutory-test"]
        (note,) = (row for row in unit.audit.rows("asset:pump-1"))
    assert [each.slot.last for each in found] == [FIRST, NEXT]
    assert held.renewal is not None
    assert (held.expires, held.renewal.number) == (NEXT, "TS-1")
    assert (note.action, note.detail["from"], note.detail["until"]) == ("certificate.renewed", str(FIRST), str(NEXT))


def test_the_site_file_counts_when_it_says_a_later_day(tested: Stage) -> None:
    enter(tested, NEXT, FIRST)
    pump = replace(tested.site.assets["pump-1"], certificates={"statutory-test": date(2028, 1, 1)})
    site = replace(tested.site, assets={**tested.site.assets, "pump-1": pump})
    with tested.work.reading() as unit:
        assert certificates(site, unit)["pump-1", "statutory-test"] == Certificate(
            "pump-1", "statutory-test", date(2028, 1, 1)
        )


def test_what_is_wrong_is_refused(tested: Stage) -> None:
    with pytest.raises(Unfit):
        enter(tested, FIRST, FIRST)
    with pytest.raises(Unfit):
        enter(tested, NEXT, FIRST, number=" ")
    with pytest.raises(NotFound):
        enter(tested, NEXT, FIRST, kind="driving-licence")
    enter(tested, NEXT, FIRST)
    with pytest.raises(Conflict, match="look at it again"):
        enter(tested, NEXT, FIRST)


@pytest.mark.parametrize(
    ("expires", "standing"),
    [
        (date(2026, 11, 22), Standing.EXPIRED),
        (TODAY, Standing.SOON),
        (TODAY + SOON, Standing.SOON),
        (TODAY + SOON * 1.02, Standing.VALID),
    ],
)
def test_a_certificate_holds_on_its_last_day(expires: date, standing: Standing) -> None:
    assert Certificate("a", "k", expires).standing(TODAY) is standing
