"""The contract of the port Live, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from struct import pack

import pytest

from facility.domain.reading import BadReason, Quality, Value
from facility.domain.state import AssetState, Points, PointState, ProgramState, Together
from facility.ports import Live
from facility.store.live import SqlLive
from facility.store.sql.engine import open_database

T = datetime(2026, 11, 23, 6, 5, 12, 123456, tzinfo=UTC)


@pytest.fixture
def live(work_url: str) -> Iterator[Live]:
    live = SqlLive(work_url, "garden")
    live.prepare()
    yield live
    live.close()


def state(asset: str, value: Value | None = 0.32, quality: Quality = Quality.GOOD) -> AssetState:
    reason = BadReason.NONE if quality is Quality.GOOD else BadReason.TIMEOUT
    points = {
        "outlet_pressure": PointState(value, quality, reason, T),
        "run_state": PointState("running", Quality.GOOD, BadReason.NONE, T - timedelta(microseconds=1)),
    }
    return AssetState(asset, T + timedelta(seconds=1), quality is Quality.GOOD, points)


@pytest.mark.parametrize(
    ("value", "quality"),
    [
        (0.32, Quality.GOOD),
        (1e-300, Quality.GOOD),
        (float("inf"), Quality.GOOD),
        (1.0, Quality.GOOD),
        ('停止 "\\', Quality.GOOD),
        (None, Quality.BAD),
        (0.1, Quality.STALE),
    ],
)
def test_a_state_comes_back_as_it_was(live: Live, value: Value | None, quality: Quality) -> None:
    written = state("pump-1", value, quality)
    live.put([written])
    assert live.get() == {"pump-1": written}


def test_points_that_stand_together_come_back_one_by_one(live: Live) -> None:
    together = Together("d power,starts,level", ".2f,r,.9g", pack("<3d", -12.5, 2**53, 1e-7), T)
    others = {"run_state": PointState("running", Quality.GOOD, BadReason.NONE, T - timedelta(seconds=3))}
    later = Together("f flow", ".3f", pack("<f", 0.1), T + timedelta(seconds=1))
    written = AssetState("pump-1", T, online=True, points=Points([together, later], others))
    live.put([written])
    found = live.get()["pump-1"].points
    assert found == dict(written.points)
    values = {name: found[name].value for name in ("power", "starts", "level", "flow")}
    assert values == {"power": -12.5, "starts": 2.0**53, "level": 1e-7, "flow": 0.1}


def test_points_that_an_earlier_version_wrote_together_are_read(live: Live, work_url: str) -> None:
    live.put([state("pump-1")])
    database = open_database(work_url, "live")
    with database.writing("garden") as connection:
        connection.exec_driver_sql(
            'UPDATE live_assets SET points = \'{"@0":[1764000000000000,{"flow":0.25,"level":3}]}\''
        )
    database.engine.dispose()
    at = datetime.fromtimestamp(1764000000, UTC)
    flow, level = (PointState(value, Quality.GOOD, BadReason.NONE, at) for value in (0.25, 3))
    assert live.get()["pump-1"].points == {"flow": flow, "level": level}


def test_an_asset_has_one_row(live: Live) -> None:
    live.put([state("pump-1", 0.1), state("pump-2")])
    live.put([state("pump-1", 0.2)])
    assert live.get() == {"pump-1": state("pump-1", 0.2), "pump-2": state("pump-2")}
    assert live.get(["pump-2", "pump-9"]) == {"pump-2": state("pump-2")}
    assert live.get([]) == {}


def test_a_reader_sees_what_changed(live: Live) -> None:
    nothing, empty = live.changed(0)
    assert empty == {}
    live.put([state("pump-1"), state("pump-2")])
    first, both = live.changed(nothing)
    assert first > nothing
    assert both == live.get()
    assert live.changed(first) == (first, {})
    live.put([])
    live.put([state("pump-2", 0.5)])
    second, one = live.changed(first)
    assert second > first
    assert one == {"pump-2": state("pump-2", 0.5)}


def test_a_reader_of_a_store_made_anew_sees_everything(live: Live) -> None:
    live.put([state("pump-1")])
    version, _ = live.changed(0)
    assert live.changed(version + 10**9) == (version, live.get())


def test_programs_give_an_account(live: Live) -> None:
    first = ProgramState("collectors", T, {'facility_link_polls_total{link="pump-room"}': 7.0})
    second = ProgramState("collectors", T + timedelta(seconds=2), {"facility_points": 800.0})
    live.put_program(first)
    live.put_program(ProgramState("scheduler", T, {}))
    live.put_program(second)
    assert live.programs() == {"collectors": second, "scheduler": ProgramState("scheduler", T, {})}


def test_sites_do_not_see_each_other(live: Live, work_url: str) -> None:
    live.put([state("pump-1")])
    other = SqlLive(work_url, "river")
    assert other.get() == other.get(["pump-1"]) == other.changed(0)[1] == other.programs() == {}
    other.close()


def test_preparing_again_keeps_what_is_there(live: Live) -> None:
    live.put([state("pump-1")])
    live.prepare()
    assert list(live.get()) == ["pump-1"]
