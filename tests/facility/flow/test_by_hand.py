"""Alerts raised by hand, outages that were announced, and the audit of it all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from facility.domain.alert import DEADLINES, Alert, AlertState
from facility.domain.audit import first_broken
from facility.domain.by_hand import HAND_KINDS
from facility.domain.errors import Conflict, NotFound, Taken, Unfit
from facility.domain.text import Language
from facility.flow.acknowledge import acknowledge
from facility.flow.announce import announce, cancel_announcement
from facility.flow.answer import over
from facility.flow.raise_by_hand import Report, raise_by_hand
from facility.locale import catalogue
from tests.harness.flow_stage import START, Stage

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def raised(stage: Stage, kind: str, **changes: object) -> Alert:
    report = Report(kind, stage.person("li"), stage.now, "", f"key-{kind}", area="pump-room")
    with stage.work.writing() as unit:
        return raise_by_hand(stage.site, unit, replace(report, **changes), stage.now)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", HAND_KINDS)
def test_every_kind_can_be_raised_with_the_clock_from_receipt(stage: Stage, kind: str) -> None:
    alert = raised(stage, kind, received_at=START - 2 * MINUTE, asset="pump-1")
    with stage.work.reading() as unit:
        deadline = unit.alerts.deadline(alert.id)
    assert deadline.due_at == START - 2 * MINUTE + DEADLINES[alert.level]
    stage.run(5)
    assert stage.alerts() == [alert], "no device ends it"
    assert stage.told(alert.id) == [{1: "chen", 2: "adams", 3: "zhao"}[alert.level]]
    for language in Language:
        assert all(f"alerts.{kind}.{part}" in catalogue(language) for part in ("title", "what", "do"))


def test_every_kind_of_the_requirements_is_there() -> None:
    levels = {level: {each.kind for each in HAND_KINDS.values() if each.level == level} for level in (1, 2, 3)}
    assert levels[1] >= {"safety_incident", "power_lost", "water_lost", "gas_lost", "emergency", "fire_alarm"}
    assert levels[1] >= {"escalated_complaint", "mode_change", "gate_not_open_on_fire"}
    assert levels[2] == {"repeat_request", "complaint", "suggestion", "redundancy_lost", "comm_lost"}
    assert levels[3] >= {"repair_request", "warranty_case", "enquiry", "equipment_warning"}


def test_the_same_report_twice_is_one_alert_and_two_reports_are_two(stage: Stage) -> None:
    first = raised(stage, "safety_incident", key="same-key-1")
    assert raised(stage, "safety_incident", key="same-key-1") == first
    assert raised(stage, "safety_incident", key="other-key").id != first.id
    stage.run(2)
    assert stage.told(first.id) == ["chen"]


def test_it_escalates_and_ends_when_a_person_says_so(stage: Stage) -> None:
    alert = raised(stage, "emergency")
    stage.restart()
    stage.run(125)
    assert stage.told(alert.id) == ["chen", "wang"]
    with stage.work.writing() as unit:
        acknowledge(unit, alert.id, stage.person("chen"), stage.now)
        after = over(unit, alert.id, stage.person("chen"), stage.now, "water is shut off", stage.now)
        with pytest.raises(Conflict, match="over already"):
            over(unit, alert.id, stage.person("chen"), stage.now, "", stage.now)
    assert after.state is AlertState.CLOSED
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    with stage.work.writing() as unit, pytest.raises(Conflict, match="raised by a device"):
        over(unit, 2, stage.person("chen"), stage.now, "", stage.now)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind": "birthday"}, Unfit),
        ({"area": ""}, Unfit),
        ({"area": "moon"}, NotFound),
        ({"asset": "pump-99"}, NotFound),
        ({"received_at": START + HOUR}, Unfit),
        ({"received_at": START - 30 * 24 * HOUR}, Unfit),
        ({"key": "short"}, Unfit),
        ({"note": "x" * 2001}, Unfit),
    ],
)
def test_what_cannot_be_raised(stage: Stage, changes: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        raised(stage, **{"kind": "emergency", **changes})  # type: ignore[arg-type]
    assert stage.alerts() == []


def test_an_announced_outage_marks_the_alert_and_silences_nobody(stage: Stage) -> None:
    person = stage.person("li")
    with stage.work.writing() as unit:
        hours = START + HOUR, START + 3 * HOUR
        number = announce(
            stage.site, unit, "power", "distribution-1", *hours, "notice of the power company", person, stage.now
        ).id
        announce(stage.site, unit, "water", "", *hours, "notice at the gate", person, stage.now)
    stage.tick(3600)
    alert = raised(stage, "power_lost", area="distribution-1", key="announced-1", received_at=stage.now)
    other = raised(stage, "power_lost", area="pump-room", key="announced-2", received_at=stage.now)
    assert (alert.announced, other.announced) == (number, None)
    stage.tick()
    assert stage.told(alert.id) == ["chen"]
    assert "announced" in stage.events(alert.id)
    with stage.work.writing() as unit:
        cancel_announcement(unit, number, person, stage.now)
        with pytest.raises(Taken, match="cancelled by 李班长"):
            cancel_announcement(unit, number, person, stage.now)
    assert raised(stage, "power_lost", area="distribution-1", key="announced-3").announced is None


def test_an_announcement_that_cannot_be_entered(stage: Stage) -> None:
    with stage.work.writing() as unit:
        for supply, area, starts, ends, source in (
            ("light", "", 1, 2, "x"),
            ("power", "moon", 1, 2, "x"),
            ("power", "", 2, 1, "x"),
            ("power", "", -3, -2, "x"),
            ("power", "", 1, 2000, "x"),
            ("power", "", 1, 2, " "),
        ):
            with pytest.raises((Unfit, NotFound)):
                announce(stage.site, unit, supply, area, START + starts * HOUR, START + ends * HOUR, source, 1, START)


def test_all_that_happens_stands_in_one_chain(stage: Stage) -> None:
    raised(stage, "emergency", asset="pump-1")
    stage.run(3)
    with stage.work.writing() as unit:
        acknowledge(unit, 1, stage.person("chen"), stage.now)
    with stage.work.reading() as unit:
        rows = list(unit.audit.rows())
        assert first_broken("small", rows) is None
        assert unit.audit.head() == rows[-1]
    assert [(row.actor, row.action) for row in rows] == [
        (f"person:{stage.person('li')}", "alert.raised"),
        ("program", "alert.told"),
        (f"person:{stage.person('chen')}", "alert.acknowledged"),
    ]
    assert {row.subject for row in rows} == {"alert:1"}
