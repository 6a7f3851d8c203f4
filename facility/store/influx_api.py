"""Buckets of InfluxDB 2.x by its HTTP API: made, and given another retention."""

import logging
from typing import Any

import httpx

from facility.store.influx_retention import MayShorten, changes
from facility.store.influx_wire import InfluxWire, words

log = logging.getLogger(__name__)

BUCKETS = "/api/v2/buckets"


def follow(wire: InfluxWire, bucket: str, seconds: int, may_shorten: MayShorten) -> int | None:
    """How long the bucket keeps now, made or changed where we may; None: this server knows no buckets.

    StoreUnavailable, StoreRejected with the remedy.
    """
    answer = wire.request("GET", BUCKETS, params={"name": bucket, "org": wire.org})
    text = words(answer.content)
    if answer.status_code == 404 and not text:
        return None
    if not answer.is_success and not (answer.status_code == 404 and text.startswith("bucket ")):
        raise wire.refused(answer.status_code, text, bucket)
    found = _first(wire, bucket, answer, "buckets") if answer.is_success else None
    if found is None:
        return _made(wire, bucket, seconds)
    rules = found.get("retentionRules") or [{}]
    present = int(rules[0].get("everySeconds", 0))
    if not changes(bucket, present, seconds, may_shorten):
        return present
    return _changed(wire, bucket, str(found["id"]), present, seconds)


def _made(wire: InfluxWire, bucket: str, seconds: int) -> int:
    answer = wire.request("GET", "/api/v2/orgs", params={"org": wire.org})
    org = _first(wire, bucket, answer, "orgs") if answer.is_success else None
    if org is None:
        text = words(answer.content) or f"organization {wire.org!r} is not to be seen with this token"
        raise wire.refused(404 if answer.is_success else answer.status_code, text, bucket)
    answer = wire.request("POST", BUCKETS, json={"orgID": org["id"], "name": bucket, "retentionRules": _rules(seconds)})
    if not answer.is_success:
        raise wire.refused(answer.status_code, words(answer.content), bucket)
    log.info("bucket %s was made", bucket)
    return seconds


def _changed(wire: InfluxWire, bucket: str, id: str, present: int, seconds: int) -> int:
    answer = wire.request("PATCH", f"{BUCKETS}/{id}", json={"retentionRules": _rules(seconds)})
    if answer.is_success:
        return seconds
    if answer.status_code not in (401, 403, 404):
        raise wire.refused(answer.status_code, words(answer.content), bucket)
    log.warning("bucket %s keeps %d s, wanted %d s: the token may not change it", bucket, present, seconds)
    return present


def _rules(seconds: int) -> list[dict[str, object]]:
    return [{"type": "expire", "everySeconds": seconds}]


def _first(wire: InfluxWire, bucket: str, answer: httpx.Response, what: str) -> dict[str, Any] | None:
    """The first of a list that was asked for; None: there is none. StoreRejected: this is no answer of an InfluxDB."""
    try:
        found: list[dict[str, Any]] = answer.json().get(what) or []
    except (ValueError, AttributeError):
        raise wire.refused(404, "", bucket) from None
    return found[0] if found else None
