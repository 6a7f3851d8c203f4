"""Places of the public form and what is forgotten of reporters: the same on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from facility.domain.errors import Conflict, NotFound
from facility.domain.request import Came, Reporter, Request, RequestKind, RequestState
from facility.ports import ReportPlace, RequestFilter, Work, WorkUnit

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def a_request(unit: WorkUnit, key: str, **more: object) -> Request:
    new = Request(
        0, RequestKind.REPAIR, "water", f"{key} drips", "area-1", Came.DESK, RequestState.OPEN, AT, AT,
        reporter=Reporter("Li", "13812345678", 7),
    )  # fmt: skip
    return unit.requests.add(replace(new, **more), key)  # type: ignore[arg-type]


def test_requests_are_found_by_what_they_say_one_page_at_a_time(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        first = a_request(unit, "Tap")
        assert a_request(unit, "Tap").id == first.id
        second = a_request(unit, "Roof_%", place="3-2-1501", received_at=AT + timedelta(hours=1))
        third = a_request(unit, "Complaint", kind=RequestKind.COMPLAINT, state=RequestState.CLOSED)

    def found(**more: object) -> list[int]:
        with work.reading() as unit:
            return [one.id for one in unit.requests.find(RequestFilter(**more))[0]]  # type: ignore[arg-type]

    assert found() == [second.id, third.id, first.id]
    assert found(oldest_first=True, limit=1) == [first.id]
    assert found(offset=1, limit=1) == [third.id]
    assert found(text="roof_%") == found(text="2-1501") == found(text=f"#{second.id}") == [second.id]
    assert found(text="f_d") == []
    assert found(kinds=[RequestKind.COMPLAINT]) == found(states=[RequestState.CLOSED]) == [third.id]
    assert found(since=AT + timedelta(minutes=1)) == [second.id]
    with work.writing() as unit:
        changed = unit.requests.change(replace(first, state=RequestState.CLOSED))
        assert changed.version == 2
        with pytest.raises(Conflict):
            unit.requests.change(first)
    with other_site.reading() as unit:
        assert unit.requests.find(RequestFilter()) == ([], 0)
        with pytest.raises(NotFound):
            unit.requests.get(first.id)


def test_what_is_known_of_reporters_goes_and_the_rest_stays(work: Work) -> None:
    with work.writing() as unit:
        old = a_request(unit, "Old", closed_at=AT - timedelta(days=400))
        fresh = a_request(unit, "Fresh", closed_at=AT)
        assert unit.requests.forget_reporters(AT - timedelta(days=365)) == 1
        assert unit.requests.forget_reporters(AT - timedelta(days=365)) == 0
        assert unit.requests.get(old.id).reporter == Reporter(resident=7)
        assert unit.requests.get(fresh.id).reporter.phone == "13812345678"
        unit.requests.forget_resident(7)
        assert unit.requests.get(fresh.id).reporter == Reporter()
        assert unit.requests.get(fresh.id).words == "Fresh drips"


def test_a_place_works_until_it_is_revoked(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        place = unit.report_places.add(ReportPlace(0, "hash", "area-1", "", "Lobby", AT))
        assert unit.report_places.at("hash") == place
        assert unit.report_places.at("other") is None
        unit.report_places.revoke(place.id, AT)
        assert unit.report_places.at("hash") is None
        assert [one.revoked_at for one in unit.report_places.all()] == [AT]
    with other_site.writing() as unit:
        assert unit.report_places.all() == []
        with pytest.raises(NotFound):
            unit.report_places.revoke(place.id, AT)
