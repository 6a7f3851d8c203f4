"""The wire to InfluxDB of any version: requests, its own words in answers, and what they mean to us.

Writing goes over a plain HTTP client, which costs less than influxdb-client and says exactly what the server answered.
"""

import gzip
import json
import logging
import weakref
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx

from facility.domain.errors import StoreError, StoreRejected, StoreUnavailable
from facility.domain.rollup import EPOCH

log = logging.getLogger(__name__)

STORE = "history"
TIMEOUT = 15.0  # seconds for one request
TOKEN = "Put a token that may read and write bucket {bucket!r} of organisation {org!r} into FACILITY_INFLUX_TOKEN_FILE"
FULL = "no space left on device"

Series = dict[str, Any]
"""One series of an answer: name, tags, columns, values."""


class InfluxWire:
    """One server. A bucket of 2.x is a database to `/query` of 1.x, 2.x and 3.x. `keeps`: bucket → seconds, for remedies."""

    def __init__(self, url: str, org: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.org = org
        self.token = token
        self.keeps: dict[str, int] = {}
        self._http = httpx.Client(base_url=self.url, headers={"Authorization": f"Token {token}"}, timeout=TIMEOUT)
        weakref.finalize(self, self._http.close)
        self._old = False  # the server knows only /write
        self._greeted = ":" not in token  # user:password is for 1.x, if it is one

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def version(self) -> str:
        """As the server names itself ("1.6.7", "2.9.1", "3.4.0"); empty when it does not say. StoreUnavailable."""
        self._greeted = True
        answer = self.request("GET", "/ping")
        version = str(answer.headers.get("X-Influxdb-Version", "")).removeprefix("v")
        if version.startswith("1."):
            self._speak_1(version)
        return version

    def send(self, bucket: str, lines: bytes) -> httpx.Response:
        """Write lines, as `send_gzip`."""
        return self.send_gzip(bucket, compressed(lines))

    def send_gzip(self, bucket: str, body: bytes) -> httpx.Response:
        """Write compressed lines to the path that this server knows; any answer is returned."""
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        if not self._old:
            parameters = {"org": self.org, "bucket": bucket, "precision": "ns"}
            answer = self.request("POST", "/api/v2/write", params=parameters, content=body, headers=headers)
            if answer.status_code != 404 or words(answer.content):
                return answer
        answer = self.request("POST", "/write", params={"db": bucket, "precision": "ns"}, content=body, headers=headers)
        self._old = answer.is_success
        return answer

    def put(self, bucket: str, lines: bytes) -> None:
        """Write lines; StoreUnavailable, StoreRejected."""
        answer = self.send(bucket, lines)
        if answer.status_code != httpx.codes.NO_CONTENT:
            raise self.refused(answer.status_code, words(answer.content), bucket)

    def query(self, bucket: str, query: str) -> list[Series]:
        """The series of a short answer. StoreUnavailable, StoreRejected."""
        answer = self.request("GET", "/query", params={"db": bucket, "q": query, "epoch": "ns"})
        if not answer.is_success:
            raise self.refused(answer.status_code, words(answer.content), bucket)
        return self._series(answer.json(), bucket)

    def stream(self, bucket: str, query: str) -> Iterator[Series]:
        """The series of a long answer, in pieces as they come."""
        self._greet()
        parameters = {"db": bucket, "q": query, "epoch": "ns", "chunked": "true"}
        try:
            with self._http.stream("GET", "/query", params=parameters) as answer:
                if not answer.is_success:
                    raise self.refused(answer.status_code, words(answer.read()), bucket)
                for chunk in filter(None, answer.iter_lines()):
                    yield from self._series(json.loads(chunk), bucket)
        except httpx.RequestError as error:
            raise self.away(str(error) or type(error).__name__) from error

    def command(self, query: str) -> str:
        """Run an InfluxQL statement that changes the server; its words when it refused, else empty."""
        answer = self.request("POST", "/query", params={"q": query})
        if answer.is_success and b'"error"' not in answer.content:
            return ""
        try:
            results = answer.json().get("results") or [{}]
        except ValueError:
            results = [{}]
        return str(results[0].get("error") or words(answer.content) or f"HTTP {answer.status_code}")

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request; StoreUnavailable when nobody answers."""
        self._greet()
        try:
            return self._http.request(method, path, **options)
        except httpx.RequestError as error:
            raise self.away(str(error) or type(error).__name__) from error

    def away(self, what: str) -> StoreUnavailable:
        """Nobody answers."""
        return StoreUnavailable(
            STORE, f"InfluxDB at {self.url} does not answer ({what})", "Start it, check FACILITY_HISTORY"
        )

    def unavailable(self, status: int, text: str, bucket: str) -> StoreUnavailable:
        """An answer that may be another one later."""
        return StoreUnavailable(STORE, f"InfluxDB answered {status}: {text}", self.remedy(status, text, bucket))

    def refused(self, status: int, text: str, bucket: str) -> StoreError:
        """The named error for an answer."""
        if status >= 500 or status == 429:
            return self.unavailable(status, text, bucket)
        return StoreRejected(STORE, f"InfluxDB answered {status}: {text}", self.remedy(status, text, bucket))

    def remedy(self, status: int, text: str, bucket: str) -> str:
        """What an operator can do."""
        if not text and status < 500:
            return f"{self.url} seems to be no InfluxDB: check FACILITY_HISTORY"
        if FULL in text:
            return "Free space on the disk of InfluxDB"
        if status == 401:
            return TOKEN.format(bucket=bucket, org=self.org)
        if "organization" in text:
            return f"Name an organisation of this server in FACILITY_INFLUX_ORG instead of {self.org!r}"
        if status in (403, 404):
            seconds = self.keeps.get(bucket, 0)
            retention = f" --retention {seconds}s" if seconds else ""
            return f"Run: influx bucket create --org {self.org} --name {bucket}{retention}; or give a token that may"
        return "Look at the log of InfluxDB"

    def _greet(self) -> None:
        """Ask which version it is, once, before a password is sent in the way of that version."""
        if not self._greeted:
            self.version()

    def _series(self, answer: dict[str, Any], bucket: str) -> list[Series]:
        result = (answer.get("results") or [{}])[0]
        error = result.get("error") or answer.get("error")
        if error:
            raise self.refused(404 if "not found" in error else 400, error, bucket)
        found: list[Series] = result.get("series", [])
        return found

    def _speak_1(self, version: str) -> None:
        """1.x: before 1.8 only /write; user and password in place of a token."""
        self._old = int(version.split(".")[1]) < 8
        user, colon, password = self.token.partition(":")
        if colon:
            self._http.auth = (user, password)
            self._http.headers.pop("Authorization", None)


def words(body: bytes | str | None) -> str:
    """The server's own words in a JSON answer; empty when it is not JSON (as of a path that it does not know)."""
    try:
        answer = json.loads(body or "")
    except ValueError:
        return ""
    return str(answer.get("message") or answer.get("error") or "") if isinstance(answer, dict) else ""


def name(text: str) -> str:
    """An identifier of InfluxQL."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def literal(text: str) -> str:
    """A string of InfluxQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def ns(at: datetime) -> int:
    """Nanoseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def moment(nanoseconds: int) -> datetime:
    """The moment of nanoseconds since 1970."""
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)


def compressed(lines: bytes) -> bytes:
    """As InfluxDB takes a body: one gzip member."""
    return gzip.compress(lines, compresslevel=1, mtime=0)
