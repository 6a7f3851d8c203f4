"""What can happen to PostgreSQL: stopped, restarted, locked, wrong password. Each has a named error and loses nothing."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg
import pytest

from facility.domain.errors import StoreError, StoreRejected, StoreUnavailable
from facility.domain.person import Person
from facility.domain.reading import BadReason, Quality
from facility.domain.state import AssetState, PointState
from facility.domain.text import Language
from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from tests.harness.ports import free_port
from tests.harness.servers import Server

T = datetime(2026, 11, 23, tzinfo=UTC)
LI = Person(0, "li", "李工", Language.ZH_CN, ())
STATE = AssetState("pump-1", T, True, {"level": PointState(1.0, Quality.GOOD, BadReason.NONE, T)})


@pytest.fixture
def work(postgres_url: str) -> Iterator[SqlWork]:
    work = SqlWork(postgres_url, "garden")
    work.prepare()
    yield work
    work.close()


def put(work: SqlWork) -> None:
    with work.writing() as unit:
        unit.people.put(LI)


def count(work: SqlWork) -> int:
    with work.reading() as unit:
        return len(unit.people.all())


def unavailable(call: Callable[[], object], what: str) -> StoreError:
    with pytest.raises(StoreUnavailable, match=what) as caught:
        call()
    assert caught.value.mend
    return caught.value


def test_a_stopped_server_is_unavailable_and_comes_back(
    postgres_server: Server, postgres_url: str, work: SqlWork
) -> None:
    if postgres_server.given:
        pytest.skip("the server at FACILITY_TEST_POSTGRES_URL is not ours to kill; unset it")
    live = SqlLive(postgres_url, "garden")
    live.prepare()
    live.put([STATE])
    put(work)
    with pytest.raises(StoreUnavailable), work.writing() as unit:  # noqa: PT012 - killed in the middle
        unit.people.put(Person(0, "wang", "王工", Language.ZH_CN, ()))
        postgres_server.kill()
        unit.people.all()
    unavailable(lambda: put(work), "does not answer")
    unavailable(lambda: count(work), "does not answer")
    unavailable(live.programs, "does not answer")
    postgres_server.restart()
    assert count(work) == 1  # committed work survived, the cut transaction did not
    put(work)
    assert live.get() == {}  # UNLOGGED: empty after a crash, and filled again
    live.put([STATE])
    assert live.get() == {"pump-1": STATE}
    live.close()


def test_nobody_there_is_unavailable_and_the_password_is_not_told() -> None:
    work = SqlWork(f"postgresql+psycopg://facility:geheim@127.0.0.1:{free_port()}/facility", "garden")
    error = unavailable(work.prepare, "does not answer")
    assert "geheim" not in str(error)
    assert "facility" in error.mend


def test_a_wrong_password_is_named(postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    wrong = parts._replace(netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}").geturl()
    error = unavailable(SqlWork(wrong, "garden").prepare, "password authentication failed")
    assert "wrong@" not in str(error)


def test_an_unknown_database_is_named(postgres_url: str) -> None:
    unavailable(SqlWork(f"{postgres_url}x", "garden").prepare, "does not exist")


def test_a_lock_held_too_long_is_unavailable_and_then_over(
    work: SqlWork, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facility.store.sql.engine._POSTGRES_OPTIONS", "-c lock_timeout=200ms")
    hasty = SqlWork(postgres_url, "garden")
    with work.writing() as unit:
        unit.people.put(LI)
        unavailable(lambda: put(hasty), "locked")
        assert count(hasty) == 0  # readers wait for nobody
    put(hasty)
    hasty.close()


def test_a_writer_that_stands_still_loses_its_transaction(
    work: SqlWork, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a leader that was stopped in the middle: the others go on, and it writes nothing when it wakes."""
    monkeypatch.setattr("facility.store.sql.engine._POSTGRES_OPTIONS", "-c idle_in_transaction_session_timeout=200ms")
    stopped = SqlWork(postgres_url, "garden")
    with pytest.raises(StoreUnavailable), stopped.writing() as unit:  # noqa: PT012 - the transaction is what fails
        unit.people.put(Person(0, "wang", "王工", Language.ZH_CN, ()))
        put(work)  # waits until the server has ended the other
        unit.people.all()
    with work.reading() as unit:
        assert [each.login for each in unit.people.all()] == ["li"]
    put(stopped)
    stopped.close()


def test_what_no_database_can_hold_is_refused_for_good(work: SqlWork) -> None:
    with pytest.raises(StoreRejected, match="NUL"), work.writing() as unit:
        unit.people.put(replace(LI, login="li\x00"))
    with work.writing() as unit:
        assert unit.people.put(replace(LI, name="李\x00工")).id
        assert unit.people.all()[0].name == "李\ufffd工"


def test_another_site_does_not_wait(work: SqlWork, postgres_url: str) -> None:
    other = SqlWork(postgres_url, "river")
    with work.writing() as unit:
        unit.people.put(LI)
        writer = threading.Thread(target=put, args=(other,), daemon=True)
        writer.start()
        writer.join(3)
        assert not writer.is_alive()
    other.close()


def test_live_rows_are_not_logged(postgres_url: str) -> None:
    live = SqlLive(postgres_url, "garden")
    live.prepare()
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT relpersistence FROM pg_class WHERE relname LIKE 'live\\_%s'").fetchall()
    assert {kind for (kind,) in rows} == {"u"}
    live.close()
