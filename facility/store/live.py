"""Present values on SQLite or PostgreSQL: one row an asset, rebuildable, so cheap rather than durable."""

import fcntl
import json
import logging
import time
import weakref
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, text

from facility.domain.errors import SchemaUnknown, StoreUnavailable
from facility.domain.packed import rounded
from facility.domain.reading import BadReason, Quality
from facility.domain.state import AssetState, Points, PointState, ProgramState
from facility.store.faults import FileDamaged, FileGone
from facility.store.sql.engine import open_database

log = logging.getLogger(__name__)

T = TypeVar("T")
EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)
TOGETHER = "@"
_encode = json.JSONEncoder(separators=(",", ":")).encode

# `at`: µs since 1970. `points`: JSON, point → [value, µs] when good, else [value, µs, quality, reason]; good points of one
# time stand together, under names that no point has: "@0" → [µs, kind, forms, base64], as of `domain.packed`.
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
HIGHEST = "SELECT max(version) FROM live_assets WHERE site_id = {0}"
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
        mark = "%s" if self._database.file is None else "?"
        self._put_text, self._highest_text = PUT.format(mark), HIGHEST.format(mark)

    def prepare(self) -> None:
        """Make the tables; StoreUnavailable."""
        self._database.create()
        self._mended(self._make_tables)

    def put(self, states: Collection[AssetState], program: ProgramState | None = None) -> None:
        """One version for all of them, one transaction with the program's account."""
        if not states and program is None:
            return
        rows = [_row(state) for state in states]
        account = None if program is None else self._account(program)
        self._mended(lambda: self._put(rows, account))

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
        self.put([], state)

    def programs(self) -> dict[str, ProgramState]:
        """The accounts of all programs."""
        return self._mended(self._programs)

    def close(self) -> None:
        """Give back all connections."""
        self._database.engine.dispose()

    def _account(self, program: ProgramState) -> dict[str, object]:
        at, metrics = _microseconds(program.at), _encode(dict(program.metrics))
        return {"site": self._site, "program": program.program, "at": at, "metrics": metrics}

    def _put(self, rows: list[tuple[str, int, int, str]], account: dict[str, object] | None) -> None:
        with self._database.writing(self._site) as connection:
            if account is not None:
                connection.execute(PUT_PROGRAM, account)
            if not rows:
                return
            # Versions follow the wall clock too, so that they keep growing when the store is made anew.
            highest = connection.exec_driver_sql(self._highest_text, (self._site,)).scalar() or 0
            version = max(highest + 1, time.time_ns() // 1_000_000)
            connection.exec_driver_sql(self._put_text, [(self._site, row[0], version, *row[1:]) for row in rows])

    def _changed(self, since: int) -> tuple[int, dict[str, AssetState]]:
        with self._database.reading() as connection:
            highest = connection.exec_driver_sql(self._highest_text, (self._site,)).scalar() or 0
            after = since if since <= highest else 0
            return highest, _states(connection, CHANGED, {"site": self._site, "since": after})

    def _select(self, query: Any, parameters: dict[str, object]) -> dict[str, AssetState]:
        with self._database.reading() as connection:
            return _states(connection, query, parameters | {"site": self._site})

    def _programs(self) -> dict[str, ProgramState]:
        with self._database.reading() as connection:
            rows = connection.execute(PROGRAMS, {"site": self._site}).all()
        return {program: ProgramState(program, _moment(at), json.loads(metrics)) for program, at, metrics in rows}

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


def _row(state: AssetState) -> tuple[str, int, int, str]:
    """JSON by hand, at half the cost of the encoder, and a tenth where points stand together: this runs for thousands a second."""
    at, points = state.at, state.points
    newest = microseconds = _microseconds(at)
    parts: list[str] = []
    if isinstance(points, Points):
        for number, block in enumerate(points.together):
            if block.at is not at:  # what was read together shares its time
                at, microseconds = block.at, _microseconds(block.at)
            numbers = b2a_base64(block.packed, newline=False).decode()
            # names are slugs: nothing in a kind needs escaping
            parts.append(f'"{TOGETHER}{number}":[{microseconds},"{block.kind}","{block.forms}","{numbers}"]')
        points = points.others
    for name, point in points.items():
        if point.at is not at:
            at, microseconds = point.at, _microseconds(point.at)
        value = point.value
        shown = repr(value) if type(value) is float and value - value == 0.0 else _encode(value)
        if point.quality is Quality.GOOD:
            parts.append(f'"{name}":[{shown},{microseconds}]')
        else:
            parts.append(f'"{name}":[{shown},{microseconds},"{point.quality}","{point.reason}"]')
    return state.asset, newest, int(state.online), f"{{{','.join(parts)}}}"


def _load_points(packed: str) -> dict[str, PointState]:
    found: dict[str, PointState] = {}
    for name, state in json.loads(packed).items():
        if name.startswith(TOGETHER):
            at, numbers = _moment(state[0]), _together(*state[1:])
            found |= {each: PointState(value, Quality.GOOD, BadReason.NONE, at) for each, value in numbers}
        else:
            value, microseconds, *more = state
            quality, reason = (Quality(more[0]), BadReason(more[1])) if more else (Quality.GOOD, BadReason.NONE)
            found[name] = PointState(value, quality, reason, _moment(microseconds))
    return found


def _together(kind: str | dict[str, float], forms: str = "", numbers: str = "") -> Iterable[tuple[str, float]]:
    """Each value by its name; an earlier version wrote just that."""
    return kind.items() if isinstance(kind, dict) else rounded(kind, forms, a2b_base64(numbers))


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND
