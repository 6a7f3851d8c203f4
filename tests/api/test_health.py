"""/healthz, /readyz, /metrics, and the headers that everything carries."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import text_of
from api.program import prepare
from facility.domain.account import Scope
from facility.domain.series import series
from facility.domain.state import ProgramState
from tests.api.conftest import Client
from tests.api.scene import Scene


def figures(text: str) -> dict[str, float]:
    """Series → value, read by another reader of the format."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}|{labels}"] = sample.value
    return found


def test_up_and_ready(stranger: Client) -> None:
    assert stranger.get("/healthz").json() == {"status": "up"}
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


def test_reasons_are_for_machines_of_ours(stranger: Client, machine: Client, scene: Scene) -> None:
    for headers, seen in (({}, False), (scene.key(Scope.METRICS), True), (scene.key(Scope.READ), False)):
        assert ("reasons" in stranger.get("/readyz", **headers).json()) is seen
    assert "reasons" in machine.get("/readyz").json()
    assert "reasons" not in machine.get("/readyz", **{"x-forwarded-for": "10.0.0.9"}).json()


def test_not_ready_says_why_but_is_still_up(machine: Client, scene: Scene) -> None:
    (scene.folder / "work.db").unlink()
    answer = machine.get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json()["reasons"]) == ["work"]
    assert machine.get("/healthz").status_code == 200
    assert figures(machine.get("/metrics").text)["facility_store_up|store=work"] == 0


def test_history_away_is_said_but_leaves_us_ready(machine: Client) -> None:
    machine.deps.unprepared = {"history": "history: gone"}
    answer = machine.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["history"] == "history: gone"


def test_stores_are_prepared_until_they_are_ready(client: Client, scene: Scene) -> None:
    client.deps.unprepared = dict.fromkeys(("work", "live", "history"), "not asked yet")
    assert client.get("/readyz").status_code == 503
    prepare(client.deps)
    assert client.deps.unprepared == {}


def test_metrics_hold_our_own_figures_those_of_others_and_the_alerts(reader: Client) -> None:
    reader.get("/overview")
    found = figures(reader.get("/metrics").text)
    assert found["facility_alerts|level=1,state=active_unacknowledged"] == 1
    assert found["facility_alerts|level=1,state=returned_unacknowledged"] == 0
    assert found["facility_alerts_deadline_missed|level=1"] == 0
    assert found["facility_collectors_polls_total|link=pump-room"] == 42
    assert found["facility_program_age_seconds|program=collectors"] >= 0
    assert found["facility_api_requests_total|status=200"] >= 1


def test_a_damaged_series_of_another_program_spoils_nothing(client: Client, scene: Scene) -> None:
    bad = {'facility_x{link="a': 1.0, "facility y": 2.0, "facility_fine_total": 3.0, "facility_alerts": 9.0}
    scene.live.put_program(ProgramState("collectors", scene.clock.now(), bad))
    found = figures(client.get("/metrics").text)
    assert found["facility_fine_total|"] == 3
    assert found["facility_api_damaged_series|"] == 2
    assert "facility_alerts|" not in found


def test_labels_are_escaped() -> None:
    text = text_of({series("facility_x", link='a"b\\c\nd'): 1.5})
    assert figures(text)['facility_x|link=a"b\\c\nd'] == 1.5
    assert "# TYPE facility_x gauge" in text


@pytest.mark.parametrize(
    "path", ["/overview", "/alerts.json", "/a/bad", "/nothing", "/static/style.css", "/static/none.css", "/healthz"]
)
def test_everything_carries_the_security_headers(reader: Client, path: str) -> None:
    headers = reader.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "cache-control" in headers


def test_static_files_may_be_kept_but_pages_may_not(reader: Client) -> None:
    page = reader.get("/overview")
    assert page.headers["cache-control"] == "no-store"
    address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in reader.get(address).headers["cache-control"]


def test_pages_use_nothing_inline_and_nothing_from_outside(reader: Client) -> None:
    for path in ("/overview", "/assets/incomer-1", "/assets/incomer-1/points/voltage_l1", "/alerts", "/orders"):
        html = reader.get(path).text
        assert "<style" not in html
        assert " style=" not in html
        assert "<script>" not in html
        assert not any(f'{place}="http' in html for place in ("src", "href", "action"))
