"""A stage for tests of the collectors behind the wire: a hand-moved clock, a small site, spool and journal in a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from collectors.journal import Journal
from collectors.monitor import Monitor
from collectors.outflow import Outflow
from collectors.spool import Spool
from facility.clock import LOOK
from facility.domain.asset import Asset, Link, LinkKind, Site
from facility.domain.condition import Edge, EdgeKind
from facility.domain.moment import nanoseconds
from facility.domain.mqtt import Availability, Stream
from facility.domain.profile import JsonField, Point, Profile, RawType, Register, System, Table
from facility.domain.rule import Rule
from facility.domain.text import Language, Title
from facility.domain.unit import Unit

X = Title("x", "x")
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class HandClock:
    """Moves when told."""

    def __init__(self) -> None:
        self.at, self.mono = START, 100.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.mono

    def nap(self, seconds: float) -> float:
        return min(seconds, LOOK)

    def advance(self, seconds: float) -> int:
        """Let time pass; the new time in ns."""
        self.at += timedelta(seconds=seconds)
        self.mono += seconds
        return self.ns

    @property
    def ns(self) -> int:
        return nanoseconds(self.at)


def point(name: str, *, every: float = 5.0, deadband: float = 0.0, kind: RawType = RawType.FLOAT32) -> Point:
    """A Modbus point."""
    return Point(name, X, Unit.NONE, Register(Table.HOLDING, 0, kind), timedelta(seconds=every), deadband=deadband)


def json_point(name: str, topic: str, path: str, kind: str, *, time: str = "", every: float = 30.0) -> Point:
    """An MQTT point; enums know open and closed."""
    codes: Mapping[int | str, str] = {"open": "open", "closed": "closed"} if kind == "enum" else {}
    read = JsonField(topic, path, kind, time_path=time)
    return Point(name, X, Unit.NONE, read, timedelta(seconds=every), codes=codes)


def device(
    name: str,
    points: Sequence[Point],
    rules: Sequence[Rule] = (),
    *,
    link: str = "wire",
    topics: Mapping[str, str] | None = None,
    streams: Mapping[str, Stream] | None = None,
    availability: Availability | None = None,
    prefix: str = "",
) -> Asset:
    """An asset with a profile of its own; MQTT when it has topics."""
    profile = Profile(
        f"{name}_profile",
        X,
        "meter",
        System.POWER,
        "mqtt" if topics else "modbus",
        {p.name: p for p in points},
        {},
        topics=topics or {},
        streams=streams or {},
        availability=availability,
    )
    return Asset(
        name,
        X,
        profile,
        "area",
        "a",
        "b",
        link,
        unit=1,
        prefix=prefix or f"t/{name}",
        rules={rule.id: rule for rule in rules},
    )


def wire(id: str = "wire", port: int = 9, kind: LinkKind = LinkKind.MODBUS_TCP) -> Link:
    """A link."""
    return Link(id, X, kind, "127.0.0.1", port)


def site(assets: Sequence[Asset], links: Sequence[Link]) -> Site:
    """A site of these assets and links, and nothing else."""
    return Site(
        "demo",
        X,
        ZoneInfo("Asia/Shanghai"),
        Language.EN,
        {},
        {},
        {},
        {link.id: link for link in links},
        {asset.id: asset for asset in assets},
        {},
        {},
        {},
        {},
    )


class Stage:
    """Monitor, spool and journal of some assets; nothing runs by itself."""

    def __init__(self, folder: Path, assets: Sequence[Asset], links: Sequence[Link] = ()) -> None:
        self.folder, self.clock = folder, HandClock()
        self.site = site(assets, links or [wire()])
        self.begin()

    def begin(self) -> None:
        """Start, or start again on the same files."""
        self.spool = Spool(self.folder / "spool.db", self.clock)
        self.journal = Journal(self.folder / "journal.db", "main", self.clock)
        self.outflow = Outflow(self.spool, self.journal)
        self.monitor = Monitor(self.site, self.clock, self.outflow)
        self.monitor.take_up(self.journal.latest())

    def lines(self) -> list[str]:
        """The lines written since the last look, without their common start."""
        taken = [self.outflow.lines.popleft() for _ in range(len(self.outflow.lines))]
        return [line.removesuffix("\n") for line in taken]

    def edges(self) -> list[tuple[str, str, EdgeKind]]:
        """The edges found since the last look."""
        taken: list[Edge] = [self.outflow.edges.popleft() for _ in range(len(self.outflow.edges))]
        self.journal.record(taken)
        return [(edge.asset, edge.rule, edge.kind) for edge in taken]

    def wait(self, seconds: float) -> None:
        """Let time pass in steps of the ticker."""
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            self.monitor.tick()


def edge(n: int, kind: EdgeKind = EdgeKind.OPENED, *, asset: str = "a", rule: str = "r") -> Edge:
    """An edge whose onset is n seconds after the start."""
    at = START + timedelta(seconds=n)
    return Edge("", 0, asset, rule, kind, at, at, "p", float(n), 5.0)


def reopened(first: Edge, **changes: object) -> Edge:
    """The same edge with changes."""
    return replace(first, **changes)  # type: ignore[arg-type]
