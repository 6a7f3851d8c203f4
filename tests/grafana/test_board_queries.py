"""Every panel's query, as Grafana would send it, returns rows from a real InfluxDB that holds a demo estate's lines."""

import json
import time
from collections.abc import Iterator
from typing import Any, Protocol

import httpx
import pytest

from facility.domain.text import Language
from grafana.build import FILE, FOLDER

STEP = 10  # s between two lines of a device
LENGTH = 600  # s of readings, the newest now
GAP = (240, 420)  # s after the first line: in between, the devices are silent


class Influx(Protocol):
    url: str
    token: str
    org: str
    bucket: str


def lines(first: int) -> Iterator[str]:
    """Every class of the demo, as collectors write it; `first` in seconds."""
    devices = {
        "meter": [("incomer-1", 228.0), ("incomer-2", 231.0), ("feeder-fire", 229.0)],
        "pump": [("pump-1", 0.35), ("pump-2", 0.34)],
        "tank": [("tank-1", 2.1), ("tank-2", 1.9)],
        "gas": [("gas-1", 2.4)],
        "fire_panel": [("fire-panel-1", 0.55)],
        "gate": [("gate-north-in", 21.0)],
    }
    fields = {
        "meter": 'voltage_l1={0},voltage_l2={0},voltage_l3={0},active_power=40.5,breaker_state_text="closed"',
        "pump": 'outlet_pressure={0},run_state_text="running"',
        "tank": "water_level={0},overflow=0",
        "gas": "pressure={0},detector_alarm=0",
        "fire_panel": "hydrant_pressure={0},fire_alarm=0,fault=0,disablement=1",
        "gate": 'controller_temperature={0},barrier_text="closed",passages_today=12',
    }
    broken = {"meter": "voltage_l1", "pump": "outlet_pressure", "tank": "water_level", "gas": "pressure"}
    broken |= {"fire_panel": "hydrant_pressure", "gate": "controller_temperature"}
    for measurement, assets in devices.items():
        for asset, value in assets:
            key = f"{measurement},site=demo-garden,asset={asset}"
            for after in range(0, LENGTH + 1, STEP):
                if not GAP[0] < after < GAP[1]:
                    yield f"{key} {fields[measurement].format(value)} {(first + after) * 10**9}"
            yield f'{key} {broken[measurement]}_quality="bad:timeout" {(first + GAP[0] + 5) * 10**9}'
            yield f'{key} {broken[measurement]}_quality="good" {(first + GAP[1]) * 10**9}'


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
    for variable in ("$site", "$incomer"):
        query = query.replace(variable, ".*")
    query = query.replace("$timeFilter", f"time >= {first}s AND time <= {first + LENGTH}s").replace(
        "$__interval", f"{STEP}s"
    )
    assert "$" not in query.replace("$/", "")
    answer = client.post("/query", params={"db": bucket, "q": query, "epoch": "s"}).raise_for_status().json()
    assert "error" not in answer["results"][0], answer
    series: list[dict[str, Any]] = answer["results"][0].get("series", [])
    return series


def board(language: Language) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "dashboards" / language.value / FILE).read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("language", list(Language))
def test_every_query_of_every_panel_returns_rows(
    language: Language, influx: Influx, history: httpx.Client, first: int
) -> None:
    empty = []
    for panel in board(language)["panels"]:
        for target in panel.get("targets", []):
            series = ask(history, influx.bucket, target["query"], first)
            if not any(value is not None for found in series for row in found["values"] for value in row[1:]):
                empty.append((panel["title"], target["query"]))
    assert empty == []


@pytest.mark.parametrize("language", list(Language))
def test_variables_find_the_estate_and_its_assets(
    language: Language, influx: Influx, history: httpx.Client, first: int
) -> None:
    found = {
        variable["name"]: {
            row[1] for series in ask(history, influx.bucket, variable["query"], first) for row in series["values"]
        }
        for variable in board(language)["templating"]["list"]
    }
    assert found["site"] == {"demo-garden"}
    assert {"incomer-1", "incomer-2"} <= found["incomer"]


def test_a_silent_time_is_empty_windows(influx: Influx, history: httpx.Client, first: int) -> None:
    panel = next(panel for panel in board(Language.EN)["panels"] if panel["title"] == "Tank levels")
    series = ask(history, influx.bucket, panel["targets"][0]["query"], first)
    rows = series[0]["values"]
    silent = [value for at, value in rows if GAP[0] < at - first < GAP[1]]
    assert len(silent) > 10
    assert set(silent) == {None}
    assert {value for at, value in rows if at - first < GAP[0]} == {2.1}


def test_total_power_adds_up_the_latest_values(influx: Influx, history: httpx.Client, first: int) -> None:
    panel = next(panel for panel in board(Language.EN)["panels"] if panel["title"] == "Total active power now")
    series = ask(history, influx.bucket, panel["targets"][0]["query"], first)
    assert series[0]["values"][0][1] == pytest.approx(3 * 40.5)
