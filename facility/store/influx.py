"""Readings in InfluxDB: writes through /api/v2/write (1.8, 2.x, 3.x) or /write (older), reads by InfluxQL on all of them.

Writing goes over a plain HTTP client, which costs less than influxdb-client and says exactly what the server answered;
buckets and retention go through influxdb-client.
"""

import gzip
import json
import logging
import weakref
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from facility.domain.errors import StoreError, StoreRejected, StoreUnavailable
from facility.ports import Sample

log = logging.getLogger(__name__)

STORE = "history"
TIMEOUT = 15.0  # seconds for one request
EPOCH = datetime.fromtimestamp(0, UTC)
DAY = 86_400  # seconds
TOKEN = "Put a token that may read and write bucket {bucket!r} of organisation {org!r} into FACILITY_INFLUX_TOKEN_FILE"


class InfluxHistory:
    """Port History. A line that cannot be stored for good is StoreRejected; wrong token or bucket while writing is
    StoreUnavailable, so that a spool keeps its lines until an operator has mended the server.
    """

    def __init__(self, *, url: str, org: str, bucket: str, token: str, retention_days: int, site: str) -> None:
        self._url = url.rstrip("/")
        self._org = org
        self._bucket = bucket
        self._token = token
        self._retention = retention_days * DAY
        self._site = site
        self._http = httpx.Client(base_url=self._url, headers={"Authorization": f"Token {token}"}, timeout=TIMEOUT)
        weakref.finalize(self, self._http.close)
        self._old = False  # the server knows only /write

    def prepare(self) -> None:
        """Make the bucket with its retention where the token may; StoreUnavailable, StoreRejected with the remedy."""
        try:
            with InfluxDBClient(url=self._url, token=self._token, org=self._org, timeout=int(TIMEOUT * 1000)) as client:
                self._prepare_bucket(client)
        except HTTPError as error:
            raise self._away(str(error)) from error
        except ApiException as error:
            if error.status != 404 or _words(error.body):
                raise self._refused(error.status or 0, _words(error.body)) from error
            self._prepare_database()
        except InfluxDBError as error:
            raise self._refused(404, str(error)) from error
        answer = self._send(_compressed(b""))
        if not answer.is_success:
            raise self._refused(answer.status_code, _words(answer.content))

    def write(self, lines: bytes) -> None:
        """One request, compressed; StoreRejected when the server refuses a line (it may have stored the others)."""
        if lines:
            self.write_gzip(_compressed(lines))

    def write_gzip(self, body: bytes) -> None:
        """One request with lines that are compressed already; errors as of `write`."""
        answer = self._send(body)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return  # nothing else means stored: 200 is the page of a proxy in between, or a server that could not
        words = _words(answer.content)
        if answer.status_code in (400, 413, 422):
            raise StoreRejected(STORE, f"InfluxDB refused lines: {words}", "Leave the lines out that it names")
        raise self._unavailable(answer.status_code, words)

    def windows(
        self, asset_class: str, asset: str, point: str, since: datetime, until: datetime, every: timedelta
    ) -> list[Sample]:
        """Windows start at `since`; empty ones are left out."""
        field, step = _name(point), _ns(EPOCH + every)
        wanted = ", ".join(f"{function}({field})" for function in ("mean", "min", "max", "last", "count"))
        query = (
            f"SELECT {wanted} FROM {self._range(asset_class, asset, since, until)}"
            f" GROUP BY time({step}ns, {_ns(since) % step}ns) fill(none)"
        )
        rows = [row for series in self._query(query) for row in series["values"]]
        return [
            Sample(_moment(at), float(mean), float(low), float(high), float(last), count)
            for at, mean, low, high, last, count in rows
        ]

    def count(self, asset_class: str, asset: str, since: datetime, until: datetime) -> int:
        """Number of lines in [since, until); reads them all, since fields are counted apart."""
        query = f"SELECT *::field FROM {self._range(asset_class, asset, since, until)}"
        parameters = {"db": self._bucket, "q": query, "epoch": "ns", "chunked": "true"}
        number = 0
        try:
            with self._http.stream("GET", "/query", params=parameters) as answer:
                if not answer.is_success:
                    raise self._refused(answer.status_code, _words(answer.read()))
                for chunk in filter(None, answer.iter_lines()):
                    number += sum(len(series["values"]) for series in self._series(json.loads(chunk)))
        except httpx.RequestError as error:
            raise self._away(str(error)) from error
        return number

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _prepare_bucket(self, client: InfluxDBClient) -> None:
        buckets: Any = client.buckets_api()
        rules = BucketRetentionRules(type="expire", every_seconds=self._retention)  # type: ignore[no-untyped-call]
        found = self._find(buckets)
        if found is None:
            buckets.create_bucket(bucket_name=self._bucket, retention_rules=[rules], org=self._org)
            log.info("bucket %s was made", self._bucket)
            return
        present = found.retention_rules[0].every_seconds if found.retention_rules else 0
        if present == self._retention:
            return
        found.retention_rules = [rules]
        try:
            buckets.update_bucket(found)
        except ApiException as error:
            if error.status not in (401, 403, 404):
                raise
            log.warning(
                "bucket %s keeps %d s, wanted %d s: the token may not change it", self._bucket, present, self._retention
            )

    def _find(self, buckets: Any) -> Any:
        try:
            known = buckets.find_buckets(name=self._bucket, org=self._org).buckets
        except ApiException as error:
            if error.status == 404 and _words(error.body).startswith("bucket "):
                return None
            raise
        return known[0] if known else None

    def _prepare_database(self) -> None:
        """InfluxDB 1.x (and 3.x, which makes databases by itself) have no buckets to ask for."""
        duration = f"{self._retention}s" if self._retention else "INF"
        query = f"CREATE DATABASE {_name(self._bucket)} WITH DURATION {duration} REPLICATION 1 NAME facility"
        answer = self._request("POST", "/query", params={"q": query})
        if not answer.is_success or b'"error"' in answer.content:
            log.warning("database %s was not made: %s", self._bucket, _words(answer.content))

    def _send(self, body: bytes) -> httpx.Response:
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        if not self._old:
            parameters = {"org": self._org, "bucket": self._bucket, "precision": "ns"}
            answer = self._request("POST", "/api/v2/write", params=parameters, content=body, headers=headers)
            if answer.status_code != 404 or _words(answer.content):
                return answer
        answer = self._request(
            "POST", "/write", params={"db": self._bucket, "precision": "ns"}, content=body, headers=headers
        )
        self._old = answer.is_success
        return answer

    def _query(self, query: str) -> list[dict[str, Any]]:
        answer = self._request("GET", "/query", params={"db": self._bucket, "q": query, "epoch": "ns"})
        if not answer.is_success:
            raise self._refused(answer.status_code, _words(answer.content))
        return self._series(answer.json())

    def _series(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        result = answer["results"][0]
        if "error" in result:
            raise self._refused(404 if "not found" in result["error"] else 400, result["error"])
        found: list[dict[str, Any]] = result.get("series", [])
        return found

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.RequestError as error:
            raise self._away(str(error) or type(error).__name__) from error

    def _range(self, asset_class: str, asset: str, since: datetime, until: datetime) -> str:
        return (
            f"{_name(asset_class)} WHERE site = {_text(self._site)} AND asset = {_text(asset)}"
            f" AND time >= {_ns(since)} AND time < {_ns(until)}"
        )

    def _away(self, what: str) -> StoreUnavailable:
        return StoreUnavailable(
            STORE, f"InfluxDB at {self._url} does not answer ({what})", "Start it, check FACILITY_HISTORY"
        )

    def _unavailable(self, status: int, words: str) -> StoreUnavailable:
        return StoreUnavailable(STORE, f"InfluxDB answered {status}: {words}", self._remedy(status, words))

    def _refused(self, status: int, words: str) -> StoreError:
        if status >= 500 or status == 429:
            return self._unavailable(status, words)
        return StoreRejected(STORE, f"InfluxDB answered {status}: {words}", self._remedy(status, words))

    def _remedy(self, status: int, words: str) -> str:
        if not words and status < 500:
            return f"{self._url} seems to be no InfluxDB: check FACILITY_HISTORY"
        if status == 401:
            return TOKEN.format(bucket=self._bucket, org=self._org)
        if "organization" in words:
            return f"Name an organisation of this server in FACILITY_INFLUX_ORG instead of {self._org!r}"
        if status in (403, 404):
            retention = f" --retention {self._retention}s" if self._retention else ""
            return f"Run: influx bucket create --org {self._org} --name {self._bucket}{retention}; or give a token that may"
        return "Look at the log of InfluxDB"


def _compressed(lines: bytes) -> bytes:
    return gzip.compress(lines, compresslevel=1, mtime=0)


def _words(body: bytes | str | None) -> str:
    """The server's own words in a JSON answer; empty when it is not JSON (as of a path that it does not know)."""
    try:
        answer = json.loads(body or "")
    except ValueError:
        return ""
    return str(answer.get("message") or answer.get("error") or "") if isinstance(answer, dict) else ""


def _name(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _ns(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def _moment(nanoseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)
