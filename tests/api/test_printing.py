"""Printed orders and labels: what stands on them, and where their codes lead."""

import pytest

from facility.qr_codes import qr_code
from tests.api.conftest import Client
from tests.api.scene import Scene


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "班长检查（签名、时间）"), ("en", "Foreman's check")])
def test_an_order_on_a_sheet(reader: Client, full: Scene, language: str, words: str) -> None:
    order = full.order_of("tank-1", "tank-cleaning")
    sheet = reader.get(f"/orders/{order}/print", language).text
    assert words.replace("'", "&#39;") in sheet
    lines = reader.get(f"/orders/{order}.json").json()["lines"]
    assert sheet.count("☐") == len(lines) > 0
    assert qr_code(f"https://facility.test/orders/{order}", scale=3) in sheet
    assert reader.get("/orders/9999/print").status_code == 404


def test_labels_of_an_area_with_those_inside_it_and_of_one_asset(reader: Client, full: Scene) -> None:
    def labelled(page: str) -> set[str]:
        return {asset for asset in full.site.assets if f'data-asset="{asset}"' in page}

    area = full.site.areas[full.site.assets["pump-3"].area]
    there = {each.id for each in full.site.assets.values() if each.area == area.id}
    assert labelled(reader.get(f"/labels?area={area.id}").text) == there
    assert labelled(reader.get(f"/labels?area={area.parent}").text) > there
    assert labelled(reader.get("/labels").text) == {each.id for each in full.site.assets.values() if not each.retired}
    one = reader.get("/assets/pump-3/label", "zh-CN").text
    assert labelled(one) == {"pump-3"}
    assert qr_code("https://facility.test/assets/pump-3", scale=3) in one
    assert (reader.get("/labels?area=moon").status_code, reader.get("/assets/moon/label").status_code) == (404, 404)
