"""The servers that the suites stand on: killed, they come back at the same address with what they had."""

import httpx
import psycopg
import pytest

from tests.harness.ladders import Influx
from tests.harness.servers import Ladder, NoServer, Server, climb


def test_broker_comes_back(broker: Server) -> None:
    if broker.given:
        pytest.skip("the broker at FACILITY_TEST_MQTT is not ours to kill")
    before = (broker.host, broker.port)
    broker.kill()
    broker.restart()
    assert (broker.host, broker.port) == before


def test_influx_answers_with_its_token(influx: Influx) -> None:
    headers = {"Authorization": f"Token {influx.token}"}
    assert httpx.get(f"{influx.url}/api/v2/buckets", headers=headers).status_code == 200


def test_each_database_is_empty(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert rows == []


def nothing() -> Server | None:
    return None


def broken() -> Server | None:
    raise ConnectionError("no route")


def test_a_missing_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.harness.servers.reports", {})
    with pytest.raises(NoServer, match="Install squid") as missing:
        climb(Ladder("squid", nothing, nothing, nothing, "squid", lambda server: ""))
    assert not missing.value.broken


def test_in_ci_an_installed_rung_that_fails_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.harness.servers.reports", {})
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("FACILITY_TEST_RUNGS", "environment,container,local")
    other = Server("squid", "local binary", "127.0.0.1", 1)
    with pytest.raises(NoServer, match="no route") as missing:
        climb(Ladder("squid", nothing, broken, lambda: other, "squid", lambda server: ""))
    assert missing.value.broken


def test_elsewhere_the_next_rung_is_used_and_the_failure_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    reports: dict[str, str] = {}
    monkeypatch.setattr("tests.harness.servers.reports", reports)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("FACILITY_TEST_RUNGS", "environment,container,local")
    other = Server("squid", "local binary", "127.0.0.1", 1)
    assert climb(Ladder("squid", nothing, broken, lambda: other, "squid", lambda server: "6")) is other
    assert reports["squid"] == "local binary, 6"
    assert "no route" in reports["squid (tried)"]
