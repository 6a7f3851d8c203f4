"""Readings in InfluxDB: writes through /api/v2/write (1.8, 2.x, 3.x) or /write (older), reads by InfluxQL on all of them.

Roll-ups stand in buckets of their own beside the bucket of readings: `<bucket>_5m` and `<bucket>_1h`.
"""

import gzip
import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from facility.domain.counter import Counter
from facility.domain.errors import StoreRejected
from facility.domain.reading import Value
from facility.domain.rollup import EPOCH, Counters, Level, Rolled, Rollup, summary
from facility.domain.stored import Stored
from facility.ports import Sample
from facility.store.influx_buckets import prepare_bucket
from facility.store.influx_late import is_late, late_marks
from facility.store.influx_rollups import InfluxRollups
from facility.store.influx_wire import STORE, InfluxWire, compressed, literal, moment, name, ns, words
from facility.store.levels import Kept, Stretch, plan, samples, windows
from facility.store.line_protocol import put

log = logging.getLogger(__name__)

DAY = 86_400  # seconds
LIMITS_OF_3 = (
    "InfluxDB 3 Core is used by its documentation and was not tried: a query reaches about 72 h of readings, longer charts "
    "read roll-ups; of its 5 databases readings and roll-ups take 3; retention cannot be changed after a database was made"
)
KNOWN_FOR = 20.0  # seconds for which a reader takes what it knows of roll-ups as true: they only grow


class InfluxHistory:
    """Port History. A line that cannot be stored for good is StoreRejected; wrong token or bucket while writing is
    StoreUnavailable, so that a spool keeps its lines until an operator has mended the server.
    """

    def __init__(
        self,
        *,
        url: str,
        org: str,
        bucket: str,
        token: str,
        retention_days: int,
        site: str,
        rolled_days: tuple[int, int] = (0, 0),
    ) -> None:
        self._wire = InfluxWire(url, org, token)
        self._bucket = bucket
        self._site = site
        self._wanted = self._kept = Kept(retention_days, *rolled_days)
        self._rollups = InfluxRollups(self._wire, bucket, site)
        self._rolled: datetime | None = None
        self._known_until = 0.0
        self._version = ""
        self._told = ""
        self._rolling = threading.Lock()
        self._shortened = False

    def prepare(self) -> None:
        """Make the buckets with their retention where the token may; StoreUnavailable, StoreRejected with the remedy.

        A bucket of roll-ups that cannot be had stops no reading from being stored: `roll_up` says what is missing.
        """
        self._version = self._wire.version()
        if self._version.startswith("3."):
            self._tell(LIMITS_OF_3)
        self._prepare_levels()
        keeps = prepare_bucket(self._wire, self._version, self._bucket, self._wanted.raw * DAY, self._may_shorten)
        self._kept = Kept(_days(keeps), self._kept.fine, self._kept.coarse)
        answer = self._wire.send(self._bucket, b"")
        if not answer.is_success:
            raise self._wire.refused(answer.status_code, words(answer.content), self._bucket)

    def write(self, lines: bytes) -> None:
        """One request, compressed; StoreRejected when the server refuses a line (it may have stored the others)."""
        if lines:
            self.write_gzip(compressed(lines))

    def write_gzip(self, body: bytes, oldest: int = 0) -> None:
        """One request with lines that are compressed already; errors as of `write`. They are looked at when one may be late."""
        self._store(body)
        now = datetime.now(UTC)
        marks = late_marks(gzip.decompress(body), now) if is_late(oldest, now) else b""
        if marks:  # after the lines: who sees a mark sees what it is about. A mark that is lost is written again with the lines
            self._store(compressed(marks))

    def windows(
        self, asset_class: str, asset: str, point: str, since: datetime, until: datetime, every: timedelta
    ) -> list[Sample]:
        """Windows start at `since`; empty ones are left out."""
        return samples(self.rollups(asset_class, asset, point, since, until, every))

    def rollups(
        self,
        asset_class: str,
        asset: str,
        point: str,
        since: datetime,
        until: datetime,
        every: timedelta,
        counter: Counter | None = None,
    ) -> list[Rollup]:
        """Windows start at `since`; empty ones are left out."""
        parts: list[Rollup] = []
        for part in plan(since, until, every, self._rolled_until(), self._kept):
            where = self._range(asset_class, asset, part.since, part.until)
            if part.level is not None and counter is None and every > part.level.width:
                parts += self._rollups.gathered(part.level, where, point, since, every)
            elif part.level is not None:
                parts += self._rollups.rows(part.level, where, point)
            elif counter is not None:
                parts += self._counted(where, point, since, every, counter)
            else:
                parts += self._aggregated(where, point, part, since, every)
        return windows(parts, since, every, counter)

    def roll_up(self, now: datetime, counters: Counters) -> Rolled:
        """Some new windows and some late ones, as many as fit into a fraction of a second."""
        with self._rolling:
            rolled = self._rollups.step(now, counters, self._kept)
            if not rolled.more and self._kept != self._wanted and not self._shortened:
                self._shortened = True  # tried once: retention could not be shortened before all was rolled up
                self.prepare()
        return rolled

    def readings(self, asset_class: str, asset: str, since: datetime, until: datetime) -> list[Stored]:
        """From the bucket of readings alone; roll-ups hold no readings."""
        query = f"SELECT *::field FROM {self._range(asset_class, asset, since, until)}"
        found: list[Stored] = []
        for series in self._wire.stream(self._bucket, query):
            names = series["columns"][1:]
            for at, *fields in series["values"]:
                found.append(
                    _stored(at, {name: each for name, each in zip(names, fields, strict=True) if each is not None})
                )
        return found

    def count(self, asset_class: str, asset: str, since: datetime, until: datetime) -> int:
        """Number of lines in [since, until); reads them all, since fields are counted apart."""
        query = f"SELECT *::field FROM {self._range(asset_class, asset, since, until)}"
        return sum(len(series["values"]) for series in self._wire.stream(self._bucket, query))

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _store(self, body: bytes) -> None:
        answer = self._wire.send_gzip(self._bucket, body)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return  # nothing else means stored: 200 is the page of a proxy in between, or a server that could not
        text = words(answer.content)
        if answer.status_code in (400, 413, 422):
            raise StoreRejected(STORE, f"InfluxDB refused lines: {text}", "Leave the lines out that it names")
        raise self._wire.unavailable(answer.status_code, text, self._bucket)

    def _prepare_levels(self) -> None:
        days = {}
        for level in Level:
            bucket = f"{self._bucket}_{level.suffix}"
            days[level] = self._wanted.days(level)
            try:
                keeps = prepare_bucket(self._wire, self._version, bucket, days[level] * DAY, lambda _: True)
            except StoreRejected as error:
                self._tell(f"no roll-ups in {bucket}: {error}")
                continue
            days[level] = _days(keeps)
        self._kept = Kept(self._kept.raw, *days.values())

    def _may_shorten(self, seconds: int) -> bool:
        """No reading that is older than so many seconds waits for being rolled up."""
        try:
            return self._rollups.rolled_before(datetime.now(UTC) - timedelta(seconds=seconds))
        except StoreRejected:  # no bucket of roll-ups yet, or none for us
            return False

    def _rolled_until(self) -> datetime | None:
        """Until when there are roll-ups; readings answer for the rest, and for all when the roll-ups cannot be read."""
        if time.monotonic() >= self._known_until:
            try:
                self._rolled = self._rollups.until()
            except StoreRejected as error:
                self._rolled = None
                self._tell(f"charts read readings, not roll-ups: {error}")
            self._known_until = time.monotonic() + KNOWN_FOR
        return self._rolled

    def _tell(self, what: str) -> None:
        if what != self._told:
            self._told = what
            log.warning("%s", what)

    def _aggregated(self, where: str, point: str, part: Stretch, since: datetime, every: timedelta) -> list[Rollup]:
        """Windows of readings, computed by the server."""
        field, step = name(point), ns(EPOCH + every)
        wanted = ", ".join(f"{function}({field})" for function in ("mean", "min", "max", "first", "last", "count"))
        query = f"SELECT {wanted} FROM {where} GROUP BY time({step}ns, {ns(since) % step}ns) fill(none)"
        return [
            Rollup(moment(at), every, float(mean), float(low), float(high), float(first), float(last), number)
            for series in self._wire.stream(self._bucket, query)
            for at, mean, low, high, first, last, number in series["values"]
        ]

    def _counted(self, where: str, point: str, since: datetime, every: timedelta, counter: Counter) -> list[Rollup]:
        """Windows of readings, computed here, because the server cannot count over wraps and resets."""
        found: dict[int, list[float]] = {}
        for series in self._wire.stream(self._bucket, f"SELECT {name(point)} FROM {where}"):
            for at, value in series["values"]:
                found.setdefault((moment(at) - since) // every, []).append(float(value))
        return [summary(since + number * every, every, values, counter) for number, values in found.items()]

    def _range(self, asset_class: str, asset: str, since: datetime, until: datetime) -> str:
        return (
            f"{name(asset_class)} WHERE site = {literal(self._site)} AND asset = {literal(asset)}"
            f" AND time >= {ns(since)} AND time < {ns(until)}"
        )


def _stored(at: int, fields: Mapping[str, float | str]) -> Stored:
    values: dict[str, Value] = {}
    qualities: dict[str, str] = {}
    for field, value in fields.items():
        if isinstance(value, str):
            put(field, value, values, qualities)
        else:
            values[field] = float(value)
    return Stored(at, values, qualities)


def _days(seconds: int) -> int:
    """Whole days; 0 is for ever, and so never made of a part of a day."""
    return max(1, seconds // DAY) if seconds else 0
