"""Equipment without a wire on the pages: what is known of it, nothing that would look like a silent device."""

from dataclasses import replace
from datetime import date, timedelta

from facility.domain.asset import Asset
from facility.domain.profile import Profile, System
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
    assert data["certificates"] == [{"kind": "annual-test", "expires": str(yesterday), "expired": True}]
    assert "1层灭火器" not in client.get("/overview", "zh-CN").text
