"""The shift handover log: facts of the shift, two signatures by two logins, nothing changes afterwards but by additions."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from facility.domain.roster import Slot, slot_at
from facility.flow.duty import duty_book
from facility.flow.shift_handover import give, missing, shift_named
from tests.api.conftest import Client
from tests.api.scene import Scene

OTHERS = {"li-wei": "alan-wong", "alan-wong": "li-wei"}


@pytest.fixture
def shift(scene: Scene) -> Slot:
    """The electricians' shift that runs now, with an outage in it."""
    scene.people()
    scene.rosters()
    scene.incident()
    now = scene.clock.now()
    with scene.work.reading() as unit:
        book = duty_book(scene.site, unit, now)
        found = slot_at(book.rosters["electrician"], book.swaps, now, scene.site.zone)
    assert found is not None
    return found


def login(scene: Scene, shift: Slot) -> str:
    with scene.work.reading() as unit:
        return unit.people.get(shift.people[0]).login


def fields(shift: Slot, **more: str) -> dict[str, str | list[str]]:
    return {"position": "electrician", "day": str(shift.day), "shift": shift.shift.name, **more}


def test_a_shift_is_handed_over_and_taken_over_by_two_people(client: Client, scene: Scene, shift: Slot) -> None:
    mine = login(scene, shift)
    giver, taker = client.as_person(mine), client.as_person(OTHERS[mine])
    assert [each["shift"] for each in giver.get("/handover.json").json()["to_give"]] == [shift.shift.name]
    form = giver.get(f"/handover/new?{urlencode(fields(shift))}", "zh-CN").text
    assert "市电停电" in form
    assert client.as_person("guo-fang").act("/handover", fields(shift)).status_code == 422
    for _ in range(2):
        made = giver.act("/handover", fields(shift, words="柜门钥匙在值班室"))
        assert made.headers["location"] == "/handover/1"
    assert taker.act("/handover", fields(shift)).status_code == 422
    refused = giver.act("/handover/1/take", {})
    assert (refused.status_code, "cannot take over as well" in refused.text) == (422, True)
    assert client.as_person("guo-fang").act("/handover/1/take", {"words": "me"}).status_code == 422
    for _ in range(2):
        assert taker.act("/handover/1/take", {"words": "已清点"}).status_code == 303
    record = client.get("/handover/1.json").json()
    assert (record["words"], record["taken_words"]) == ("柜门钥匙在值班室", "已清点")
    assert "mains_lost" in {each["title_id"] for each in record["facts"]["alerts"]}
    assert record["facts"]["opened"][0]["state"] == "issued"
    assert giver.get("/handover.json").json()["to_give"] == []
    assert 'data-handover="1"' in client.get(f"/handover?position=electrician&person={mine}").text
    assert "No records found" in client.get("/handover?untaken=1").text


def test_what_was_signed_stays_and_corrections_stand_beside_it(client: Client, scene: Scene, shift: Slot) -> None:
    giver = client.as_person(login(scene, shift))
    giver.act("/handover", fields(shift, words="all quiet"))
    before = client.get("/handover/1.json").json()
    scene.stage.ends("incomer-1", "no_voltage")
    scene.stage.tick(2)
    assert giver.act("/handover/1/add", {"words": " ", "key": "correction-1"}).status_code == 422
    for _ in range(2):
        giver.act("/handover/1/add", {"words": "not quiet: mains lost", "key": "correction-1"})
    after = client.get("/handover/1.json").json()
    assert [each["words"] for each in after.pop("additions")] == ["not quiet: mains lost"]
    assert after == {name: value for name, value in before.items() if name != "additions"}
    with scene.work.reading() as unit:
        acts = [row.action for row in unit.audit.rows() if row.action.startswith("handover.")]
    assert acts == ["handover.given", "handover.added"]


def test_a_shift_that_ended_an_hour_ago_is_missing_its_record(client: Client, scene: Scene, shift: Slot) -> None:
    def shifts(after: timedelta) -> list[tuple[str, str]]:
        with scene.work.reading() as unit:
            found = missing(scene.site, unit, shift.end + after)
        return [(position, slot.shift.name) for position, slot in found if slot.end == shift.end]

    wanted = ("electrician", shift.shift.name)
    assert wanted not in shifts(timedelta(minutes=59))
    assert wanted in shifts(timedelta(hours=1))
    with scene.work.writing() as unit:
        give(
            scene.site, unit, position="electrician", day=shift.day, shift=shift.shift.name, person=shift.people[0],
            words="late", now=shift.end + timedelta(hours=2),
        )  # fmt: skip
        assert shift_named(scene.site, unit, "electrician", shift.day, shift.shift.name).end == shift.end
    assert wanted not in shifts(timedelta(hours=2))
    listed = client.get("/handover").text
    number = re.search(r'tag overdue">(\d+)<', listed)
    assert number is not None
    assert int(number[1]) == len(client.get("/handover.json").json()["missing"]) > 0


def test_a_program_of_a_person_signs_and_adds_by_json(client: Client, scene: Scene, shift: Slot) -> None:
    mine = login(scene, shift)
    giver, taker = client.as_person(mine), client.as_person(OTHERS[mine])
    before = giver.get(f"/handover/new.json?{urlencode(fields(shift))}").json()
    assert (before["handover"], before["facts"]["alerts"][0]["title_id"]) == (None, "mains_lost")
    assert giver.tell("POST", "/handover.json", fields(shift, day="soon")).status_code == 422
    unnamed = giver.tell("POST", "/handover.json", {"position": "electrician"})
    assert (unnamed.status_code, unnamed.json()["detail"]) == (422, "day: is missing; send position, day and shift")
    first, again = (giver.tell("POST", "/handover.json", fields(shift, words=words)) for words in ("keys", "other"))
    assert first.json() == again.json()
    assert (first.json()["words"], first.json()["facts"]) == ("keys", before["facts"])
    assert giver.get(f"/handover/new.json?{urlencode(fields(shift))}").json()["handover"] == 1
    assert "does not take over" in giver.tell("POST", "/handover/1/take.json", {}).json()["detail"]
    taken = [taker.tell("POST", "/handover/1/take.json", {"words": words}).json() for words in ("fine", "late")]
    assert [each["taken_words"] for each in taken] == ["fine", "fine"]
    assert taker.tell("POST", "/handover/1/add.json", {"words": "no key"}).status_code == 422
    for _ in range(2):
        added = taker.tell("POST", "/handover/1/add.json", {"words": "one key is missing", "key": "addition-1"})
    assert [each["words"] for each in added.json()["additions"]] == ["one key is missing"]
    assert taker.tell("POST", "/handover/7/take.json", {}).status_code == 404
