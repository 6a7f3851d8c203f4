"""Pages of maintenance plans: list, one plan, the month; excusing a slot, opening a plan by hand."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.trigger import ByHand
from tests.api.conftest import Client, deps_on
from tests.api.scene import Scene

PAGES = ("/plans", "/plans/fire-pump-start", "/plans/generator-oil", "/plans/month")


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Client:
    scene = Scene(tmp_path_factory.mktemp("plans") / "data", every_plan=True).whole()
    return Client(deps_on(scene), scene.session(scene.manager()))


@pytest.fixture
def planned(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path / "data", every_plan=True)
    scene.people()
    scene.plans()
    return scene


def acting(scene: Scene) -> Client:
    return Client(deps_on(scene)).as_person("chen-jing")


def ahead(scene: Scene, plan: str) -> Occurrence:
    today = scene.clock.now().astimezone(scene.site.zone).date()
    with scene.work.reading() as unit:
        found = unit.occurrences.between(today, today + timedelta(days=92))
    return [each for each in found if each.plan == plan and each.state is OccurrenceState.PLANNED][-1]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_in_both_languages_and_has_its_twin(reading: Client, path: str, language: str) -> None:
    answer = reading.get(path, language)
    assert answer.status_code == 200
    assert "plans." not in answer.text.replace("/plans", "")
    assert reading.get(f"{path}.json").json()


def test_the_list_filters_and_says_when_and_how_well_the_source_is_known(reading: Client) -> None:
    text = reading.get("/plans", "en").text
    assert "every 250 of running_hours, at the latest after 6 months" in text
    assert "to be confirmed by the site" in text
    found = reading.get("/plans.json?kind=maintenance&text=tank").json()
    assert {plan["id"] for plan in found} == {"tank-cleaning"}
    assert "No plan fits" in reading.get("/plans?text=nothing-of-this-name", "en").text
    assert {plan["id"] for plan in reading.get("/plans.json?grade=official").json()} == {"tank-cleaning"}


def test_a_plan_says_why_each_slot_has_its_day(reading: Client) -> None:
    detail = reading.get("/plans/gates-monthly.json").json()
    days = [slot for slot in detail["slots"] if slot["day"]]
    assert days
    assert all(slot["first"] <= slot["day"] <= slot["last"] for slot in days)
    assert all(slot["why"]["choices"] >= 1 for slot in days)
    assert reading.get("/plans/nothing").status_code == 404


def test_the_month_is_of_a_position_or_of_all(reading: Client) -> None:
    everything, mine = (reading.get(f"/plans/month.json{query}").json() for query in ("", "?position=electrician"))
    assert 0 < mine["minutes"] < everything["minutes"]
    assert reading.get("/plans/month?month=2026-13").status_code == 422
    assert "Nothing is planned" in reading.get("/plans/month?month=2020-01", "en").text


def test_a_slot_is_excused_with_a_reason_and_stands_in_the_audit(planned: Scene) -> None:
    client, slot = acting(planned), ahead(planned, "sump-monthly")
    missing = client.act("/plans/sump-monthly/excuse", {"slot": str(slot.id), "reason": " "})
    assert (missing.status_code, ahead(planned, "sump-monthly")) == (409, slot)
    answer = client.act("/plans/sump-monthly/excuse", {"slot": str(slot.id), "reason": "pit is rebuilt"})
    assert answer.status_code == 303
    page = client.get("/plans/sump-monthly", "en").text
    assert "陈静: pit is rebuilt" in page
    again = client.act("/plans/sump-monthly/excuse", {"slot": str(slot.id), "reason": "again"})
    assert again.status_code == 409
    with planned.work.reading() as unit:
        row = unit.audit.head()
        assert row is not None
        assert (row.action, row.detail["reason"]) == ("plan.excused", "pit is rebuilt")


def test_a_plan_by_hand_opens_one_order_a_day(planned: Scene) -> None:
    plan = planned.site.plans["sump-monthly"]
    planned.site = replace(planned.site, plans={"by-hand": replace(plan, id="by-hand", trigger=ByHand(2))})
    client = acting(planned)
    first = client.act("/plans/by-hand/open", {"asset": "sump-1"})
    again = client.act("/plans/by-hand/open", {"asset": "sump-1"})
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert client.act("/plans/by-hand/open", {"asset": "pump-1"}).status_code == 404


def test_a_plan_that_opens_itself_cannot_be_opened(planned: Scene) -> None:
    answer = acting(planned).act("/plans/sump-monthly/open", {"asset": "sump-1"})
    assert answer.status_code == 409
    assert "by itself" in answer.text or "自动开单" in answer.text
