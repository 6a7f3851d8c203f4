"""Buckets of InfluxDB with their retention: by its API (2.x), by InfluxQL (1.x), at their making only (3 Core).

A retention is only ever shortened when nothing is lost by it that is not rolled up.
"""

import logging
import re

from facility.store.influx_api import follow
from facility.store.influx_retention import MayShorten, changes
from facility.store.influx_wire import InfluxWire, name, words

log = logging.getLogger(__name__)

_PART = re.compile(r"(\d+)([a-zµ]+)")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}


def prepare_bucket(wire: InfluxWire, version: str, bucket: str, seconds: int, may_shorten: MayShorten) -> int:
    """Make the bucket where we may, follow `seconds` (0: for ever); returns how long it keeps now.

    StoreUnavailable, StoreRejected with the remedy.
    """
    wire.keeps[bucket] = seconds
    if version.startswith("1."):
        return _database(wire, bucket, seconds, may_shorten)
    if version.startswith("3."):
        return _database_of_3(wire, bucket, seconds)
    kept = follow(wire, bucket, seconds, may_shorten)
    return _database(wire, bucket, seconds, may_shorten) if kept is None else kept


def _database(wire: InfluxWire, database: str, seconds: int, may_shorten: MayShorten) -> int:
    """InfluxDB 1.x has no buckets: a database with a default retention policy."""
    policy = _policy(wire, database)
    duration = f"{seconds}s" if seconds else "INF"
    if policy is None:
        refused = wire.command(f"CREATE DATABASE {name(database)} WITH DURATION {duration} REPLICATION 1 NAME facility")
        if refused:
            log.warning("database %s was not made: %s", database, refused)
        return seconds
    policy_name, present = policy
    if not changes(database, present, seconds, may_shorten):
        return present
    refused = wire.command(f"ALTER RETENTION POLICY {name(policy_name)} ON {name(database)} DURATION {duration}")
    if refused:
        log.warning("database %s keeps %d s, wanted %d s: %s", database, present, seconds, refused)
        return present
    return seconds


def _policy(wire: InfluxWire, database: str) -> tuple[str, int] | None:
    """Name and seconds of the database's default policy; None: there is no such database, or we may not look."""
    answer = wire.request("GET", "/query", params={"q": f"SHOW RETENTION POLICIES ON {name(database)}"})
    if not answer.is_success or b'"error"' in answer.content:
        return None
    for series in answer.json()["results"][0].get("series", []):
        for values in series["values"]:
            row = dict(zip(series["columns"], values, strict=True))
            if row.get("default"):
                return row["name"], _seconds(row["duration"])
    return None


def _database_of_3(wire: InfluxWire, database: str, seconds: int) -> int:
    """InfluxDB 3 Core sets the retention when a database is made and never again (by its documentation; not tried)."""
    body: dict[str, object] = {"db": database}
    if seconds:
        body["retention_period"] = f"{seconds}s"
    answer = wire.request("POST", "/api/v3/configure/database", json=body)
    if not answer.is_success and answer.status_code != 409:
        log.warning("database %s was not made: %s", database, words(answer.content) or answer.status_code)
    return seconds


def _seconds(duration: str) -> int:
    """`2160h0m0s` as seconds."""
    return sum(int(number) * _SECONDS.get(unit, 0) for number, unit in _PART.findall(duration))
