"""Every panel's query, as Grafana would send it, returns rows from a real InfluxDB that holds a demo estate's lines."""

import json
import time
from collections.abc import Iterator
from typing import Any, Protocol

import httpx
import pytest

from facility.domain.text import Language
from grafana import estate
from grafana.boards import BOARDS, OVERVIEW, Board
from grafana.build import path_of

STEP = 10  # s between two lines of a device
LENGTH = 600  # s of readings, the newest now
HOURS = 3  # before them, with a line each
GAP = (240, 420)  # s after the first line: in between, the devices are silent


class Influx(Protocol):
    url: str
    token: str
    org: str
    bucket: str


ASSETS = {"meter": ("incomer-1", "incomer-2", "feeder-fire"), "tank": ("tank-1", "tank-2")}
KNOWN = {"tank.water_level": 2.1, "meter.active_power": 40.5}


def lines(first: int) -> Iterator[str]:
    """Every class that profiles know, with all its points, as collectors write it; `first` in seconds."""
    for name in estate.classes():
        for asset in ASSETS.get(name, (f"{name.replace('_', '-')}-1",)):
            key = f"{name},site=demo-garden,asset={asset}"
            for hours in range(HOURS, 0, -1):
                yield f"{key} {fields(name, -hours)} {(first - 3600 * hours) * 10**9}"
            for after in range(0, LENGTH + 1, STEP):
                if not GAP[0] < after < GAP[1]:
                    yield f"{key} {fields(name, 0)} {(first + after) * 10**9}"
            broken = next(iter(estate.points(name)))
            yield f'{key} {broken}_quality="bad:timeout" {(first + GAP[0] + 5) * 10**9}'
            yield f'{key} {broken}_quality="good" {(first + GAP[1]) * 10**9}'


def fields(name: str, hour: int) -> str:
    """All points of an asset of the class; counters grow by 5 an hour."""
    found = []
    for point in estate.points(name).values():
        if estate.is_text(point):
            found.append(f'{point.name}_text="{next(iter(point.labels))}"')
        else:
            middle = ((point.low or 0.0) + (point.high or 1.0)) / 2
            value = 1000.0 + 5 * hour if point.counter else KNOWN.get(f"{name}.{point.name}", middle)
            found.append(f"{point.name}={float(value)}")
    return ",".join(found)


@pytest.fixture
def first() -> int:
    """Time of the first line, on a whole window."""
    return (int(time.time()) - LENGTH) // STEP * STEP


@pytest.fixture
def history(influx: Influx, first: int) -> Iterator[httpx.Client]:
    """A client of an InfluxDB that holds the lines, signed in as the provisioned data source does."""
    with httpx.Client(base_url=influx.url, headers={"Authorization": f"Token {influx.token}"}, timeout=20) as client:
        organisation = client.get("/api/v2/orgs", params={"org": influx.org}).raise_for_status().json()["orgs"][0]["id"]
        client.post("/api/v2/buckets", json={"name": influx.bucket, "orgID": organisation}).raise_for_status()
        written = client.post(
            "/api/v2/write", params={"org": influx.org, "bucket": influx.bucket}, content="\n".join(lines(first))
        )
        written.raise_for_status()
        yield client


def ask(client: httpx.Client, bucket: str, query: str, first: int) -> list[dict[str, Any]]:
    """The series that Grafana would get with all variables at "All", over the time of the lines."""
    for variable in ("$site", "$incomer", "$asset"):
        query = query.replace(variable, ".*")
    since = first - 3600 * HOURS if "time(1h)" in query else first
    query = query.replace("$timeFilter", f"time >= {since}s AND time <= {first + LENGTH}s").replace(
        "$__interval", f"{STEP}s"
    )
    assert "$" not in query.replace("$/", "")
    answer = client.post("/query", params={"db": bucket, "q": query, "epoch": "s"}).raise_for_status().json()
    assert "error" not in answer["results"][0], answer
    series: list[dict[str, Any]] = answer["results"][0].get("series", [])
    return series


def loaded(board: Board, language: Language) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path_of(board, language).read_text(encoding="utf-8"))
    return found


def query_of(board: Board, title: str) -> str:
    panel = next(panel for panel in loaded(board, Language.EN)["panels"] if panel["title"] == title)
    query: str = panel["targets"][0]["query"]
    return query


@pytest.mark.parametrize("language", list(Language))
def test_every_query_of_every_panel_returns_rows(
    language: Language, influx: Influx, history: httpx.Client, first: int
) -> None:
    empty, asked = [], 0
    panels = [(board.id, panel) for board in BOARDS for panel in loaded(board, language)["panels"]]
    for place, panel in panels:
        for target in panel.get("targets", []):
            asked += 1
            series = ask(history, influx.bucket, target["query"], first)
            if not any(value is not None for found in series for row in found["values"] for value in row[1:]):
                empty.append((place, panel["title"], target["query"]))
    assert empty == []
    assert asked > 150


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.id)
def test_variables_find_the_estate_and_its_assets(
    board: Board, influx: Influx, history: httpx.Client, first: int
) -> None:
    found = {
        variable["name"]: {
            row[1] for series in ask(history, influx.bucket, variable["query"], first) for row in series["values"]
        }
        for variable in loaded(board, Language.EN)["templating"]["list"]
    }
    assert found["site"] == {"demo-garden"}
    if board.incomers:
        assert {"incomer-1", "incomer-2"} <= found["incomer"]
    if board.choice:
        assets = {asset for name in board.classes for asset in ASSETS.get(name, (f"{name.replace('_', '-')}-1",))}
        assert found["asset"] == assets


def test_a_silent_time_is_empty_windows(influx: Influx, history: httpx.Client, first: int) -> None:
    series = ask(history, influx.bucket, query_of(OVERVIEW, "Tank levels"), first)
    rows = series[0]["values"]
    silent = [value for at, value in rows if GAP[0] < at - first < GAP[1]]
    assert len(silent) > 10
    assert set(silent) == {None}
    assert {value for at, value in rows if at - first < GAP[0]} == {2.1}


def test_total_power_adds_up_the_latest_values(influx: Influx, history: httpx.Client, first: int) -> None:
    series = ask(history, influx.bucket, query_of(OVERVIEW, "Total active power now"), first)
    assert series[0]["values"][0][1] == pytest.approx(3 * 40.5)


def test_counters_are_shown_by_what_they_grew_in_an_hour(influx: Influx, history: httpx.Client, first: int) -> None:
    power = next(board for board in BOARDS if board.id == "power")
    series = ask(history, influx.bucket, query_of(power, "Energy per hour"), first)
    grown = {value for found in series for _, value in found["values"] if value is not None}
    assert grown - {0} == {5}  # an hour that has just begun grew by nothing yet


def test_a_chart_has_one_unit(influx: Influx, history: httpx.Client, first: int) -> None:
    water = next(board for board in BOARDS if board.id == "water")
    panel = next(one for one in loaded(water, Language.EN)["panels"] if one["title"] == "Pressure before the pumps")
    (query,) = [target["query"] for target in panel["targets"] if 'FROM "pressure"' in target["query"]]
    kilopascals = estate.points("pressure")["pressure"]
    assert kilopascals.low is not None
    assert kilopascals.high is not None
    values = ask(history, influx.bucket, query, first)[0]["values"]
    assert values[0][1] == pytest.approx((kilopascals.low + kilopascals.high) / 2 / 1000)
