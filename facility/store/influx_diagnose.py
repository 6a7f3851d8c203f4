"""What can be learnt of an InfluxDB of any version, each with the server's own words; a test line is written, read and removed.

It stands beside the adapter, not on it: a token or a bucket that the adapter would refuse is what is looked for here.
"""

import json
import re
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

MEASUREMENT = "facility_doctor"
"""Of the test line; no reading stands in it."""

TIMEOUT = 6.0  # seconds for one request
READ_BACK = 3.0  # seconds within which a line that was taken must be readable
_PART = re.compile(r"(\d+)([a-z]+)")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}


@dataclass(slots=True)
class InfluxFacts:
    """`trouble`: empty when it answers, else tls, away, no_influx. `write`, `read`, `buckets`: ok, or token, right, bucket,
    org, failed. `removed`: the test line is gone again. `keeps`: seconds of the bucket's retention, 0 for ever, None unknown.
    """

    url: str
    trouble: str = ""
    why: str = ""
    version: str = ""
    date: str = ""  # the answer's Date header
    asked_at: float = 0.0  # our Unix time in the middle of that request
    write: str = ""
    write_why: str = ""
    read: str = ""
    read_why: str = ""
    removed: bool = False
    keeps: int | None = None
    seen: set[str] = field(default_factory=set)  # buckets or databases that the token may see


def influx_facts(url: str, org: str, bucket: str, token: str, site: str) -> InfluxFacts:
    """Ask the server; never raises for what it can do."""
    facts = InfluxFacts(url)
    try:
        with httpx.Client(base_url=url.rstrip("/"), timeout=TIMEOUT) as http:
            _Examination(http, org, bucket, token, facts).run(site)
    except httpx.RequestError as error:
        facts.why = facts.why or str(error) or type(error).__name__
        facts.trouble = "tls" if _of_tls(error) else "away"
    except (httpx.InvalidURL, ValueError) as error:
        facts.trouble, facts.why = "no_influx", str(error)
    return facts


class _Examination:
    """One conversation with one server."""

    def __init__(self, http: httpx.Client, org: str, bucket: str, token: str, facts: InfluxFacts) -> None:
        self._http, self._org, self._bucket, self._token, self._facts = http, org, bucket, token, facts
        self._at = time.time_ns()

    def run(self, site: str) -> None:
        """All questions, in an order in which each makes sense."""
        self._greet()
        if self._facts.trouble:
            return
        self._look_at_retention()
        line = f"{MEASUREMENT},site={site or '-'} probe=1 {self._at}"
        self._write(line)
        self._read()
        if self._facts.write == "ok":
            self._facts.removed = self._remove()

    def _greet(self) -> None:
        began = time.time()
        answer = self._http.get("/ping")
        facts = self._facts
        facts.version = answer.headers.get("X-Influxdb-Version", "").removeprefix("v")
        facts.date, facts.asked_at = answer.headers.get("Date", ""), (began + time.time()) / 2
        if not facts.version and answer.status_code not in (200, 204):
            facts.trouble, facts.why = "no_influx", f"/ping answers {answer.status_code}"
        user, colon, password = self._token.partition(":")
        if self._one and colon:
            self._http.auth = httpx.BasicAuth(user, password)
        elif self._token:
            self._http.headers["Authorization"] = f"Token {self._token}"

    @property
    def _one(self) -> bool:
        return self._facts.version.startswith("1.")

    @property
    def _three(self) -> bool:
        return self._facts.version.startswith("3.")

    def _look_at_retention(self) -> None:
        if self._three:
            return  # Core says its retention to its own tools alone
        if self._one:
            self._policies()
            return
        answer = self._http.get("/api/v2/buckets", params={"org": self._org, "name": self._bucket})
        for bucket in _json(answer).get("buckets") or []:
            self._facts.seen.add(bucket["name"])
            rules = bucket.get("retentionRules") or []
            self._facts.keeps = int(rules[0]["everySeconds"]) if rules else 0

    def _policies(self) -> None:
        answer = self._query(f'SHOW RETENTION POLICIES ON "{self._bucket}"')
        for series in _series(answer):
            for values in series["values"]:
                row = dict(zip(series["columns"], values, strict=True))
                if row.get("default"):
                    self._facts.seen.add(self._bucket)
                    self._facts.keeps = _seconds(str(row["duration"]))

    def _write(self, line: str) -> None:
        if self._one:
            answer = self._http.post("/write", params={"db": self._bucket, "precision": "ns"}, content=line)
        else:
            parameters = {"org": self._org, "bucket": self._bucket, "precision": "ns"}
            answer = self._http.post("/api/v2/write", params=parameters, content=line)
        self._facts.write, self._facts.write_why = self._judged(answer)

    def _read(self) -> None:
        """A line is not always readable at once; and without a line the answer says whether we may read."""
        end = time.monotonic() + READ_BACK
        while True:
            answer = self._query(f'SELECT "probe" FROM "{MEASUREMENT}" WHERE time = {self._at}')
            self._facts.read, self._facts.read_why = self._judged(answer)
            found = any(series.get("values") for series in _series(answer))
            if self._facts.read != "ok" or found or self._facts.write != "ok":
                return
            if time.monotonic() > end:
                self._facts.read, self._facts.read_why = "failed", ""
                return
            time.sleep(0.1)

    def _remove(self) -> bool:
        if self._three:
            return False  # Core cannot delete
        if self._one:
            answer = self._http.post("/query", params={"db": self._bucket, "q": f'DELETE FROM "{MEASUREMENT}"'})
            return answer.is_success and b'"error"' not in answer.content
        body = {
            "start": "1970-01-01T00:00:00Z",
            "stop": "2200-01-01T00:00:00Z",
            "predicate": f'_measurement="{MEASUREMENT}"',
        }
        parameters = {"org": self._org, "bucket": self._bucket}
        return self._http.post("/api/v2/delete", params=parameters, json=body).is_success

    def _query(self, query: str) -> httpx.Response:
        return self._http.get("/query", params={"db": self._bucket, "q": query, "epoch": "ns"})

    def _judged(self, answer: httpx.Response) -> tuple[str, str]:
        """What the answer means, and the server's own words."""
        words = _words(answer)
        if answer.is_success and not words:
            return "ok", ""
        low = words.lower()
        if "organization" in low and "not found" in low:
            return "org", words
        if "not found" in low or answer.status_code == 404:
            return "bucket", words
        if answer.status_code == 403 or "permission" in low or "not authorized" in low or "forbidden" in low:
            return "right", words
        if answer.status_code == 401:
            return "token", words
        return "failed", words or f"HTTP {answer.status_code}"


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(answer: httpx.Response) -> str:
    body = _json(answer)
    inner = (body.get("results") or [{}])[0].get("error")
    return str(inner or body.get("message") or body.get("error") or "")


def _series(answer: httpx.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (_json(answer).get("results") or [{}])[0].get("series") or []
    return found


def _seconds(duration: str) -> int:
    """`2160h0m0s` as seconds."""
    return sum(int(number) * _SECONDS.get(unit, 0) for number, unit in _PART.findall(duration))


def _of_tls(error: BaseException) -> bool:
    """Somewhere in the chain of causes the TLS library refused."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return "SSL" in str(error) or "CERTIFICATE" in str(error)
