"""Points, assets and links for the tests of the reading path, and a sink that remembers what it was given."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from collectors.link import ModbusLink
from facility.domain.asset import Asset, Link, LinkKind
from facility.domain.profile import ModbusLimits, Point, Profile, RawType, Register, System, Table
from facility.domain.reading import BadReason, Value
from facility.domain.text import Title
from facility.domain.unit import Unit

NOWHERE = Title("x", "x")


def point(
    name: str,
    read: Register,
    *,
    every: float = 1.0,
    low: float | None = None,
    high: float | None = None,
    codes: Mapping[int | str, str] | None = None,
) -> Point:
    """A point of a profile."""
    return Point(name, NOWHERE, Unit.NONE, read, timedelta(seconds=every), low, high, codes=codes or {})


def words(count: int, *, every: float = 1.0, table: Table = Table.HOLDING, first: int = 0) -> list[Point]:
    """`count` uint16 points p0, p1, … on addresses in a row."""
    return [point(f"p{i}", Register(table, first + i, RawType.UINT16), every=every) for i in range(count)]


def asset(name: str, points: Sequence[Point], *, unit: int = 1, limits: ModbusLimits | None = None) -> Asset:
    """An asset with a profile of its own."""
    profile = Profile(
        f"{name}_profile",
        NOWHERE,
        "meter",
        System.POWER,
        "modbus",
        {p.name: p for p in points},
        {},
        limits or ModbusLimits(),
    )
    return Asset(name, NOWHERE, profile, "area", "someone", "someone", "wire", unit=unit)


def limits(*, timeout: float) -> ModbusLimits:
    """The usual limits with this timeout in seconds."""
    return ModbusLimits(timeout=timedelta(seconds=timeout))


def link(port: int, *, connections: int = 1) -> Link:
    """A Modbus TCP link on the loopback."""
    return Link("wire", NOWHERE, LinkKind.MODBUS_TCP, "127.0.0.1", port, connections=connections)


@dataclass
class Seen:
    """A sink that keeps the last state of each point and every call."""

    points: tuple[Point, ...]
    calls: list[tuple[dict[str, Value], dict[str, BadReason], int]] = field(default_factory=list)

    def good(self, values: Sequence[Value], at_ns: int) -> None:
        assert len(values) == len(self.points)
        self.calls.append(({p.name: v for p, v in zip(self.points, values, strict=True)}, {}, at_ns))

    def mixed(self, values: Sequence[Value | None], reasons: Sequence[BadReason], at_ns: int) -> None:
        names = [p.name for p in self.points]
        for value, reason in zip(values, reasons, strict=True):
            assert (value is None) == (reason is not BadReason.NONE)
        good = {n: v for n, v in zip(names, values, strict=True) if v is not None}
        bad = {n: r for n, r in zip(names, reasons, strict=True) if r is not BadReason.NONE}
        self.calls.append((good, bad, at_ns))

    def failed(self, reason: BadReason, at_ns: int) -> None:
        assert reason is not BadReason.NONE
        self.calls.append(({}, {p.name: reason for p in self.points}, at_ns))


class Sinks:
    """A sink factory; `of(asset)` are the sinks of an asset."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Seen]] = []

    def __call__(self, asset: Asset, points: tuple[Point, ...]) -> Seen:
        sink = Seen(points)
        self.made.append((asset.id, sink))
        return sink

    def of(self, asset: str) -> list[Seen]:
        return [sink for name, sink in self.made if name == asset]

    def calls(self, asset: str) -> list[tuple[dict[str, Value], dict[str, BadReason], int]]:
        """All calls to the asset's sinks, oldest first."""
        return sorted((call for sink in self.of(asset) for call in sink.calls), key=lambda call: call[2])


async def eventually(probe: Callable[[], object], what: str, *, within: float = 20.0) -> None:
    """Let the loop run until `probe` is true; AssertionError naming `what` after `within` real seconds."""
    end = time.monotonic() + within
    while not probe():
        assert time.monotonic() < end, f"not within {within} s: {what}"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running(link: ModbusLink) -> AsyncIterator[ModbusLink]:
    """The link reads while the block lasts; a fault in it fails the test."""
    task = asyncio.ensure_future(link.run())
    try:
        yield link
    finally:
        assert not task.done(), task
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
