"""History: each trouble on a real InfluxDB, and the embedded file."""

import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from facility.cli.doctor.finding import Severity
from facility.cli.doctor.history import look_at_file, look_at_influx
from facility.cli.doctor.installation import Installation
from facility.store.influx_diagnose import MEASUREMENT, influx_facts
from tests.facility.cli.doctor.conftest import ids
from tests.harness.ladders import Influx
from tests.harness.ports import free_port

Change = Callable[..., Installation]
DAYS = 400


def bucket(influx: Influx, days: int = DAYS) -> str:
    """Make the bucket; its id."""
    answer = call(influx, "POST", "/api/v2/buckets", json=bucket_body(influx, days))
    return str(answer["id"])


def bucket_body(influx: Influx, days: int) -> dict[str, Any]:
    org = call(influx, "GET", "/api/v2/orgs", params={"org": influx.org})["orgs"][0]["id"]
    rules = [{"type": "expire", "everySeconds": days * 86_400}]
    return {"orgID": org, "name": influx.bucket, "retentionRules": rules}


def token(influx: Influx, bucket_id: str, *actions: str) -> str:
    """A token that may do this with the bucket, and no more."""
    org = bucket_body(influx, 1)["orgID"]
    resource = {"type": "buckets", "id": bucket_id, "orgID": org}
    permissions = [{"action": action, "resource": resource} for action in actions]
    body = {"orgID": org, "permissions": permissions}
    return str(call(influx, "POST", "/api/v2/authorizations", json=body)["token"])


def call(influx: Influx, method: str, path: str, **options: Any) -> Any:
    headers = {"Authorization": f"Token {influx.token}"}
    answer = httpx.request(method, influx.url + path, headers=headers, timeout=10, **options)
    return answer.raise_for_status().json()


def examined(change: Change, influx: Influx, key: str, **more: object) -> dict[str, Severity]:
    settings: dict[str, object] = {"history": influx.url, "influx_org": influx.org, "influx_bucket": influx.bucket}
    settings |= {"influx_token": key, "retention_days": DAYS} | more
    return ids(look_at_influx(change(**settings)))


def test_all_is_well_and_the_test_line_is_gone(with_settings: Change, influx: Influx) -> None:
    key = token(influx, bucket(influx), "read", "write")
    found = examined(with_settings, influx, key)
    assert set(found) == {"reached", "written_removed", "retention", "agrees"}
    assert set(found.values()) == {Severity.FINE}
    query = {"db": influx.bucket, "q": f"SELECT * FROM {MEASUREMENT}"}
    assert "series" not in call(influx, "GET", "/query", params=query)["results"][0]


def test_rights_that_are_missing(with_settings: Change, influx: Influx) -> None:
    id = bucket(influx)
    assert "no_write" in examined(with_settings, influx, token(influx, id, "read"))
    assert "no_read" in examined(with_settings, influx, token(influx, id, "write"))
    other = call(influx, "POST", "/api/v2/buckets", json=bucket_body(influx, DAYS) | {"name": influx.bucket + "_other"})
    found = examined(with_settings, influx, token(influx, other["id"], "read", "write"))
    assert found.keys() & {"bucket", "no_rights", "no_write", "no_read"}


def test_wrong_token_bucket_and_organisation(with_settings: Change, influx: Influx) -> None:
    assert examined(with_settings, influx, "nobody's")["token"] is Severity.WRONG
    assert examined(with_settings, influx, influx.token)["bucket"] is Severity.WRONG
    assert examined(with_settings, influx, influx.token, influx_org="nobody")["org"] is Severity.WRONG


def test_retention(with_settings: Change, influx: Influx) -> None:
    bucket(influx, days=30)
    assert examined(with_settings, influx, influx.token)["retention_short"] is Severity.WRONG
    assert examined(with_settings, influx, influx.token, retention_days=0)["retention_short"] is Severity.WRONG
    assert examined(with_settings, influx, influx.token, retention_days=7)["retention_long"] is Severity.NOTE


def test_nobody_there_and_somebody_else(with_settings: Change) -> None:
    port = free_port()
    assert ids(look_at_influx(with_settings(history=f"http://127.0.0.1:{port}"))) == {"away": Severity.WRONG}
    with socket.create_server(("127.0.0.1", port)) as plain:
        plain.settimeout(5)

        def hang_up() -> None:
            caller, _ = plain.accept()
            caller.sendall(b"this is no TLS\r\n")
            caller.close()

        threading.Thread(target=hang_up, daemon=True).start()
        facts = influx_facts(f"https://127.0.0.1:{port}", "o", "b", "t", "s")
    assert facts.trouble == "tls"


def test_the_embedded_file(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    assert ids(look_at_file(file, 100)) == {"file_absent": Severity.NOTE}
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert ids(look_at_file(file, 5000)) == {"too_many_points": Severity.NOTE, "file": Severity.FINE}
    file.write_bytes(b"no database" * 100)
    assert ids(look_at_file(file, 100)) == {"file_unusable": Severity.WRONG}
