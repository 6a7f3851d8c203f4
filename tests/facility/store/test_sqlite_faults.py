"""What can happen to a SQLite file: locked, gone, read-only, disk full, damaged. Each has a named error and loses nothing."""

import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facility.domain.errors import SchemaUnknown, StoreError, StoreRejected, StoreUnavailable
from facility.domain.person import Person
from facility.domain.reading import BadReason, Quality
from facility.domain.state import AssetState, PointState
from facility.domain.text import Language
from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from facility.store.sqlite_history import SqliteHistory

T = datetime(2026, 11, 23, tzinfo=UTC)
LINE = b"pump,site=garden,asset=pump-1 level=1 1763856000000000000\n"


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product waits 5 s for a lock; these tests need not."""
    for module in ("facility.store.files", "facility.store.sql.engine", "facility.store.sqlite_history"):
        monkeypatch.setattr(f"{module}.PATIENCE", 0.2)


class Store:
    """One of the three stores on a file, with one thing to write and a way to count what was written."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.path = folder / f"{kind}.db"
        url = f"sqlite:///{self.path}"
        self.store: SqlWork | SqlLive | SqliteHistory
        if kind == "history":
            self.store = SqliteHistory(self.path, "garden")
        else:
            self.store = SqlWork(url, "garden") if kind == "work" else SqlLive(url, "garden")

    def write(self, text: str = "x") -> None:
        match self.store:
            case SqlWork():
                with self.store.writing() as unit:
                    unit.people.put(Person(0, "li", text, Language.EN, ()))
            case SqlLive():
                point = PointState(text, Quality.GOOD, BadReason.NONE, T)
                self.store.put([AssetState("pump-1", T, True, {"level": point})])
            case SqliteHistory():
                self.store.write(LINE.replace(b"level=1", b'level=1,level_text="%b"' % text.encode()))

    def stored(self) -> int:
        match self.store:
            case SqlWork():
                with self.store.reading() as unit:
                    return len(unit.people.all())
            case SqlLive():
                return len(self.store.get())
            case SqliteHistory():
                return self.store.count("pump", "pump-1", datetime(2000, 1, 1, tzinfo=UTC), T.replace(year=2100))


@pytest.fixture(params=["work", "live", "history"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    folder = tmp_path / "data"
    folder.mkdir()
    store = Store(request.param, folder)
    store.store.prepare()
    yield store
    store.store.close()


def unavailable(call: Callable[[], object], what: str) -> StoreError:
    with pytest.raises(StoreUnavailable, match=what) as caught:
        call()
    assert caught.value.mend
    return caught.value


def test_a_lock_held_by_another_is_unavailable_and_then_over(store: Store) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    error = unavailable(store.write, "locked")
    assert str(store.path) in error.mend
    assert store.stored() == 0  # readers do not wait for writers
    other.execute("ROLLBACK")
    other.close()
    store.write()
    assert store.stored() == 1


@pytest.mark.parametrize("kind", ["work", "history"])
def test_a_file_that_went_away_is_never_written_on_in_secret(kind: str, tmp_path: Path) -> None:
    store = Store(kind, tmp_path)
    store.store.prepare()
    store.write()
    aside = tmp_path / "aside.db"
    store.store.close()  # so that all of it is in one file
    Store(kind, tmp_path).stored()
    store.write("again")
    store.path.rename(aside)
    for _ in range(2):
        unavailable(store.write, r"removed or replaced|there is no file")
    assert not store.path.exists()
    aside.rename(store.path)
    store.write("third")
    assert store.stored() == 1
    store.store.close()


def test_a_file_that_another_replaced_is_noticed(tmp_path: Path) -> None:
    store = Store("work", tmp_path)
    store.store.prepare()
    store.write()
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE other (x)").connection.close()
    os.replace(tmp_path / "empty.db", store.path)
    for suffix in ("-wal", "-shm"):
        store.path.with_name(store.path.name + suffix).unlink(missing_ok=True)
    unavailable(store.write, "replaced")
    with pytest.raises(SchemaUnknown):
        store.write()
    store.store.close()


@pytest.mark.parametrize("kind", ["work", "live", "history"])
def test_a_missing_folder_is_named(kind: str, tmp_path: Path) -> None:
    store = Store(kind, tmp_path / "nowhere")
    error = unavailable(store.store.prepare, "nowhere")
    assert "folder" in error.mend


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everything: be nobody for a moment."""
    root = os.geteuid() == 0
    if root:
        os.setegid(65534)
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
            os.setegid(0)


@pytest.mark.parametrize("kind", ["work", "live", "history"])
def test_a_read_only_file_is_named(kind: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="facility-read-only-"))  # nobody may enter pytest's own folders
    store = Store(kind, folder)
    store.store.prepare()
    store.write()
    store.store.close()
    store.path.chmod(0o444)
    folder.chmod(0o555)
    with unprivileged():
        error = unavailable(store.write, "read-only|cannot be opened|cannot be made")
    assert "writable" in error.mend or "write" in error.mend
    folder.chmod(0o755)
    store.path.chmod(0o644)
    store.write("again")
    assert store.stored() == 1
    store.store.close()
    shutil.rmtree(folder)


def test_a_full_disk_is_unavailable_and_then_over(store: Store) -> None:
    """The file size limit of the process stands for the disk; what is written is more than the room that is kept."""
    store.write()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = store.path.with_name(f"{store.path.name}-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(wal.stat().st_size, 8192), hard))
    try:
        error = unavailable(lambda: store.write("x" * 3_000_000), "disk")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "disk" in error.mend
    assert store.stored() == 1
    store.write("y" * 3_000_000)
    assert store.stored() == 1


def test_a_full_database_is_unavailable(tmp_path: Path) -> None:
    store = Store("history", tmp_path)
    store.store.prepare()
    assert isinstance(store.store, SqliteHistory)
    with store.store._writing() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    unavailable(lambda: store.write("x" * 100_000), "the disk is full")
    store.write("x" * 100_000)  # a new connection has no such limit: it recovered by itself
    assert store.stored() == 1
    store.store.close()


@pytest.mark.parametrize("kind", ["work", "history"])
def test_a_damaged_file_is_named_and_kept(kind: str, tmp_path: Path) -> None:
    store = Store(kind, tmp_path)
    store.path.write_bytes(b"not a database" * 1000)
    error = unavailable(store.store.prepare, "damaged")
    assert "backup" in error.mend
    assert store.path.read_bytes().startswith(b"not a database")


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * 8192)


@pytest.mark.parametrize("harm", [damage, Path.unlink])
def test_present_values_are_made_anew(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    ours, theirs = Store("live", tmp_path), Store("live", tmp_path)
    ours.store.prepare()
    ours.write()
    assert theirs.stored() == 1
    ours.store.close()
    theirs.store.close()
    harm(ours.path)
    ours.write()
    assert ours.stored() == theirs.stored() == 1
    ours.store.close()
    theirs.store.close()


def test_a_reader_follows_to_the_new_file(tmp_path: Path) -> None:
    ours, theirs = Store("live", tmp_path), Store("live", tmp_path)
    ours.store.prepare()
    ours.write()
    assert theirs.stored() == 1
    ours.path.unlink()
    ours.write()
    assert theirs.stored() == 1
    ours.store.close()
    theirs.store.close()


def test_a_newer_history_file_is_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "history.db").execute("PRAGMA user_version = 9").connection.close()
    with pytest.raises(SchemaUnknown, match="schema 9"):
        SqliteHistory(tmp_path / "history.db", "garden").prepare()


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "nonsense", "oracle+x://h"])
def test_an_address_that_cannot_be_used_says_what_can(address: str) -> None:
    with pytest.raises(StoreRejected, match="postgresql://"):
        SqlWork(address, "garden")
