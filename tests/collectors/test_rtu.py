"""The RTU wire on lines that answer in every wrong way: an error is named, a late answer never shifts the next (C3)."""

import asyncio
import errno
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.framer.rtu import FramerRTU

import collectors
from collectors.checksum import checksum
from collectors.rtu import Owed, Rtu
from collectors.serial_port import SerialPort, explained
from collectors.tcp import TcpPort
from collectors.wire import BadAnswer, DeviceRefused, Request, Timeout, WireError, WireLost
from facility.domain.profile import Table
from facility.domain.serial_line import Parity, SerialLine
from tests.collectors import hostile_line as line
from tests.collectors.hostile_line import Behaviour, HostileLine, MemoryPort, PtyLine, TcpLine, true_answer
from tests.collectors.hostile_server import Ask, truth
from tests.collectors.wire_harness import eventually
from tests.harness.simulated_time import run_simulated

READS = int(os.environ.get("FACILITY_FUZZ_READS", "4000"))
FAST = SerialLine(baud=115200)
USUAL = 1.0  # seconds, the timeout of most profiles; simulated time is cheap
BEHAVIOURS: dict[Behaviour, int] = {
    line.right: 60,
    line.crumbs: 10,
    line.noise_before: 5,
    line.noise_behind: 5,
    line.echo: 5,
    line.echo_in_pieces: 5,
    line.only_echo: 1,
    line.twice: 3,
    line.again: 4,
    line.short: 4,
    line.long: 2,
    line.foreign_unit: 3,
    line.foreign_unit_first: 3,
    line.other_function: 2,
    line.damaged: 4,
    line.refused: 2,
    line.late: 6,
    line.late_refusal: 1,
    line.silent: 1,
    line.cut: 2,
    line.garbage: 2,
}


class NoChecksum(Rtu):
    """For the proof that the check is needed."""

    def _is_sound(self, frame: bytes) -> bool:
        return True


class NoLengthCheck(Rtu):
    """For the proof that the check is needed."""

    def _examine(self, unit: int, pdu: bytes) -> bytes | WireError:
        outcome = super()._examine(unit, pdu)
        return pdu[2:] if "bytes answered for" in str(outcome) else outcome


class NothingOwed(Rtu):
    """For the proof that a unit must be left alone while its answer may still come."""

    async def _drain(self) -> None:
        self._owed = Owed()
        await super()._drain()


class NoDraining(Rtu):
    """For the proof that waiting for late answers is needed."""

    async def _drain(self) -> None:
        self._owed = Owed()


def request(unit: int = 3, address: int = 100, count: int = 10, timeout: float = 0.05) -> Request:
    return Request(unit, Table.HOLDING, address, count, timeout)


def true_payload(request: Request) -> bytes:
    return truth(request.unit, request.function, request.address, request.count)


@asynccontextmanager
async def over_pty(hostile: HostileLine) -> AsyncIterator[Rtu]:
    async with PtyLine(hostile) as pty:
        yield Rtu(SerialPort(SerialLine(pty.device, baud=115200, parity=Parity.EVEN)), FAST)


@asynccontextmanager
async def over_tcp(hostile: HostileLine) -> AsyncIterator[Rtu]:
    async with TcpLine(hostile) as tcp:
        yield Rtu(TcpPort("127.0.0.1", tcp.port), FAST)


@pytest.mark.parametrize("over", [over_pty, over_tcp])
@pytest.mark.parametrize("table", Table)
async def test_a_right_answer_is_taken_however_it_comes(
    over: Callable[[HostileLine], AsyncIterator[Rtu]], table: Table
) -> None:
    ways = [line.right, line.crumbs, line.twice, line.echo, line.echo_in_pieces, line.noise_before, line.noise_behind]
    turns = cycle(ways)
    async with over(HostileLine(lambda ask: next(turns))) as wire:  # type: ignore[attr-defined]
        await wire.connect()
        for count in (1, 9, 125):
            for _ in ways:
                asked = Request(1, table, 65536 - count, count, timeout=5.0)
                assert await wire.read(asked) == true_payload(asked)
        wire.close()


@pytest.mark.parametrize("over", [over_pty, over_tcp])
@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (line.silent, Timeout),
        (line.only_echo, BadAnswer),
        (line.short, BadAnswer),
        (line.long, BadAnswer),
        (line.foreign_unit, BadAnswer),
        (line.other_function, BadAnswer),
        (line.cut, BadAnswer),
        (line.damaged, BadAnswer),
        (line.refused, DeviceRefused),
    ],
)
async def test_what_is_not_the_answer_has_a_name_and_the_line_goes_on(
    over: Callable[[HostileLine], AsyncIterator[Rtu]], behaviour: Behaviour, error: type[WireError]
) -> None:
    turns = iter([line.right, behaviour, line.right])
    async with over(HostileLine(lambda ask: next(turns))) as wire:  # type: ignore[attr-defined]
        await wire.connect()
        await wire.read(request(timeout=5.0))
        with pytest.raises(error) as raised:
            await wire.read(request(address=200))
        assert type(raised.value) is error
        assert await wire.read(request(address=300, timeout=5.0)) == true_payload(request(address=300))
        wire.close()


async def test_two_different_answers_to_one_request_are_no_answer() -> None:
    turns = iter([line.right, line.again])
    async with over_pty(HostileLine(lambda ask: next(turns))) as wire:
        await wire.connect()
        await wire.read(request(address=100, timeout=5.0))
        with pytest.raises(BadAnswer, match="two answers"):
            await wire.read(request(address=200, timeout=0.2))
        wire.close()


async def test_uvloop_reads_a_serial_port_too() -> None:
    async def read() -> bytes:
        async with over_pty(HostileLine(lambda ask: line.crumbs)) as wire:
            await wire.connect()
            payload = await wire.read(request(timeout=5.0))
            wire.close()
            return payload

    def in_a_thread() -> bytes:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(read())

    assert await asyncio.to_thread(in_a_thread) == true_payload(request())


async def test_a_serial_port_that_is_unplugged_says_so_and_comes_back() -> None:
    async with PtyLine(HostileLine(lambda ask: line.silent)) as pty:
        wire = Rtu(SerialPort(SerialLine(pty.device)), FAST)
        await wire.connect()
        pending = asyncio.ensure_future(wire.read(request(timeout=5.0)))
        await eventually(lambda: pty.line.asked, "the request")
        pty.unplug()
        with pytest.raises(WireLost, match="unplugged"):
            await pending
        assert not wire.connected
        pty.line.choose = lambda ask: line.right
        pty.plug()
        wire = Rtu(SerialPort(SerialLine(pty.device)), FAST)
        await wire.connect()
        assert await wire.read(request(timeout=5.0)) == true_payload(request())
        wire.close()


async def test_a_serial_port_is_for_one_program() -> None:
    async with PtyLine(HostileLine(lambda ask: line.right)) as pty:
        first, second = (Rtu(SerialPort(SerialLine(pty.device)), FAST) for _ in range(2))
        await first.connect()
        with pytest.raises(WireLost, match="another program uses it"):
            await second.connect()
        first.close()
        await second.connect()
        assert second.connected
        second.close()


@pytest.mark.parametrize(
    ("device", "says"),
    [
        ("/dev/no-such-line", "there is no such device: is the adapter plugged in"),
        ("/dev/null", "it is not a serial port: correct `device:`"),
        ("/dev", "it is not a serial port"),
    ],
)
async def test_a_serial_port_that_cannot_be_opened_says_how_to_mend_it(device: str, says: str) -> None:
    with pytest.raises(WireLost, match=says):
        await Rtu(SerialPort(SerialLine(device)), FAST).connect()


@pytest.mark.parametrize(
    ("number", "says"), [(errno.EACCES, "usermod -aG dialout"), (errno.EBUSY, "fuser"), (errno.EIO, "unplugged")]
)
def test_errors_of_a_serial_port_say_how_to_mend_them(number: int, says: str) -> None:
    """Those that root, or a pseudo-terminal, does not meet."""
    assert says in explained(OSError(number, os.strerror(number)))


async def test_nobody_listens() -> None:
    wire = Rtu(TcpPort("127.0.0.1", TcpLine(HostileLine(lambda ask: line.right)).port), FAST)
    with pytest.raises(WireLost, match="Connection refused"):
        await wire.connect()
    with pytest.raises(WireLost):
        await wire.read(request())


async def test_closing_ends_a_pending_read() -> None:
    async with over_tcp(HostileLine(lambda ask: line.silent)) as wire:
        await wire.connect()
        pending = asyncio.ensure_future(wire.read(request(timeout=5.0)))
        await asyncio.sleep(0.02)
        wire.close()
        with pytest.raises(WireLost):
            await pending


async def fuzz(make: type[Rtu], reads: int, behaviours: dict[Behaviour, int], seed: int = 7) -> Counter[str]:
    """`reads` random reads on a hostile line; counts right payloads, wrong ones, and errors by name."""
    dice = random.Random(seed)
    names, weights = list(behaviours), list(behaviours.values())
    hostile = HostileLine(lambda ask: dice.choices(names, weights)[0], FAST, seed, USUAL)
    outcomes: Counter[str] = Counter()
    wire = make(MemoryPort(hostile), FAST)
    await wire.connect()
    for _ in range(reads):
        table = dice.choice(list(Table))
        asked = Request(dice.randint(1, 2), table, dice.randint(0, 50), dice.choice([1, 2, 10, 20]), USUAL)
        if not wire.connected:
            await wire.connect()
        try:
            payload = await wire.read(asked)
        except WireError as error:
            outcomes[type(error).__name__] += 1
        else:
            outcomes[judged(asked, payload, hostile)] += 1
    wire.close()
    return outcomes


def judged(asked: Request, payload: bytes, hostile: HostileLine) -> str:
    """Right, wrong, or the answer of another request that came too late for anybody to tell."""
    if payload == true_payload(asked):
        return "right"
    ask = Ask(0, asked.unit, asked.function, asked.address, asked.count)
    return "indistinguishable" if line.answer(ask, payload) in hostile.stale else "wrong"


def test_no_wrong_value_ever() -> None:
    outcomes = run_simulated(fuzz(Rtu, READS, BEHAVIOURS))
    assert outcomes["wrong"] == outcomes["indistinguishable"] == 0
    assert outcomes["right"] > READS // 2
    assert set(outcomes) >= {"Timeout", "BadAnswer", "DeviceRefused"}


def test_only_an_answer_later_than_two_timeouts_can_be_taken_for_another() -> None:
    """The documented limit of RTU: of one unit, function and length, and only then."""
    outcomes = run_simulated(fuzz(Rtu, 2000, {line.right: 6, line.twice: 1, line.damaged: 1, line.very_late: 2}))
    assert outcomes["wrong"] == 0
    assert 0 < outcomes["indistinguishable"] < 100


@pytest.mark.parametrize("weakened", [NoChecksum, NoLengthCheck, NothingOwed, NoDraining])
def test_the_fuzz_finds_a_missing_check(weakened: type[Rtu]) -> None:
    outcomes = run_simulated(fuzz(weakened, 2000, BEHAVIOURS))
    assert outcomes["wrong"] > 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 2), st.sampled_from(list(Table)), st.sampled_from([0, 8]), st.sampled_from([1, 8])),
        min_size=2,
        max_size=8,
    ),
    st.data(),
)
def test_whatever_comes_in_whatever_order_a_value_is_true(
    asks: list[tuple[int, Table, int, int]], data: st.DataObject
) -> None:
    turns = iter(data.draw(st.lists(st.sampled_from(list(BEHAVIOURS)), min_size=len(asks), max_size=len(asks))))

    async def play() -> list[tuple[bytes, bytes]]:
        wire = Rtu(MemoryPort(HostileLine(lambda ask: next(turns), timeout=USUAL)), FAST)
        await wire.connect()
        read = []
        for unit, table, address, count in asks:
            asked = Request(unit, table, address, count, USUAL)
            try:
                read.append((await wire.read(asked), true_payload(asked)))
            except WireError:
                continue
        return read

    assert [got for got, true in run_simulated(play()) if got != true] == []


async def test_a_late_answer_on_a_real_line_is_not_taken_for_the_next_one() -> None:
    turns = iter([line.late, line.right])
    async with over_pty(HostileLine(lambda ask: next(turns))) as wire:
        await wire.connect()
        with pytest.raises(Timeout):
            await wire.read(request(address=100))
        assert await wire.read(request(address=200, timeout=5.0)) == true_payload(request(address=200))
        assert wire.strays == 1
        wire.close()


def test_the_line_rests_before_each_request() -> None:
    """3.5 characters, or what the unit's profile says."""

    async def play(silence: float) -> float:
        slow = SerialLine(baud=1200)
        hostile = HostileLine(lambda ask: line.right, slow)
        wire = Rtu(MemoryPort(hostile), slow)
        await wire.connect()
        loop = asyncio.get_running_loop()
        await wire.read(request(count=1))
        before = loop.time()
        await wire.read(Request(3, Table.HOLDING, 1, 1, 1.0, silence))
        return loop.time() - before - slow.seconds(8 + 7)

    assert 3.5 * 10 / 1200 <= run_simulated(play(0.0)) < 3.5 * 10 / 1200 + 0.002
    assert 0.2 <= run_simulated(play(0.2)) < 0.202


def test_a_long_answer_on_a_slow_line_has_its_time() -> None:
    async def play() -> bytes:
        slow = SerialLine(baud=1200)  # 250 bytes take two seconds
        wire = Rtu(MemoryPort(HostileLine(lambda ask: line.right, slow)), slow)
        await wire.connect()
        return await wire.read(request(count=125, timeout=0.5))

    assert run_simulated(play()) == true_payload(request(count=125))


def test_a_line_that_is_never_silent_is_named() -> None:
    async def play() -> None:
        hostile = HostileLine(lambda ask: line.right)
        port = MemoryPort(hostile)
        wire = Rtu(port, FAST)

        async def chatter() -> None:
            while True:
                port._deliver(b"\x55")
                await asyncio.sleep(0.01)

        other = asyncio.ensure_future(chatter())
        try:
            await wire.connect()
        finally:
            other.cancel()

    with pytest.raises(WireLost, match="never silent: is another master on it"):
        run_simulated(play())


@given(st.binary(max_size=300))
def test_checksum_is_that_of_pymodbus(data: bytes) -> None:
    assert checksum(data) == FramerRTU.compute_CRC(data).to_bytes(2, "big")
    assert checksum(data + checksum(data)) == b"\0\0"


def test_every_frame_that_is_sent_reads() -> None:
    """One place packs requests, and it packs the function of a table."""
    folder = Path(collectors.__file__).parent
    sent = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    assert sent["rtu.py"].count(".send(") == sent["rtu.py"].count("_ASK.pack(request.unit, request.function, ") == 1
    assert sum(text.count("os.write(") for text in sent.values()) == sent["serial_port.py"].count("os.write(") == 1
    assert sum(text.count("_transport.write(") for text in sent.values()) == 2  # tcp.py and modbus.py
    assert true_answer(Ask(0, 1, 3, 0, 1))[1] == 3
