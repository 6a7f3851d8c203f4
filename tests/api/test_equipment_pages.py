"""Equipment without a wire on the pages: what is known of it, nothing that would look like a silent device."""

import io
from dataclasses import replace
from datetime import date, timedelta

from openpyxl import load_workbook

from facility.domain.asset import Asset
from facility.domain.profile import Profile, System
from facility.domain.suppression import Suppression, SuppressionKind
from facility.domain.text import Title
from tests.api.conftest import Client, deps_on
from tests.api.scene import Scene


def extinguisher(scene: Scene, expires: date) -> Asset:
    owner = scene.site.assets["incomer-1"]
    return Asset(
        "ext-1",
        Title("Extinguisher 1F", "1层灭火器"),
        Profile("", Title("灭火器", "灭火器"), "灭火器", System.FIRE, "", {}, {}),
        owner.area,
        owner.operating,
        owner.maintaining,
        "",
        certificates={"annual-test": expires},
        place="电梯厅",
        installed=date(2025, 3, 1),
        documents=("合格证.pdf", "https://example.org/manual.pdf"),
    )


def listed(client: Client, query: str = "") -> dict[str, str]:
    """Id and state of what the list shows, in its order."""
    return {row["id"]: row["standing"] for row in client.get(f"/assets.json?{query}").json()["rows"]}


def test_the_list_shows_all_with_their_state(scene: Scene) -> None:
    scene.people()
    scene.readings()
    scene.incident()
    today = scene.clock.now().astimezone(scene.site.zone).date()
    asset = extinguisher(scene, today)
    scene.site = replace(scene.site, assets={asset.id: asset, **scene.site.assets})
    client = Client(deps_on(scene), scene.session(scene.manager()))
    both = listed(client, "text=incomer-1") | listed(client, "text=灭火器 电梯厅&system=fire")
    assert both == {"incomer-1": "fault", "ext-1": "in_order"}
    assert set(listed(client, "state=fault&sort=-name").values()) == {"fault"}
    with scene.work.writing() as unit:
        person = unit.people.named("chen-jing").id
        now = scene.clock.now()
        unit.suppressions.add(Suppression(0, SuppressionKind.OUT_OF_SERVICE, "ext-1", "", now, None, "refill", person))
    assert listed(client, "state=out_of_service") == {"ext-1": "out_of_service"}
    page = client.get("/assets?state=out_of_service", "zh-CN").text
    assert ("1层灭火器" in page, "未联网" in page, 'href="/labels"' in page) == (True, True, True)
    sheet = client.get("/assets.xlsx?text=ext-1", "zh-CN")
    assert sheet.headers["content-disposition"] == 'attachment; filename="assets.xlsx"'
    rows = list(load_workbook(io.BytesIO(sheet.content)).active.iter_rows(values_only=True))
    assert rows[1][:2] == ("ext-1", "1层灭火器")
    assert "No equipment fits" in client.get("/assets?text=nothing").text
    assert client.get("/assets.json?area=nowhere").status_code == 404


def test_what_is_read_and_silent_is_unknown_and_pages_follow_the_order(scene: Scene) -> None:
    client = Client(deps_on(scene), scene.session(scene.manager()))
    first = client.get("/assets.json?sort=id").json()
    assert set(listed(client).values()) == {"unknown"}
    assert first["standings"]["unknown"] == first["total"] > len(first["rows"]) == 50
    rows = [row["id"] for row in first["rows"]] + list(listed(client, "sort=id&page=2"))
    assert rows[:100] == sorted(rows[:100])
    assert 'aria-sort="descending"' in client.get("/assets?sort=-area").text


def test_its_page_says_what_is_known_and_shows_no_state(scene: Scene) -> None:
    yesterday = scene.clock.now().astimezone(scene.site.zone).date() - timedelta(days=1)
    asset = extinguisher(scene, yesterday)
    scene.site = replace(scene.site, assets={**scene.site.assets, asset.id: asset})
    client = Client(deps_on(scene), scene.session(scene.manager()))
    page = client.get("/assets/ext-1", "zh-CN").text
    for text in ("1层灭火器", "电梯厅", "合格证.pdf", 'href="https://example.org/manual.pdf"', "未联网设备", "已于"):
        assert text in page
    assert "data-online" not in page
    assert 'id="h-points"' not in page
    data = client.get("/assets/ext-1.json").json()
    assert (data["link"], data["asset"]["points"]) == ("", [])
    assert data["certificates"] == [
        {
            "kind": "annual-test",
            "title": {"en": "Annual test", "zh": "年检"},
            "expires": str(yesterday),
            "expired": True,
        }
    ]
    assert "1层灭火器" not in client.get("/overview", "zh-CN").text
