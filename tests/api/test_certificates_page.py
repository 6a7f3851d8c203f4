"""Certificates of all assets: marked, filtered, as a sheet, renewed by a planner."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from facility.domain.text import Title
from tests.api.conftest import Client, deps_on
from tests.api.scene import Scene

PATH = "/certificates/incomer-1/annual-test"


@pytest.fixture
def dated(scene: Scene) -> Scene:
    """One certificate that is over, one that expires soon, one that is valid."""
    scene.people()
    kinds = {
        "incomer-1": {"annual-test": today(scene, -3), "meter-check": today(scene, 20)},
        "incomer-2": {"annual-test": today(scene, 400)},
    }
    assets = {id: replace(scene.site.assets[id], certificates=given) for id, given in kinds.items()}
    scene.site = replace(scene.site, assets={**scene.site.assets, **assets})
    return scene


def today(scene: Scene, days: int) -> date:
    return scene.clock.now().astimezone(scene.site.zone).date() + timedelta(days=days)


def planner(scene: Scene) -> Client:
    return Client(deps_on(scene)).as_person("chen-jing")


def test_what_expires_first_stands_first_and_is_marked(dated: Scene) -> None:
    client = planner(dated)
    page = client.get("/certificates", "zh-CN").text
    assert page.index("年检") < page.index("计量检定")
    assert "已过期3天" in page
    assert "剩余20天" in page
    assert f"有效期至{today(dated, 400)}" in page
    assert "Meter verification" in client.get("/certificates").text
    assert [row["kind"] for row in client.get("/certificates.json?text=计量检定").json()["rows"]] == ["meter-check"]
    found = client.get("/certificates.json").json()
    assert [(row["days"], row["standing"]) for row in found["rows"]] == [(-3, "expired"), (20, "soon"), (400, "valid")]
    assert found["standings"] == {"expired": 1, "soon": 1, "valid": 1}


def test_it_is_filtered_and_read_as_a_sheet(dated: Scene) -> None:
    client = planner(dated)
    rows = client.get("/certificates.json?standing=soon").json()["rows"]
    assert [row["kind"] for row in rows] == ["meter-check"]
    assert "No certificate fits" in client.get("/certificates?text=nothing").text
    sheet = client.get("/certificates.csv?text=incomer-1").content.decode("utf-8-sig").splitlines()
    assert len(sheet) == 3
    assert sheet[1].startswith("incomer-1,")
    assert client.get("/certificates?standing=other").status_code == 422


def test_the_site_says_what_a_kind_is_called(dated: Scene) -> None:
    asset = replace(dated.site.assets["incomer-2"], certificates={"cable-oil": today(dated, 9)})
    dated.site = replace(
        dated.site,
        assets={**dated.site.assets, asset.id: asset},
        certificate_kinds={"annual-test": Title("Grid test", "并网试验")},
    )
    titles = {row["kind"]: row["kind_title"]["zh"] for row in planner(dated).get("/certificates.json").json()["rows"]}
    assert titles == {"annual-test": "并网试验", "meter-check": "计量检定", "cable-oil": "cable-oil"}


def test_a_planner_enters_the_new_one(dated: Scene) -> None:
    client = planner(dated)
    form = {
        "expires": str(today(dated, 362)),
        "number": "TS-2026-1",
        "document": "report.pdf",
        "seen": str(today(dated, -3)),
    }
    for changed, status, fault in (
        ({"number": ""}, 422, "Write the number"),
        ({"expires": "soon"}, 422, "must be a day"),
        ({"expires": form["seen"]}, 422, "later than the present one"),
        ({"seen": str(today(dated, -4))}, 409, "meanwhile"),
    ):
        answer = client.act(PATH, {**form, **changed})
        assert (answer.status_code, fault in answer.text) == (status, True)
        assert 'value="report.pdf"' in answer.text
    assert client.act(PATH, form).status_code == 303
    (row,) = (each for each in client.get("/certificates.json?text=TS-2026-1").json()["rows"])
    assert (row["standing"], row["number"], row["document"], row["days"]) == ("valid", "TS-2026-1", "report.pdf", 362)
    assert client.act("/certificates/incomer-1/nothing", form).status_code == 404
    worker = client.as_person("li-wei")
    assert "TS-2026-1" in worker.get("/certificates").text
    assert worker.act(PATH, form).status_code == 403


def test_an_estate_without_certificates_says_where_they_are_named(scene: Scene) -> None:
    scene.people()
    assert "No certificates yet" in planner(scene).get("/certificates").text
