"""What was found, photographed and used: the same on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from facility.domain.checklist import Check, Finding, Result
from facility.domain.errors import NotFound
from facility.domain.evidence import Photo, Used, UsedKind
from facility.domain.order import Order, OrderState, Origin, WorkKind
from facility.domain.person import Person
from facility.domain.text import Language, Title
from facility.ports import Work, WorkUnit

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
TITLE = Title("Insulation", "绝缘电阻")


def an_order(unit: WorkUnit) -> tuple[int, int]:
    """An order and a person."""
    person = unit.people.put(Person(0, "zhao", "赵", Language.ZH_CN, ())).id
    new = Order(0, WorkKind.INSPECTION, "pump-1", "weekly", OrderState.ACCEPTED, "plumber", person, AT, AT)
    return unit.orders.add(new).id, person


def test_evidence_is_kept_as_it_is_once(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        order, person = an_order(unit)
        result = Result(order, "k", Check.SELF, "l", "pump-1", TITLE, Finding.IN_ORDER, 0.5, "MΩ", "干燥", person, AT)
        for _ in range(2):
            unit.results.add([result, replace(result, line="m", measured=None)])
        photo = unit.photos.add(Photo(0, order, "p", "l", 4, 3, 9, "ab", person, AT), b"\xff\xd8\x00jpeg")
        assert unit.photos.add(replace(photo, id=0, at=AT + timedelta(hours=1)), b"other") == photo
        used = unit.used.add(Used(0, order, "u", UsedKind.PART, "密封圈", Decimal("1.5"), "个", 250, True, person, AT))
        assert unit.used.add(replace(used, id=0, name="other")) == used
        unit.used.strike(order, used.id, person, AT)
        unit.used.strike(order, used.id, person, AT + timedelta(hours=1))
    with work.reading() as unit:
        assert unit.results.of_order(order) == [result, replace(result, line="m", measured=None)]
        assert unit.photos.of_order(order) == [photo]
        assert unit.photos.picture(order, photo.id) == b"\xff\xd8\x00jpeg"
        assert unit.used.of_order(order) == [replace(used, struck_by=person, struck_at=AT)]
    with other_site.writing() as unit:
        assert (unit.results.of_order(order), unit.photos.of_order(order), unit.used.of_order(order)) == ([], [], [])
        with pytest.raises(NotFound):
            unit.photos.picture(order, photo.id)
        with pytest.raises(NotFound):
            unit.used.strike(order, used.id, person, AT)


def test_a_finding_has_one_order(work: Work) -> None:
    with work.writing() as unit:
        order, _ = an_order(unit)
        finding = replace(
            unit.orders.get(order), id=0, kind=WorkKind.REPAIR, origin=Origin.INSPECTION,
            parent=order, line="pump-1.12345678", subject=TITLE, version=1,
        )  # fmt: skip
        first = unit.orders.add(finding)
        assert unit.orders.add(finding).id == first.id
        other = unit.orders.add(replace(finding, line="pump-1.87654321"))
        assert unit.orders.of_parent(order) == [first, other]
        assert unit.orders.get(first.id).subject == TITLE
