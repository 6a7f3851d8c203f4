"""One link on a real wire: what every block's sink is told when units, registers, answers or the gateway fail."""

import logging
from pathlib import Path

import pytest

from collectors.link import ModbusLink
from facility.clock import SystemClock
from facility.domain.asset import Asset
from facility.domain.profile import Point, Table
from facility.domain.reading import BadReason
from tests.collectors import hostile_server as server
from tests.collectors.hostile_server import Ask, Behaviour, Hostile, always, frame, truth
from tests.collectors.wire_harness import Seen, Sinks, asset, eventually, limits, link, running, words
from tests.harness.clock import SharedClock

DEAD = 32


@pytest.fixture
def shared(tmp_path: Path) -> SharedClock:
    return SharedClock(tmp_path)


@pytest.fixture
def clock(shared: SharedClock) -> SystemClock:
    return SystemClock(Path(shared.environment["FACILITY_CLOCK"]))


def refusing(code: int) -> Behaviour:
    """An exception with this code."""
    return lambda _, ask: frame(ask.transaction, ask.unit, bytes((ask.function | 0x80, code)))


def true_values(unit: int, count: int) -> dict[str, float]:
    """What `words(count)` of a unit hold."""
    payload = truth(unit, Table.HOLDING.function, 0, count)
    return {f"p{i}": float(int.from_bytes(payload[2 * i : 2 * i + 2], "big")) for i in range(count)}


def metric(link: ModbusLink, name: str, labels: str = "") -> float:
    return link.metrics()[f'facility_link_{name}{{link="wire"{labels}}}']


async def test_one_bad_register_of_a_hundred_leaves_99_points_and_the_connection(clock: SystemClock) -> None:
    """C1."""

    def choose(ask: Ask) -> Behaviour:
        return refusing(2) if ask.address <= 37 < ask.address + ask.count else server.right

    sinks = Sinks()
    wanted = true_values(1, 100)
    del wanted["p37"]
    async with Hostile(choose) as hostile:
        reader = ModbusLink(link(hostile.port), [asset("a", words(100, every=0.5))], sinks, clock)
        async with running(reader):
            await eventually(lambda: len(sinks.calls("a")) >= 5, "five cycles")
            for good, bad, _ in sinks.calls("a")[1:]:
                assert good == wanted
                assert bad == {"p37": BadReason.REFUSED}
            assert metric(reader, "refused_points") == 1
        assert hostile.connections == 1


async def test_a_dead_unit_leaves_the_others_their_polls(clock: SystemClock, shared: SharedClock) -> None:
    """C2 on a real wire: 32 units behind one gateway, one of them silent, for five minutes in steps of their period."""

    def choose(ask: Ask) -> Behaviour:
        return server.silent if ask.unit == DEAD else server.right

    sinks, periods = Sinks(), 60
    assets = [
        asset(f"u{i}", words(4, every=5.0), unit=i, limits=limits(timeout=0.05 if i == DEAD else 10.0))
        for i in range(1, DEAD + 1)
    ]
    others = [a.id for a in assets[:-1]]
    async with Hostile(choose) as hostile:
        reader = ModbusLink(link(hostile.port), assets, sinks, clock)
        async with running(reader):
            for period in range(1, periods + 1):
                await eventually(
                    lambda p=period: all(len(sinks.calls(a)) >= p for a in others),  # type: ignore[misc]
                    "every other unit was polled",
                )
                shared.advance(5.0)
            assert metric(reader, "breakers_open") == 1
        for i, name in enumerate(others, start=1):
            assert all(good == true_values(i, 4) for good, _, _ in sinks.calls(name))
        assert {reason for _, bad, _ in sinks.calls(f"u{DEAD}") for reason in bad.values()} == {BadReason.TIMEOUT}
        assert sum(ask.unit == DEAD for ask in hostile.asked) <= 14
        assert hostile.connections == 1


async def test_a_unit_that_comes_back_is_read_again(
    clock: SystemClock, shared: SharedClock, caplog: pytest.LogCaptureFixture
) -> None:
    alive = False

    def choose(ask: Ask) -> Behaviour:
        return server.right if ask.unit == 1 or alive else server.silent

    caplog.set_level(logging.INFO, "collectors.link")
    sinks = Sinks()
    assets = [asset("a", words(2), unit=1), asset("b", words(2), unit=2, limits=limits(timeout=0.2))]
    async with Hostile(choose) as hostile:
        reader = ModbusLink(link(hostile.port), assets, sinks, clock)
        async with running(reader):
            await eventually(lambda: metric(reader, "breakers_open") == 1, "the breaker is open")
            alive = True
            shared.advance(90)
            await eventually(lambda: sinks.calls("b")[-1][0] == true_values(2, 2), "values of the unit")
            assert metric(reader, "breakers_open") == 0
    assert [record.message.partition(";")[0] for record in caplog.records] == [
        "link wire: unit 2 gives no answer that can be used",
        "link wire: unit 2 answers again",
    ]


async def test_without_a_gateway_points_say_so_and_the_log_stays_calm(
    clock: SystemClock, shared: SharedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collectors.link")
    sinks, hostile = Sinks(), Hostile(always(server.right))
    reader = ModbusLink(link(hostile.port), [asset(f"u{i}", words(2), unit=i) for i in range(1, 6)], sinks, clock)
    async with running(reader):
        for round_ in range(1, 6):
            await eventually(lambda r=round_: len(sinks.calls("u5")) >= r, "a failed block")  # type: ignore[misc]
            shared.advance(5.0)
        assert all(set(bad.values()) == {BadReason.COMM_LOST} for _, bad, _ in sinks.calls("u5"))
        async with hostile:
            shared.advance(60.0)
            await eventually(lambda: sinks.calls("u5")[-1][0] == true_values(5, 2), "values")
            await hostile.stop()
            await eventually(lambda: BadReason.COMM_LOST in sinks.calls("u5")[-1][1].values(), "lost again")
    messages = [record.message for record in caplog.records]
    assert len(messages) == 3
    assert ["lost" in message for message in messages] == [True, False, True]
    assert not any(record.exc_info for record in caplog.records)


async def test_what_was_lost_with_the_gateway_is_read_when_it_is_back_not_a_period_later(
    clock: SystemClock, shared: SharedClock
) -> None:
    sinks, hostile = Sinks(), Hostile(always(server.right))
    slow = [asset(f"u{i}", words(2, every=3600.0), unit=i) for i in range(1, 4)]
    reader = ModbusLink(link(hostile.port), [*slow, asset("quick", words(2), unit=9)], sinks, clock)
    async with running(reader):
        await eventually(lambda: all(sinks.calls(one.id) for one in slow), "a failed first round")
        async with hostile:
            shared.advance(40.0)
            for one in slow:
                await eventually(lambda one=one: sinks.calls(one.id)[-1][0], "values")  # type: ignore[misc]
    assert all(len(sinks.calls(one.id)) == 2 for one in slow)


async def test_a_silent_gateway_is_connected_to_again(
    clock: SystemClock, shared: SharedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collectors.link")
    alive = False
    sinks = Sinks()
    assets = [asset(f"u{i}", words(2), unit=i, limits=limits(timeout=0.2)) for i in range(1, 5)]
    async with Hostile(lambda _: server.right if alive else server.silent) as hostile:
        reader = ModbusLink(link(hostile.port), assets, sinks, clock)
        async with running(reader):
            await eventually(lambda: hostile.connections >= 2, "a second connection")
            assert {r for _, bad, _ in sinks.calls("u1") for r in bad.values()} == {BadReason.TIMEOUT}
            alive = True
            shared.advance(90)
            for i in range(1, 5):
                await eventually(lambda i=i: sinks.calls(f"u{i}")[-1][0], "values")  # type: ignore[misc]
    assert sum("is lost" in record.message for record in caplog.records) == 1
    assert sum("back after" in record.message for record in caplog.records) == 1


async def test_a_connection_that_the_gateway_closes_is_made_again_without_a_word(
    clock: SystemClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collectors.link")
    turns = iter([server.right, server.right, server.hang_up])
    sinks = Sinks()
    async with Hostile(lambda _: next(turns, server.right)) as hostile:
        reader = ModbusLink(link(hostile.port), [asset("a", words(2, every=0.25))], sinks, clock)
        async with running(reader):
            await eventually(lambda: hostile.connections == 2 and len(sinks.calls("a")) >= 5, "it goes on")
        assert [bool(good) for good, _, _ in sinks.calls("a")[:5]] == [True, True, False, True, True]
        assert set(sinks.calls("a")[2][1].values()) == {BadReason.COMM_LOST}
    assert not caplog.records


@pytest.mark.parametrize(
    ("behaviour", "reason", "kind"),
    [
        (server.short, BadReason.BAD_PAYLOAD, "bad_answer"),
        (server.foreign_unit, BadReason.BAD_PAYLOAD, "bad_answer"),
        (refusing(1), BadReason.REFUSED, "refused"),
        (refusing(2), BadReason.REFUSED, "refused"),
        (refusing(6), BadReason.REFUSED, "refused"),
        (refusing(11), BadReason.TIMEOUT, "refused"),
        (server.silent, BadReason.TIMEOUT, "timeout"),
    ],
)
async def test_each_failure_has_its_reason(
    behaviour: Behaviour, reason: BadReason, kind: str, clock: SystemClock
) -> None:
    sinks = Sinks()
    async with Hostile(lambda ask: behaviour if ask.unit == 2 else server.right) as hostile:
        assets = [
            asset("a", words(2, every=0.25), unit=1),
            asset("b", words(3, every=0.25), unit=2, limits=limits(timeout=0.05)),
        ]
        reader = ModbusLink(link(hostile.port), assets, sinks, clock)
        async with running(reader):
            await eventually(lambda: len(sinks.calls("b")) >= 4 and len(sinks.calls("a")) >= 4, "four polls")
            assert metric(reader, "errors_total", f',kind="{kind}"') >= 1
            assert metric(reader, "errors_total", ',kind="fault"') == 0
    assert {r for _, bad, _ in sinks.calls("b") for r in bad.values()} == {reason}
    assert not any(good for good, _, _ in sinks.calls("b"))
    assert sinks.calls("a")[-1][0] == true_values(1, 2)


async def test_each_period_is_kept_on_one_link(clock: SystemClock, shared: SharedClock) -> None:
    sinks = Sinks()
    assets = [asset("fast", words(3), unit=1), asset("slow", words(3, every=5.0), unit=2)]
    async with Hostile(always(server.right)) as hostile:
        reader = ModbusLink(link(hostile.port), assets, sinks, clock)
        async with running(reader):
            for second in range(1, 21):
                await eventually(lambda s=second: len(sinks.calls("fast")) >= s, "the next poll")  # type: ignore[misc]
                shared.advance(1.0)
            ratio = len(sinks.calls("fast")) / len(sinks.calls("slow"))
    assert 3.0 <= ratio <= 7.0  # five, on a machine with other work


async def test_parallel_connections_are_used_when_the_link_has_them(clock: SystemClock) -> None:
    sinks = Sinks()
    assets = [
        asset(f"u{i}", words(2, every=0.25), unit=i, limits=limits(timeout=0.5 if i == 3 else 10.0))
        for i in range(1, 4)
    ]
    async with Hostile(lambda ask: server.silent if ask.unit == 3 else server.right) as hostile:
        reader = ModbusLink(link(hostile.port, connections=2), assets, sinks, clock)
        async with running(reader):
            await eventually(lambda: len(sinks.calls("u3")) >= 2 and len(sinks.calls("u1")) >= 4, "polls")
            assert hostile.connections == 2
            assert metric(reader, "connections") == 2
    assert all(good for good, _, _ in sinks.calls("u1") + sinks.calls("u2"))


async def test_a_sink_that_fails_is_reported_and_the_rest_is_read(
    clock: SystemClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Seen):
        def good(self, values: object, at_ns: int) -> None:
            raise ZeroDivisionError

    sinks = Sinks()

    def make(asset: Asset, points: tuple[Point, ...]) -> Seen:
        return Broken(points) if asset.id == "broken" else sinks(asset, points)

    assets = [asset("broken", words(2), unit=1), asset("a", words(2, every=0.25), unit=2)]
    async with Hostile(always(server.right)) as hostile:
        reader = ModbusLink(link(hostile.port), assets, make, clock)
        async with running(reader):
            await eventually(lambda: len(sinks.calls("a")) >= 3, "the other asset")
            assert metric(reader, "errors_total", ',kind="fault"') >= 1
    assert any(record.exc_info for record in caplog.records)


async def test_one_time_stamp_a_block_taken_when_the_answer_came(clock: SystemClock) -> None:
    sinks = Sinks()
    before = clock.now().timestamp() * 1e9
    async with Hostile(always(server.right)) as hostile:
        reader = ModbusLink(link(hostile.port), [asset("a", words(10, every=0.25))], sinks, clock)
        async with running(reader):
            await eventually(lambda: len(sinks.calls("a")) >= 3, "three polls")
    stamps = [at for _, _, at in sinks.calls("a")]
    assert stamps == sorted(set(stamps))
    assert before <= stamps[0] <= stamps[-1] <= clock.now().timestamp() * 1e9 + 1000
