"""Present values on SQLite or PostgreSQL: one row an asset, rebuildable, so cheap rather than durable."""

import fcntl
import json
import logging
import time
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, text

from facility.domain.errors import SchemaUnknown, StoreUnavailable
from facility.domain.reading import BadReason, Quality
from facility.domain.state import AssetState, Points, PointState, ProgramState, Together
from facility.store.faults import FileDamaged, FileGone
from facility.store.sql.engine import open_database

log = logging.getLogger(__name__)

T = TypeVar("T")
EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)
TOGETHER = "@"
QUOTED, COMMA = '":', ',"'
_encode = json.JSONEncoder(separators=(",", ":")).encode

# `at`: µs since 1970. `points`: JSON, point → [value, µs] when good, else [value, µs, quality, reason]; good points of one
# time stand together, under names that no point has: "@0" → [µs, {point → value}].
TABLES = (
    "CREATE {unlogged} TABLE IF NOT EXISTS live_assets (site_id TEXT NOT NULL, asset TEXT NOT NULL,"
    " version BIGINT NOT NULL, at BIGINT NOT NULL, online INTEGER NOT NULL, points TEXT NOT NULL,"
    " PRIMARY KEY (site_id, asset))",
    "CREATE INDEX IF NOT EXISTS live_assets_version ON live_assets (site_id, version)",
    "CREATE {unlogged} TABLE IF NOT EXISTS live_programs (site_id TEXT NOT NULL, program TEXT NOT NULL,"
    " at BIGINT NOT NULL, metrics TEXT NOT NULL, PRIMARY KEY (site_id, program))",
)
PUT = (  # in the words of the driver, which costs a third less: this runs for thousands a second
    "INSERT INTO live_assets (site_id, asset, version, at, online, points)"
    " VALUES ({0}, {0}, {0}, {0}, {0}, {0}) ON CONFLICT (site_id, asset) DO UPDATE"
    " SET version = excluded.version, at = excluded.at, online = excluded.online, points = excluded.points"
)
PUT_PROGRAM = text(
    "INSERT INTO live_programs (site_id, program, at, metrics) VALUES (:site, :program, :at, :metrics)"
    " ON CONFLICT (site_id, program) DO UPDATE SET at = excluded.at, metrics = excluded.metrics"
)
HIGHEST = text("SELECT max(version) FROM live_assets WHERE site_id = :site")
ALL = "SELECT asset, at, online, points FROM live_assets WHERE site_id = :site"
SOME = text(f"{ALL} AND asset IN :assets").bindparams(bindparam("assets", expanding=True))
CHANGED = text(f"{ALL} AND version > :since")
PROGRAMS = text("SELECT program, at, metrics FROM live_programs WHERE site_id = :site")


class SqlLive:
    """Port Live. `url` as of SqlWork. A SQLite file that is damaged or gone is made anew: the collectors fill it again."""

    def __init__(self, url: str, site_id: str) -> None:
        self._database = open_database(url, "live", synchronous="OFF")
        weakref.finalize(self, self._database.engine.dispose)
        self._site = site_id
        self._put_text = PUT.format("%s" if self._database.file is None else "?")

    def prepare(self) -> None:
        """Make the tables; StoreUnavailable."""
        self._database.create()
        self._mended(self._make_tables)

    def put(self, states: Collection[AssetState]) -> None:
        """One version for all of them."""
        if not states:
            return
        rows = [
            (state.asset, _microseconds(state.at), int(state.online), _dump_points(state.points)) for state in states
        ]
        self._mended(lambda: self._put(rows))

    def get(self, assets: Collection[str] | None = None) -> dict[str, AssetState]:
        """The rows of these assets (None: all)."""
        if assets is None:
            return self._mended(lambda: self._select(text(ALL), {}))
        if not assets:
            return {}
        return self._mended(lambda: self._select(SOME, {"assets": list(assets)}))

    def changed(self, since: int) -> tuple[int, dict[str, AssetState]]:
        """All rows when the store was made anew after version `since`."""
        return self._mended(lambda: self._changed(since))

    def put_program(self, state: ProgramState) -> None:
        """Replace a program's own account."""
        row = {
            "site": self._site,
            "program": state.program,
            "at": _microseconds(state.at),
            "metrics": _encode(dict(state.metrics)),
        }
        self._mended(lambda: self._execute(PUT_PROGRAM, row))

    def programs(self) -> dict[str, ProgramState]:
        """The accounts of all programs."""
        return self._mended(self._programs)

    def close(self) -> None:
        """Give back all connections."""
        self._database.engine.dispose()

    def _put(self, rows: list[tuple[str, int, int, str]]) -> None:
        with self._database.writing(self._site) as connection:
            # Versions follow the wall clock too, so that they keep growing when the store is made anew.
            highest = connection.execute(HIGHEST, {"site": self._site}).scalar() or 0
            version = max(highest + 1, time.time_ns() // 1_000_000)
            connection.exec_driver_sql(self._put_text, [(self._site, row[0], version, *row[1:]) for row in rows])

    def _changed(self, since: int) -> tuple[int, dict[str, AssetState]]:
        with self._database.reading() as connection:
            highest = connection.execute(HIGHEST, {"site": self._site}).scalar() or 0
            after = since if since <= highest else 0
            return highest, _states(connection, CHANGED, {"site": self._site, "since": after})

    def _select(self, query: Any, parameters: dict[str, object]) -> dict[str, AssetState]:
        with self._database.reading() as connection:
            return _states(connection, query, parameters | {"site": self._site})

    def _programs(self) -> dict[str, ProgramState]:
        with self._database.reading() as connection:
            rows = connection.execute(PROGRAMS, {"site": self._site}).all()
        return {program: ProgramState(program, _moment(at), json.loads(metrics)) for program, at, metrics in rows}

    def _execute(self, statement: Any, row: dict[str, object]) -> None:
        with self._database.writing(self._site) as connection:
            connection.execute(statement, row)

    def _make_tables(self) -> None:
        unlogged = "UNLOGGED" if self._database.file is None else ""
        with self._database.writing("tables") as connection:
            for statement in TABLES:
                connection.execute(text(statement.format(unlogged=unlogged)))

    def _mended(self, work: Callable[[], T]) -> T:
        """Do the work; when the SQLite file is damaged or gone, make it anew and do it once more."""
        try:
            return work()
        except (FileDamaged, FileGone, SchemaUnknown) as error:
            if self._database.file is None:
                raise
            log.warning("%s It is made anew.", error)
        self._rebuild()
        return work()

    def _rebuild(self) -> None:
        file = self._database.file
        assert file is not None
        self._database.engine.dispose()
        try:
            with file.with_name(f"{file.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # several programs see the damage at the same moment
                if not self._sound():
                    for suffix in ("", "-wal", "-shm"):
                        file.with_name(file.name + suffix).unlink(missing_ok=True)
                    self._database.create()
                self._make_tables()
        except OSError as error:
            what = f"{file} cannot be made ({error.strerror})"
            raise StoreUnavailable("live", what, "Make its folder, writable for us") from error

    def _sound(self) -> bool:
        try:
            with self._database.reading() as connection:
                return bool(connection.execute(text("PRAGMA quick_check")).scalar() == "ok")
        except (FileDamaged, FileGone):
            return False
        finally:
            self._database.engine.dispose()


def _states(connection: Connection, query: Any, parameters: dict[str, object]) -> dict[str, AssetState]:
    rows: Iterable[Any] = connection.execute(query, parameters).all()
    return {
        asset: AssetState(asset, _moment(at), bool(online), _load_points(points)) for asset, at, online, points in rows
    }


def _dump_points(points: Mapping[str, PointState]) -> str:
    """JSON by hand, at half the cost of the encoder, and a tenth where points stand together: this runs for thousands a second."""
    parts: list[str] = []
    if isinstance(points, Points):
        parts = [_dump_together(number, block) for number, block in enumerate(points.together)]
        points = points.others
        if not points:
            return f"{{{','.join(parts)}}}"
    at, microseconds = EPOCH, 0
    for name, point in points.items():
        if point.at is not at:  # the points of a block share their time
            at, microseconds = point.at, _microseconds(point.at)
        value = point.value
        shown = repr(value) if type(value) is float and value - value == 0.0 else _encode(value)
        if point.quality is Quality.GOOD:
            parts.append(f'"{name}":[{shown},{microseconds}]')
        else:
            parts.append(f'"{name}":[{shown},{microseconds},"{point.quality}","{point.reason}"]')
    return f"{{{','.join(parts)}}}"


def _dump_together(number: int, block: Together) -> str:
    if block.body:  # names are slugs, and numbers hold neither = nor a comma
        values = f'"{block.body.replace("=", QUOTED).replace(",", COMMA)}'
    else:
        values = _template(block.names, block.forms) % tuple(block.values)
    return f'"{TOGETHER}{number}":[{_microseconds(block.at)},{{{values}}}]'


@cache
def _template(names: tuple[str, ...], forms: tuple[str, ...]) -> str:
    """One for each kind of device. Names are slugs: no % stands in them."""
    return ",".join(f'"{name}":%{form}' for name, form in zip(names, forms, strict=True))


def _load_points(packed: str) -> dict[str, PointState]:
    found: dict[str, PointState] = {}
    for name, state in json.loads(packed).items():
        if name.startswith(TOGETHER):
            at = _moment(state[0])
            found |= {each: PointState(value, Quality.GOOD, BadReason.NONE, at) for each, value in state[1].items()}
        else:
            value, microseconds, *more = state
            quality, reason = (Quality(more[0]), BadReason(more[1])) if more else (Quality.GOOD, BadReason.NONE)
            found[name] = PointState(value, quality, reason, _moment(microseconds))
    return found


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND
