"""Energy and cost: a page, JSON and XLSX of a month, and what is said of a month without readings."""

import io

import openpyxl

from tests.api.conftest import Client
from tests.api.scene import Scene


def test_a_month_of_the_meters(reader: Client, full: Scene) -> None:
    month = f"{full.clock.now().astimezone(full.site.zone):%Y-%m}"
    view = reader.get(f"/energy.json?month={month}").json()
    power = view["supplies"][0]
    assert power["kind"] == "power"
    assert {one["asset"] for one in power["meters"]} >= {"incomer-1", "building-1"}
    assert {one["asset"]: one["summed"] for one in power["meters"]}["building-1"] is False
    assert (power["counted"], power["read"]) == (3, {"this": 1, "last": 1, "year_ago": 1})
    for language, *words in (
        ("en", "Energy and cost", "1 of 3 meters read"),
        ("zh-CN", "能耗与费用", "3 块表计中 1 块有读数"),
    ):
        page = reader.get(f"/energy?month={month}", language).text
        assert [word for word in words if word not in page] == []
    assert "no data" in reader.get("/energy?month=2020-01").text
    assert reader.get("/energy?month=2020-13").status_code == 422
    book = openpyxl.load_workbook(io.BytesIO(reader.get(f"/energy.xlsx?month={month}").content))
    sheet = book["Electricity"]
    assert [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell == "1 of 3 meters read"]
