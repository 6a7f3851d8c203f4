"""Buckets of InfluxDB 2.x by its own client: made, and given another retention."""

import logging
from typing import Any

from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from facility.store.influx_retention import MayShorten, changes
from facility.store.influx_wire import TIMEOUT, InfluxWire, words

log = logging.getLogger(__name__)


def follow(wire: InfluxWire, bucket: str, seconds: int, may_shorten: MayShorten) -> int | None:
    """How long the bucket keeps now, made or changed where we may; None: this server knows no buckets.

    StoreUnavailable, StoreRejected with the remedy.
    """
    try:
        with InfluxDBClient(url=wire.url, token=wire.token, org=wire.org, timeout=int(TIMEOUT * 1000)) as client:
            return _bucket(client.buckets_api(), wire.org, bucket, seconds, may_shorten)
    except HTTPError as error:
        raise wire.away(str(error)) from error
    except ApiException as error:
        if error.status != 404 or words(error.body):
            raise wire.refused(error.status or 0, words(error.body), bucket) from error
        return None
    except InfluxDBError as error:
        raise wire.refused(404, str(error), bucket) from error


def _bucket(buckets: Any, org: str, bucket: str, seconds: int, may_shorten: MayShorten) -> int:
    rules = BucketRetentionRules(type="expire", every_seconds=seconds)  # type: ignore[no-untyped-call]
    found = _find(buckets, org, bucket)
    if found is None:
        buckets.create_bucket(bucket_name=bucket, retention_rules=[rules], org=org)
        log.info("bucket %s was made", bucket)
        return seconds
    present = found.retention_rules[0].every_seconds if found.retention_rules else 0
    if not changes(bucket, present, seconds, may_shorten):
        return int(present)
    found.retention_rules = [rules]
    try:
        buckets.update_bucket(found)
    except ApiException as error:
        if error.status not in (401, 403, 404):
            raise
        log.warning("bucket %s keeps %d s, wanted %d s: the token may not change it", bucket, present, seconds)
        return int(present)
    return seconds


def _find(buckets: Any, org: str, bucket: str) -> Any:
    try:
        known = buckets.find_buckets(name=bucket, org=org).buckets
    except ApiException as error:
        if error.status == 404 and words(error.body).startswith("bucket "):
            return None
        raise
    return known[0] if known else None
