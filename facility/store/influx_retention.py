"""Whether the retention of a bucket is to be changed: only ever shortened when nothing is lost by it that is not rolled up."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

MayShorten = Callable[[int], bool]
"""Whether nothing is lost when all that is older than so many seconds is removed."""


def changes(bucket: str, present: int, wanted: int, may_shorten: MayShorten) -> bool:
    """The retention is to be changed now."""
    if present == wanted:
        return False
    shorter = wanted and (not present or wanted < present)
    if shorter and not may_shorten(wanted):
        log.info("bucket %s keeps %d s until its readings are rolled up, then %d s", bucket, present, wanted)
        return False
    return True
