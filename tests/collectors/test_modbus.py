"""The Modbus TCP client against a server that answers in every wrong way: an error is named, a wrong value never comes (C3)."""

import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import collectors
from collectors.modbus import ModbusTcp
from collectors.wire import BadAnswer, DeviceRefused, Request, Timeout, WireError, WireLost
from facility.domain.profile import Table
from tests.collectors import hostile_server as server
from tests.collectors.hostile_server import Ask, Behaviour, Hostile, always, truth

READS = int(os.environ.get("FACILITY_FUZZ_READS", "10000"))
READERS = 16
BEHAVIOURS: dict[Behaviour, int] = {
    server.right: 60,
    server.crumbs: 10,
    server.twice: 5,
    server.again: 5,
    server.only_again: 1,
    server.short: 4,
    server.long: 2,
    server.miscounted: 2,
    server.foreign_unit: 3,
    server.other_function: 2,
    server.refused: 2,
    server.late: 2,
    server.silent: 1,
    server.cut: 1,
    server.cut_then_late: 2,
    server.garbage: 2,
    server.hang_up: 1,
}


class NoTransactionCheck(ModbusTcp):
    """For the proof that the check is needed."""

    def _is_ours(self, transaction: int) -> bool:
        return True


class NoLengthCheck(ModbusTcp):
    """For the proof that the check is needed."""

    def _examine(self, unit: int, pdu: bytes) -> bytes | WireError:
        outcome = super()._examine(unit, pdu)
        return pdu[2:] if "bytes answered for" in str(outcome) else outcome


def request(unit: int = 3, address: int = 100, count: int = 10, timeout: float = 0.05) -> Request:
    return Request(unit, Table.HOLDING, address, count, timeout)


def true_payload(request: Request) -> bytes:
    return truth(request.unit, request.function, request.address, request.count)


async def connected(hostile: Hostile, make: Callable[[str, int], ModbusTcp] = ModbusTcp) -> ModbusTcp:
    wire = make("127.0.0.1", hostile.port)
    await wire.connect()
    return wire


@pytest.mark.parametrize("table", Table)
@pytest.mark.parametrize("count", [1, 7, 8, 9, 125])
@pytest.mark.parametrize("behaviour", [server.right, server.crumbs, server.twice, server.again])
async def test_a_right_answer_is_taken_however_it_comes(table: Table, count: int, behaviour: Behaviour) -> None:
    async with Hostile(always(behaviour)) as hostile:
        wire = await connected(hostile)
        for address in (0, 65535 - count, 65536 - count):
            asked = Request(1, table, address, count, timeout=5.0)
            assert await wire.read(asked) == true_payload(asked)
        wire.close()


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (server.silent, Timeout),
        (server.only_again, Timeout),
        (server.short, BadAnswer),
        (server.long, BadAnswer),
        (server.miscounted, BadAnswer),
        (server.foreign_unit, BadAnswer),
        (server.other_function, BadAnswer),
        (server.cut, BadAnswer),
        (server.cut_then_late, BadAnswer),
        (server.refused, DeviceRefused),
        (server.hang_up, WireLost),
    ],
)
async def test_what_is_not_the_answer_has_a_name(behaviour: Behaviour, error: type[WireError]) -> None:
    turns = iter([server.right, behaviour])
    async with Hostile(lambda ask: next(turns)) as hostile:
        wire = await connected(hostile)
        await wire.read(request(timeout=5.0))
        with pytest.raises(error) as raised:
            await wire.read(request(address=200))
        assert type(raised.value) is error
        assert wire.connected is (error in (Timeout, DeviceRefused))
        wire.close()


async def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    turns = iter([server.late, server.right])
    async with Hostile(lambda ask: next(turns)) as hostile:
        wire = await connected(hostile)
        with pytest.raises(Timeout):
            await wire.read(request(address=100))
        assert await wire.read(request(address=200, timeout=5.0)) == true_payload(request(address=200))
        assert wire.strays == 1
        wire.close()


async def test_nobody_listens() -> None:
    wire = ModbusTcp("127.0.0.1", Hostile(always(server.right)).port)
    with pytest.raises(WireLost, match="Connection refused"):
        await wire.connect()
    with pytest.raises(WireLost):
        await wire.read(request())


async def test_closing_ends_a_pending_read() -> None:
    async with Hostile(always(server.silent)) as hostile:
        wire = await connected(hostile)
        pending = asyncio.ensure_future(wire.read(request(timeout=5.0)))
        await asyncio.sleep(0)
        wire.close()
        with pytest.raises(WireLost):
            await pending


async def fuzz(make: Callable[[str, int], ModbusTcp], reads: int, seed: int) -> Counter[str]:
    """`reads` random reads over several hostile servers at once; counts right payloads, wrong ones and errors by name."""
    outcomes: Counter[str] = Counter()

    async def reader(number: int) -> None:
        dice = random.Random(seed * 1000 + number)
        names, weights = list(BEHAVIOURS), list(BEHAVIOURS.values())

        def choose(ask: Ask) -> Behaviour:
            return dice.choices(names, weights)[0]

        async with Hostile(choose, seed=seed * 1000 + number) as hostile:
            wire = await connected(hostile, make)
            for _ in range(reads // READERS):
                table = dice.choice(list(Table))
                asked = Request(dice.randint(1, 3), table, dice.randint(0, 50), dice.randint(1, 20), timeout=0.03)
                try:
                    if not wire.connected:
                        wire = await connected(hostile, make)
                    payload = await wire.read(asked)
                except WireError as error:
                    outcomes[type(error).__name__] += 1
                else:
                    outcomes["right" if payload == true_payload(asked) else "wrong"] += 1
            wire.close()

    await asyncio.gather(*(reader(number) for number in range(READERS)))
    return outcomes


@pytest.mark.timeout(3600)
async def test_no_wrong_value_ever() -> None:
    outcomes = await fuzz(ModbusTcp, READS, seed=7)
    assert outcomes["wrong"] == 0
    assert outcomes["right"] > READS // 2
    assert set(outcomes) >= {"Timeout", "BadAnswer", "DeviceRefused", "WireLost"}


@pytest.mark.timeout(3600)
async def test_reading_on_without_a_pause_gives_no_wrong_value_either() -> None:
    """The chain of the hot path: the next request leaves inside the answer to the one before."""
    dice, outcomes = random.Random(11), Counter[str]()
    names, weights = list(BEHAVIOURS), list(BEHAVIOURS.values())
    asked: list[Request] = []

    def following() -> Request:
        count = dice.randint(1, 20)
        asked.append(Request(dice.randint(1, 3), dice.choice(list(Table)), dice.randint(0, 50), count, timeout=0.03))
        return asked[-1]

    def proceed(payload: bytes) -> Request | None:
        outcomes["right" if payload == true_payload(asked[-1]) else "wrong"] += 1
        return following() if dice.random() < 0.9 else None

    async with Hostile(lambda _: dice.choices(names, weights)[0], seed=11) as hostile:
        wire = await connected(hostile)
        while outcomes["right"] < READS // 20:
            try:
                if not wire.connected:
                    wire = await connected(hostile)
                payload = await wire.read_on(following(), proceed)
            except WireError as error:
                outcomes[type(error).__name__] += 1
            else:
                assert payload == true_payload(asked[-1])
        wire.close()
    assert outcomes["wrong"] == 0
    assert set(outcomes) >= {"Timeout", "BadAnswer", "DeviceRefused", "WireLost"}


async def test_what_the_taker_of_an_answer_raises_ends_the_reading_and_not_the_connection() -> None:
    def proceed(payload: bytes) -> Request | None:
        raise ZeroDivisionError

    async with Hostile(always(server.right)) as hostile:
        wire = await connected(hostile)
        with pytest.raises(ZeroDivisionError):
            await wire.read_on(request(), proceed)
        assert await wire.read(request()) == true_payload(request())
        wire.close()


@pytest.mark.parametrize("weakened", [NoTransactionCheck, NoLengthCheck])
async def test_the_fuzz_finds_a_missing_check(weakened: type[ModbusTcp]) -> None:
    outcomes = await fuzz(weakened, 2000, seed=7)
    assert outcomes["wrong"] > 0


def test_no_code_of_the_package_writes_to_a_device() -> None:
    """Only reading functions exist: no other function code is packed, and no write call of a library appears."""
    assert {table.function for table in Table} == {1, 2, 3, 4}
    sources = sorted(Path(collectors.__file__).parent.rglob("*.py"))
    assert sources
    for source in sources:
        text = source.read_text(encoding="utf-8")
        assert not re.search(r"write_(coil|register)|mask_write|readwrite_|pymodbus", text), source.name
    client = Path(collectors.__file__).with_name("modbus.py").read_text(encoding="utf-8")
    assert client.count("_ASK.pack(") == client.count(".write(") == 1
