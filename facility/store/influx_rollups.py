"""Roll-ups in InfluxDB: computed by the server from readings, written back into buckets of their own.

A row is a line `<class>,site=<id>,asset=<id> <point>_mean=…,<point>_min=…,_max,_first,_last,_count[,_increase] <start of the window>`.
How far they reach stands beside them: the time of the newest `facility_rolled,site=<id>,asset=rollups`; of `asset=late`: up to
where marks of late lines are worked off. A line written again changes nothing, so that two may roll up at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from facility.domain.counter import Counter
from facility.domain.rollup import COARSE, EPOCH, FINE, Counters, Level, Rolled, Rollup, coarser, summary
from facility.failpoint import failpoint
from facility.store.influx_late import MEASUREMENT as LATE
from facility.store.influx_wire import InfluxWire, Series, literal, moment, name, ns
from facility.store.levels import SETTLE, Kept
from facility.store.pace import Pace

ROLLED = "facility_rolled"
FUNCTIONS = {"mean": "mean", "min": "low", "max": "high", "first": "first", "last": "last", "count": "count"}
FIELDS = (*FUNCTIONS, "increase")
OVERLAP = timedelta(minutes=10)  # marks may come in another order than they were stamped
MARKS = 20_000  # read at once
CHOSEN = 50  # assets named in a query; more: all
BATCH = 1_000_000  # bytes of one write

Rows = dict[tuple[str, str], dict[str, list[Rollup]]]
"""(class, asset) → point → its windows, oldest first."""


@dataclass(slots=True)
class InfluxRollups:
    """Rolls up one site's bucket. The marks that wait are remembered; what was remembered is read again after a restart."""

    wire: InfluxWire
    bucket: str
    site: str
    pace: Pace = field(default_factory=Pace)
    waiting: dict[int, set[tuple[str, str]]] = field(default_factory=dict)  # late window → (class, asset)
    seen: dict[tuple[str, int], None] = field(default_factory=dict)  # (asset, time) of marks that were read
    newest: int = 0  # time of the newest mark that was read

    def step(self, now: datetime, counters: Counters, kept: Kept) -> Rolled:
        """Some new windows, then some late ones. StoreUnavailable, StoreRejected."""
        limit = FINE.floor(now - SETTLE)
        start = self._start(limit, now)
        if start is None:
            return Rolled()
        end = min(start + self.pace.windows * FINE.width, limit)
        with self.pace.measured():
            if start < end:
                self._roll(start, end, counters)
                failpoint("rollup.before_commit")
                self._reached(end)
                failpoint("rollup.after_commit")
            late = self._roll_late(end, counters, kept.floor(None, now), now)
        return Rolled((end - start) // FINE.width, late, end, end < limit or bool(self.waiting))

    def until(self, now: datetime | None = None) -> datetime | None:
        """All windows before this moment are rolled up; None: nothing is. What a clock that ran ahead wrote is not believed."""
        at = self._state("rollups", now or datetime.now(UTC))
        return None if at is None else moment(at)

    def rolled_before(self, at: datetime) -> bool:
        """No reading older than `at` waits for being rolled up."""
        oldest = self._next_line(self.until() or EPOCH, at)
        return oldest is None

    def rows(self, level: Level, where: str, point: str) -> list[Rollup]:
        """A point's windows of a stretch."""
        wanted = ", ".join(name(f"{point}_{each}") for each in FIELDS)
        found = []
        for series in self.wire.stream(self._bucket(level), f"SELECT {wanted} FROM {where}"):
            found += [_rollup(level, row) for row in _rows_of(series, point)]
        return found

    def gathered(self, level: Level, where: str, point: str, since: datetime, every: timedelta) -> list[Rollup]:
        """As `rows`, gathered by the server into windows of `every` that start at `since`: far fewer to send."""
        fields = {"l": "min", "h": "max", "f": "first", "e": "last", "c": "count"}
        inner = ", ".join(f"{name(f'{point}_{each}')} AS {short}" for short, each in fields.items())
        weighed = f"{name(f'{point}_mean')} * {name(f'{point}_count')} AS w"
        step = ns(EPOCH + every)
        times = where[where.index("time >=") :]  # an outer query without bounds would begin in 1677
        query = (
            f"SELECT sum(w), min(l), max(h), first(f), last(e), sum(c) FROM (SELECT {weighed}, {inner} FROM {where})"
            f" WHERE {times} GROUP BY time({step}ns, {ns(since) % step}ns) fill(none)"
        )
        return [
            Rollup(moment(at), every, total / count, float(low), float(high), float(first), float(last), int(count))
            for series in self.wire.stream(self._bucket(level), query)
            for at, total, low, high, first, last, count in series["values"]
            if count
        ]

    def _start(self, limit: datetime, now: datetime) -> datetime | None:
        """Where the next windows begin: over a time without readings in one stride. None: there never were any.

        No stride begins inside an hour: the hour would never be completed.
        """
        reached = self.until(now)
        if reached is not None and COARSE.floor(reached) != reached:
            return reached
        line = self._next_line(reached or EPOCH, limit)
        if line is None and reached is None:
            return None
        start = limit if line is None else FINE.floor(line)
        start = max(start, reached or start)
        if reached is not None and start > reached:
            self._reached(start)
        return start

    def _roll(
        self, start: datetime, end: datetime, counters: Counters, only: Mapping[str, set[str]] | None = None
    ) -> None:
        """Compute [start, end) and the hours in it. `only`: measurement → its assets."""
        for measurement in self._measurements():
            if only is not None and measurement not in only:
                continue
            chosen = self._chosen(measurement, start, end, only and only[measurement])
            self._write(FINE, self._computed(measurement, chosen, counters))
            first = COARSE.floor(start)
            if first < COARSE.floor(end):
                hours = self._chosen(measurement, first, COARSE.floor(end), only and only[measurement])
                self._write(COARSE, self._hours(measurement, hours, counters))

    def _roll_late(self, rolled: datetime, counters: Counters, floor: datetime, now: datetime) -> int:
        """Compute windows that late lines changed again, from `floor` on: before it readings are gone."""
        self._read_marks(rolled, floor, now)
        if not self.waiting:
            return 0
        first = min(self.waiting)
        numbers = [number for number in self.waiting if number < first + self.pace.windows]
        only: dict[str, set[str]] = {}
        for number in numbers:
            for measurement, asset in self.waiting[number]:
                only.setdefault(measurement, set()).add(asset)
        start, end = EPOCH + first * FINE.width, EPOCH + (max(numbers) + 1) * FINE.width
        hours_end = min(COARSE.floor(end - FINE.width) + COARSE.width, rolled)
        self._roll(start, max(end, hours_end), counters, only)
        for number in numbers:
            del self.waiting[number]
        if not self.waiting and self.newest:
            self._put_state("late", self.newest)
        return len(numbers)

    def _read_marks(self, rolled: datetime, floor: datetime, now: datetime) -> None:
        """Take marks in that were not read yet. Windows that are not rolled up yet will be, late lines and all."""
        if self.waiting:
            return
        newest = min(self.newest or self._state("late", now) or 0, ns(now))
        since = max(newest - ns(EPOCH + OVERLAP), 0)
        query = (
            f"SELECT asset, class_text, since, until FROM {name(LATE)} WHERE site = {literal(self.site)}"
            f" AND time > {since} LIMIT {MARKS}"
        )
        bounds = (floor - EPOCH) // FINE.width, (rolled - EPOCH) // FINE.width
        width = FINE.width.total_seconds()
        for series in self.wire.stream(self.bucket, query):
            for at, asset, measurement, start, end in series["values"]:
                self.newest = max(self.newest, at)
                if (asset, at) in self.seen:
                    continue
                self.seen[asset, at] = None
                for number in range(max(int(start // width), bounds[0]), min(int(end // width), bounds[1])):
                    self.waiting.setdefault(number, set()).add((measurement, asset))
        while len(self.seen) > 2 * MARKS:
            del self.seen[next(iter(self.seen))]

    def _computed(self, measurement: str, where: str, counters: Counters) -> Rows:
        """5-minute windows of all points of a measurement, as the server computes them."""
        wanted = ", ".join(f"{function}(*)" for function in FUNCTIONS)
        width = ns(EPOCH + FINE.width)
        query = f"SELECT {wanted} FROM {where} GROUP BY time({width}ns), asset fill(none)"
        counted = self._increases(measurement, where, counters)
        found: Rows = {}
        for series in self.wire.stream(self.bucket, query):
            asset = series["tags"]["asset"]
            points = found.setdefault((measurement, asset), {})
            for point, columns in _columns(series["columns"]):
                for values in series["values"]:
                    if values[columns[-1]]:
                        row = _computed_row(values, columns, counted.get((asset, point, values[0])))
                        points.setdefault(point, []).append(row)
        return found

    def _increases(self, measurement: str, where: str, counters: Counters) -> dict[tuple[str, str, int], float]:
        """(asset, point, window's start in ns) → what a counter counted; from the readings: wraps and resets need them all."""
        names = {point for (kind, _), points in counters.items() if kind == measurement for point in points}
        width = ns(EPOCH + FINE.width)
        found: dict[tuple[str, str, int], list[float]] = {}
        for point in sorted(names):
            for series in self.wire.stream(self.bucket, f"SELECT {name(point)} FROM {where} GROUP BY asset"):
                for at, value in series["values"]:
                    if value is not None:
                        key = (series["tags"]["asset"], point, at // width * width)
                        found.setdefault(key, []).append(float(value))
        counted = {}
        for (asset, point, at), values in found.items():
            counter = counters.get((measurement, asset), {}).get(point)
            if counter is not None:
                counted[asset, point, at] = summary(EPOCH, FINE.width, values, counter).increase or 0.0
        return counted

    def _hours(self, measurement: str, where: str, counters: Counters) -> Rows:
        """Whole hours of all points of a measurement from the 5-minute windows."""
        fine: Rows = {}
        for series in self.wire.stream(self._bucket(FINE), f"SELECT * FROM {where} GROUP BY asset"):
            points = fine.setdefault((measurement, series["tags"]["asset"]), {})
            for column in series["columns"]:
                if column.endswith("_mean"):
                    point = column.removesuffix("_mean")
                    rows = (_rollup(FINE, row) for row in _rows_of(series, point))
                    points.setdefault(point, []).extend(rows)
        return {
            key: {point: coarser(rows, COARSE, _counter(counters, key, point)) for point, rows in points.items()}
            for key, points in fine.items()
        }

    def _write(self, level: Level, rows: Rows) -> None:
        batch: list[str] = []
        size = 0
        for line in self._lines(rows):
            batch.append(line)
            size += len(line)
            if size > BATCH:
                self.wire.put(self._bucket(level), "".join(batch).encode())
                batch, size = [], 0
        if batch:
            self.wire.put(self._bucket(level), "".join(batch).encode())

    def _lines(self, rows: Rows) -> Iterator[str]:
        for (measurement, asset), points in rows.items():
            windows: dict[datetime, list[str]] = {}
            for point, found in points.items():
                for row in found:
                    windows.setdefault(row.at, []).append(_fields(point, row))
            for at, fields in windows.items():
                yield f"{measurement},site={self.site},asset={asset} {','.join(fields)} {ns(at)}\n"

    def _measurements(self) -> list[str]:
        found = self.wire.query(self.bucket, "SHOW MEASUREMENTS")
        names = (str(row[-1]) for series in found for row in series["values"])
        return sorted(each for each in names if each not in (LATE, ROLLED))

    def _next_line(self, since: datetime, until: datetime) -> datetime | None:
        """Time of the first line of any measurement in [since, until)."""
        times = []
        for measurement in self._measurements():
            where = self._chosen(measurement, since, until)
            for series in self.wire.query(self.bucket, f"SELECT *::field FROM {where} LIMIT 1"):
                times += [row[0] for row in series["values"]]
        return moment(min(times)) if times else None

    def _chosen(self, measurement: str, since: datetime, until: datetime, assets: Iterable[str] | None = None) -> str:
        named = sorted(assets or ())
        which = f" AND asset =~ /^({'|'.join(named)})$/" if 0 < len(named) <= CHOSEN else ""
        return f"{name(measurement)} WHERE site = {literal(self.site)}{which} AND time >= {ns(since)} AND time < {ns(until)}"

    def _bucket(self, level: Level) -> str:
        return f"{self.bucket}_{level.suffix}"

    def _state(self, what: str, now: datetime) -> int | None:
        query = (
            f"SELECT last(reached) FROM {name(ROLLED)} WHERE site = {literal(self.site)} AND asset = {literal(what)}"
            f" AND time <= {ns(now)}"
        )
        rows = [row for series in self.wire.query(self._bucket(FINE), query) for row in series["values"]]
        return int(rows[0][0]) if rows else None

    def _put_state(self, what: str, at: int) -> None:
        self.wire.put(self._bucket(FINE), f"{ROLLED},site={self.site},asset={what} reached=1 {at}\n".encode())

    def _reached(self, at: datetime) -> None:
        self._put_state("rollups", ns(at))


def _columns(columns: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Each numeric point with the places of its six figures; texts have no mean."""
    places = {column: place for place, column in enumerate(columns)}
    for column in columns:
        if column.startswith("mean_"):
            point = column.removeprefix("mean_")
            yield point, [places[f"{function}_{point}"] for function in FUNCTIONS]


def _computed_row(values: Sequence[float], columns: Sequence[int], counted: float | None) -> Rollup:
    mean, low, high, first, last, number = (values[column] for column in columns)
    at = moment(int(values[0]))
    return Rollup(at, FINE.width, float(mean), float(low), float(high), float(first), float(last), int(number), counted)


def _rows_of(series: Series, point: str) -> Iterator[list[float | None]]:
    """Time and the seven figures of a point, of the rows that have them."""
    places = {column: place for place, column in enumerate(series["columns"])}
    wanted = [places.get(f"{point}_{each}") for each in FIELDS]
    count = places[f"{point}_count"]
    for values in series["values"]:
        if values[count]:
            yield [values[0], *(None if place is None else values[place] for place in wanted)]


def _rollup(level: Level, row: Sequence[float | None]) -> Rollup:
    at, mean, low, high, first, last, number, counted = row
    mean, low, high, first, last = (float(value or 0.0) for value in (mean, low, high, first, last))
    return Rollup(moment(int(at or 0)), level.width, mean, low, high, first, last, int(number or 0), counted)


def _fields(point: str, row: Rollup) -> str:
    text = ",".join(f"{point}_{function}={getattr(row, attribute)!r}" for function, attribute in FUNCTIONS.items())
    return text if row.increase is None else f"{text},{point}_increase={row.increase!r}"


def _counter(counters: Counters, key: tuple[str, str], point: str) -> Counter | None:
    return counters.get(key, {}).get(point)
