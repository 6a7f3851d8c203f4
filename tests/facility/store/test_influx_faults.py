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
AT = int(NOW.timestamp() + 1800) * 10**9  # never late, however long the tests before take
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


OLD = NOW - timedelta(days=30)
LATE = f"pump,site=garden,asset=pump-1 level=1 {int(OLD.timestamp()) * 10**9}\n".encode()


def organisation(influx: Influx) -> str:
    """The id of the organisation."""
    headers = {"Authorization": f"Token {influx.token}"}
    found = httpx.get(f"{influx.url}/api/v2/orgs", params={"org": influx.org}, headers=headers).json()
    return str(found["orgs"][0]["id"])


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


def rolled(store: InfluxHistory) -> int:
    """How many values of the point are in roll-ups."""
    while store.roll_up(datetime.now(UTC), {}).more:
        pass
    parts = store.rollups("pump", "pump-1", "level", OLD - timedelta(days=1), NOW, timedelta(hours=1))
    return sum(part.count for part in parts)


def test_a_token_that_may_not_make_buckets_stores_readings_and_says_what_roll_ups_lack(
    influx: Influx, caplog: pytest.LogCaptureFixture
) -> None:
    httpx.post(
        f"{influx.url}/api/v2/buckets",
        json={"name": influx.bucket, "orgID": organisation(influx)},
        headers={"Authorization": f"Token {influx.token}"},
    ).raise_for_status()
    limited = history(replace(influx, token=limited_token(influx, "read", "write")))
    with caplog.at_level(logging.WARNING, "facility.store.influx"):
        limited.prepare()
    assert f"{influx.bucket}_5m" in caplog.text
    limited.write(LATE)
    refused(StoreRejected, lambda: limited.roll_up(NOW, {}), "40[134]", f"{influx.bucket}_5m")
    assert len(limited.windows("pump", "pump-1", "level", OLD, NOW, timedelta(hours=1))) == 1  # from readings
    allowed = history(influx)
    allowed.prepare()
    assert rolled(allowed) == 1


def test_a_retention_is_shortened_only_when_all_is_rolled_up(influx: Influx) -> None:
    long = history(influx, 400)
    long.prepare()
    long.write(LATE)
    short = history(influx, 10)
    short.prepare()
    assert kept(influx) == 400 * 86400
    assert rolled(short) == 1
    assert kept(influx) == 10 * 86400
    assert rolled(history(influx, 10)) == 1  # the reading may be gone by now; what it was is not


def test_a_server_that_goes_away_while_rolling_up_loses_nothing(influx: Influx) -> None:
    if influx.server.given:
        pytest.skip("the server at FACILITY_TEST_INFLUX_URL is not ours to kill")
    store = history(influx)
    store.prepare()
    store.write(LATE)
    influx.server.kill()
    refused(StoreUnavailable, lambda: store.roll_up(NOW, {}), "does not answer", "FACILITY_HISTORY")
    influx.server.restart()
    assert rolled(store) == 1


def test_on_1_6_retention_follows_and_waits_for_the_roll_up(influx_1: Influx) -> None:
    def keeps(database: str) -> str:
        user, _, password = influx_1.token.partition(":")
        query = {"q": f'SHOW RETENTION POLICIES ON "{database}"'}
        answer = httpx.get(f"{influx_1.url}/query", params=query, auth=(user, password)).json()
        return str(answer["results"][0]["series"][0]["values"][0][1])

    store = history(influx_1, 400)
    store.prepare()
    store.write(LATE)
    short = history(influx_1, 10)
    short.prepare()
    assert (keeps(influx_1.bucket), keeps(f"{influx_1.bucket}_5m")) == ("9600h0m0s", "0s")
    assert rolled(short) == 1
    assert keeps(influx_1.bucket) == "240h0m0s"


def test_on_1_6_a_wrong_password_is_named(influx_1: Influx) -> None:
    history(influx_1).prepare()
    wrong = history(replace(influx_1, token="facility:wrong-password"))
    refused(StoreRejected, wrong.prepare, "401", "FACILITY_INFLUX_TOKEN_FILE")
    refused(StoreUnavailable, lambda: wrong.write(GOOD), "401", "FACILITY_INFLUX_TOKEN_FILE")


class Scripted(BaseHTTPRequestHandler):
    """A server that answers as it is told: path → (status, JSON or text); `version` is what it calls itself."""

    version = ""
    answers: dict[str, tuple[int, object]]
    seen: list[tuple[str, dict[str, list[str]], bytes]]

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((parts.path, parse_qs(parts.query), body))
        status, answer = self.answers.get(parts.path, (404, "404 page not found\n"))
        data = b"" if status == 204 else (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        if self.version:
            self.send_header("X-Influxdb-Version", self.version)
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


def test_3_core_is_known_by_its_version_and_gets_its_databases_with_their_retention(
    scripted: tuple[type[Scripted], InfluxHistory], caplog: pytest.LogCaptureFixture
) -> None:
    server, store = scripted
    server.version = "3.4.1"
    server.answers = {"/api/v3/configure/database": (200, {}), "/api/v2/write": (204, ""), "/ping": (200, {})}
    with caplog.at_level(logging.WARNING, "facility.store.influx"):
        store.prepare()
    assert "72 h" in caplog.text
    made = [json.loads(body) for path, _, body in server.seen if path == "/api/v3/configure/database"]
    assert made == [{"db": "b_5m"}, {"db": "b_1h"}, {"db": "b", "retention_period": "2592000s"}]


@pytest.mark.parametrize(("version", "path"), [("1.7.11", "/write"), ("1.8.10", "/api/v2/write")])
def test_the_version_says_which_path_takes_lines(
    scripted: tuple[type[Scripted], InfluxHistory], version: str, path: str
) -> None:
    server, store = scripted
    server.version = version
    server.answers = {
        "/ping": (204, ""), "/write": (204, ""), "/api/v2/write": (204, ""), "/query": (200, {"results": [{}]}),
    }  # fmt: skip
    store.prepare()
    assert [each for each, _, body in server.seen if each.endswith("write")] == [path]


def test_a_full_disk_is_named_and_the_lines_are_kept(scripted: tuple[type[Scripted], InfluxHistory]) -> None:
    server, store = scripted
    server.answers = {"/api/v2/write": (500, {"code": "internal error", "message": "write: no space left on device"})}
    refused(StoreUnavailable, lambda: store.write(GOOD), "no space left", "Free space on the disk of InfluxDB")


def test_a_mark_of_late_lines_that_is_not_stored_is_written_again_with_its_lines(
    scripted: tuple[type[Scripted], InfluxHistory],
) -> None:
    server, store = scripted
    server.answers = {"/api/v2/write": (204, "")}
    store.write(GOOD)
    assert len(server.seen) == 1  # nothing late: no mark
    store.write(LATE + GOOD)
    marks = gzip.decompress(server.seen[-1][2]).decode()
    start = int(OLD.timestamp()) // 300 * 300
    assert marks.startswith(
        f'facility_late,site=garden,asset=pump-1 class_text="pump",since={start},until={start + 300} '
    )
    assert marks.count("\n") == 1
