"""What can happen to InfluxDB: wrong token, organisation or bucket, type conflict, away, an older server."""

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from facility.domain.errors import StoreError, StoreRejected, StoreUnavailable
from facility.store.influx import InfluxHistory
from tests.harness.ladders import Influx
from tests.harness.ports import free_port

NOW = datetime.now(UTC).replace(microsecond=0)
AT = int(NOW.timestamp()) * 10**9
GOOD = f'pump,site=garden,asset=pump-1 level=1,state_text="running" {AT}\n'.encode()


def history(influx: Influx, retention_days: int = 400) -> InfluxHistory:
    return InfluxHistory(
        url=influx.url,
        org=influx.org,
        bucket=influx.bucket,
        token=influx.token,
        retention_days=retention_days,
        site="garden",
    )


def stored(store: InfluxHistory) -> int:
    return store.count("pump", "pump-1", NOW - timedelta(hours=1), NOW + timedelta(hours=1))


def bucket(influx: Influx) -> dict[str, object]:
    headers = {"Authorization": f"Token {influx.token}"}
    answer = httpx.get(f"{influx.url}/api/v2/buckets", params={"name": influx.bucket}, headers=headers).json()
    found: dict[str, object] = answer["buckets"][0]
    return found


def kept(influx: Influx) -> int:
    rules = bucket(influx)["retentionRules"]
    assert isinstance(rules, list)
    return int(rules[0]["everySeconds"]) if rules else 0


def limited_token(influx: Influx, *actions: str) -> str:
    """A token that may only do these with the bucket."""
    permissions = [
        {
            "action": action,
            "resource": {"type": "buckets", "id": bucket(influx)["id"], "orgID": bucket(influx)["orgID"]},
        }
        for action in actions
    ]
    body = {"orgID": bucket(influx)["orgID"], "permissions": permissions}
    headers = {"Authorization": f"Token {influx.token}"}
    answer = httpx.post(f"{influx.url}/api/v2/authorizations", json=body, headers=headers)
    return str(answer.json()["token"])


def refused(kind: type[StoreError], call: Callable[[], object], what: str, mend: str) -> None:
    with pytest.raises(kind, match=what) as caught:
        call()
    assert mend in caught.value.mend


def test_prepare_makes_the_bucket_and_follows_its_retention(influx: Influx) -> None:
    for days in (10, 20, 0, 5):
        history(influx, days).prepare()
        assert kept(influx) == days * 86400


def test_a_token_that_may_not_change_the_retention_still_writes(
    influx: Influx, caplog: pytest.LogCaptureFixture
) -> None:
    history(influx, 10).prepare()
    token = limited_token(influx, "read", "write")
    limited = history(replace(influx, token=token), 20)
    with caplog.at_level(logging.WARNING, "facility.store.influx"):
        limited.prepare()
    limited.write(GOOD)
    assert stored(limited) == 1
    assert (kept(influx) == 10 * 86400) == ("may not change" in caplog.text)


def test_a_token_that_may_only_read_is_refused_at_start(influx: Influx) -> None:
    history(influx).prepare()
    reader = history(replace(influx, token=limited_token(influx, "read")))
    refused(StoreRejected, reader.prepare, "answered 40[13]", "")
    with pytest.raises(StoreUnavailable):
        reader.write(GOOD)


def test_a_wrong_token_is_named_and_never_told(influx: Influx, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        history(influx).prepare()
        wrong = history(replace(influx, token="wrong-token"))
        refused(StoreRejected, wrong.prepare, "401", "FACILITY_INFLUX_TOKEN_FILE")
        refused(StoreUnavailable, lambda: wrong.write(GOOD), "401", "FACILITY_INFLUX_TOKEN_FILE")
        refused(StoreRejected, lambda: stored(wrong), "401", "FACILITY_INFLUX_TOKEN_FILE")
    assert "wrong-token" not in caplog.text
    assert influx.token not in caplog.text


def test_an_unknown_organisation_or_bucket_is_named(influx: Influx) -> None:
    lost = history(replace(influx, org="nowhere"))
    refused(StoreRejected, lost.prepare, "nowhere", "FACILITY_INFLUX_ORG")
    refused(StoreUnavailable, lambda: lost.write(GOOD), "nowhere", "FACILITY_INFLUX_ORG")
    unprepared = history(influx)
    refused(StoreUnavailable, lambda: unprepared.write(GOOD), "not found", "influx bucket create")
    refused(StoreRejected, lambda: stored(unprepared), "not found", "influx bucket create")


def test_a_type_conflict_is_refused_and_the_other_lines_stay(influx: Influx) -> None:
    store = history(influx)
    store.prepare()
    store.write(GOOD)
    conflict = f'pump,site=garden,asset=pump-1 level="high" {AT + 1}\n'.encode()
    refused(StoreRejected, lambda: store.write(conflict), "type conflict", "Leave the lines out")
    assert stored(store) == 1


def test_nobody_there_is_unavailable() -> None:
    away = InfluxHistory(
        url=f"http://127.0.0.1:{free_port()}", org="o", bucket="b", token="t", retention_days=0, site="garden"
    )
    for call in (away.prepare, lambda: away.write(GOOD), lambda: stored(away)):
        refused(StoreUnavailable, call, "does not answer", "FACILITY_HISTORY")


class Scripted(BaseHTTPRequestHandler):
    """A server that answers as it is told: path → (status, JSON or text)."""

    answers: dict[str, tuple[int, object]]
    seen: list[tuple[str, dict[str, list[str]], bytes]]

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((parts.path, parse_qs(parts.query), body))
        status, answer = self.answers.get(parts.path, (404, "404 page not found\n"))
        data = b"" if status == 204 else (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def scripted() -> Iterator[tuple[type[Scripted], InfluxHistory]]:
    handler = type("Handler", (Scripted,), {"answers": {}, "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    store = InfluxHistory(url=url, org="o", bucket="b", token="t", retention_days=30, site="garden")
    yield handler, store
    store.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_older_server_is_written_by_its_own_path(scripted: tuple[type[Scripted], InfluxHistory]) -> None:
    server, store = scripted
    server.answers = {"/write": (204, ""), "/query": (200, {"results": [{"statement_id": 0}]})}
    store.prepare()
    asked = [query["q"][0] for path, query, _ in server.seen if path == "/query"]
    assert [query for query in asked if query.startswith("CREATE")] == [
        'CREATE DATABASE "b_5m" WITH DURATION INF REPLICATION 1 NAME facility',
        'CREATE DATABASE "b_1h" WITH DURATION INF REPLICATION 1 NAME facility',
        'CREATE DATABASE "b" WITH DURATION 2592000s REPLICATION 1 NAME facility',
    ]
    server.seen.clear()
    store.write(GOOD)
    ((path, query, body),) = server.seen  # it is not asked for the newer path again
    assert (path, query) == ("/write", {"db": ["b"], "precision": ["ns"]})
    assert gzip.decompress(body) == GOOD


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, StoreRejected), (422, StoreRejected), (413, StoreRejected)]
    + [(status, StoreUnavailable) for status in (401, 403, 404, 429, 500, 503)],
)
def test_only_an_answer_about_the_lines_refuses_them(
    scripted: tuple[type[Scripted], InfluxHistory], status: int, kind: type[StoreError]
) -> None:
    server, store = scripted
    server.answers = {"/api/v2/write": (status, {"code": "x", "message": "because"})}
    refused(kind, lambda: store.write(GOOD), "because", "")
    server.answers = {"/api/v2/write": (204, "")}
    store.write(GOOD)


def test_an_address_of_something_else_is_named(scripted: tuple[type[Scripted], InfluxHistory]) -> None:
    _, store = scripted
    refused(StoreUnavailable, lambda: store.write(GOOD), "404", "no InfluxDB")
    refused(StoreRejected, store.prepare, "404", "no InfluxDB")


def test_a_page_of_something_in_between_stores_nothing(scripted: tuple[type[Scripted], InfluxHistory]) -> None:
    server, store = scripted
    server.answers = {"/api/v2/write": (200, "<html>Please sign in</html>")}
    refused(StoreUnavailable, lambda: store.write(GOOD), "200", "no InfluxDB")
