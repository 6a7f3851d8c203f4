"""G10: InfluxDB is away and the collectors are killed meanwhile; every point is there afterwards, with its own time."""

from collections.abc import Callable

import httpx
import pytest

from tests.harness.ladders import Influx
from tests.harness.lengths import length
from tests.harness.wait import until
from tests.torture.gatehouse import Gatehouse

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600)]

STEP = 10.0  # seconds between two passages


@pytest.mark.parametrize("minutes", length([10], [10, 120]))
def test_influxdb_is_away(make_gatehouse: Callable[..., Gatehouse], influx: Influx, minutes: int) -> None:
    if influx.server.given:
        pytest.skip("install influxd: this server is not ours to kill")
    house = make_gatehouse(
        FACILITY_HISTORY=influx.url,
        FACILITY_INFLUX_ORG=influx.org,
        FACILITY_INFLUX_BUCKET=influx.bucket,
        FACILITY_INFLUX_TOKEN=influx.token,
    )
    house.begin()
    house.tell(house.passage())
    until(lambda: stored(influx), "a first passage is stored", within=60)
    influx.server.kill()
    half = 30.0 * minutes
    house.pass_time(half, STEP, {0.3: 2, 0.7: 3})
    house.kill("collectors")
    house.start("collectors")
    house.pass_time(half, STEP, {0.3: 4, 0.7: 5})
    influx.server.restart()
    wanted = sorted(house.sent.items())
    until(lambda: stored(influx) == wanted, "100 % of the points are stored, with their own times", within=90)
    assert house.late() == []
    assert house.is_exact()


def stored(influx: Influx) -> list[tuple[int, int]]:
    """Number and time (Unix ns) of each passage in InfluxDB; it keeps one row for each time."""
    parameters = {"db": influx.bucket, "q": 'SELECT "number" FROM gate', "epoch": "ns"}
    answer = httpx.get(
        f"{influx.url}/query", params=parameters, headers={"Authorization": f"Token {influx.token}"}, timeout=30
    )
    result = answer.json().get("results", [{}])[0] if answer.is_success else {}
    return sorted((round(number), at) for series in result.get("series", []) for at, number in series["values"])
