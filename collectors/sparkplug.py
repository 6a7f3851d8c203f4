"""Sparkplug B, decode only: an edge node with its devices, from birth to death.

Births say what exists, with names, aliases and types; data may name an alias alone. Nothing is ever published: a device
that was born before we listened is unknown until its next birth, and what it sends until then is counted and left out.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from collectors.intake import Intake
from collectors.payload import Garbage, value_of
from collectors.sequence import Sequence as Numbers
from collectors.sequence import Verdict
from collectors.sparkplug_payload import Metric, Payload, decode, value_of_type
from collectors.state import Block
from collectors.topic import Sample, field_of
from collectors.track import Track
from facility.domain.mqtt import SPARKPLUG_NAMESPACE
from facility.domain.profile import Point
from facility.domain.reading import BadReason, Value

log = logging.getLogger(__name__)

MILLISECOND = 1_000_000  # ns
NUMBERS = 256  # of the sequence
SESSION = "bdSeq"  # metric that ties a death to its birth
BIRTHS, DEATHS, DATA = ("NBIRTH", "DBIRTH"), ("NDEATH", "DDEATH"), ("NDATA", "DDATA")


@dataclass(slots=True)
class Certificate:
    """What a birth said: names by alias, data types by name."""

    names: dict[int, str] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def of(payload: Payload) -> "Certificate":
        """The certificate of a birth's payload."""
        named = [metric for metric in payload.metrics if metric.name]
        names = {metric.alias: metric.name for metric in named if metric.alias is not None}
        return Certificate(names, {metric.name: metric.datatype for metric in named})

    def name_of(self, metric: Metric) -> str:
        """A metric's name; "" when nothing that was born is meant."""
        name = metric.name or ("" if metric.alias is None else self.names.get(metric.alias, ""))
        return name if name in self.types else ""


class Member:
    """The node itself or one of its devices, as an asset of ours."""

    def __init__(self, track: Track, points: Sequence[Point], block: Block) -> None:
        self.track, self.points = track, tuple(points)
        self.intake = Intake(block)
        self._slots: dict[str, list[int]] = {}
        for i, point in enumerate(points):
            self._slots.setdefault(field_of(point).metric, []).append(i)

    def missing_in(self, certificate: Certificate) -> list[str]:
        """Metrics of the profile that the device does not have."""
        return sorted(set(self._slots) - set(certificate.types))

    def await_birth(self, received: int) -> None:
        """Its node was born again: nothing is known until its own birth, which follows at once."""
        self.intake.block.failed(BadReason.COMM_LOST, received)

    def take(self, samples: Sequence[tuple[Metric, str, int]], at: int | None, received: int, *, late: bool) -> None:
        """Metrics of one time (Unix ns; None: it has none) with their names and types."""
        values: list[Value | None] = [None] * len(self.points)
        reasons: list[BadReason | None] = [None] * len(self.points)
        for metric, name, datatype in samples:
            for i in self._slots.get(name, ()):
                values[i], reasons[i] = _reading(metric, datatype, self.points[i])
        self._store((values, reasons), at, received, late=late)

    def _store(self, sample: Sample, at: int | None, received: int, *, late: bool) -> None:
        if all(reason is None for reason in sample[1]):
            return
        if late:
            if at is not None:  # without a time it has no place in history
                self.intake.keep(sample[0], at)
            return
        self.intake.store(*sample, at, received, retained=False)


class EdgeNode:
    """One edge node. `stored` and `ended` are told what is to outlive a restart: device and payload, or device."""

    def __init__(self, id: str, stored: Callable[[str, bytes], None], ended: Callable[[str], None]) -> None:
        self.id = id
        self.members: dict[str, Member] = {}
        self.numbers = Numbers(modulus=NUMBERS)
        self.garbage = self.before_birth = self.unresolved = 0
        self._stored, self._ended = stored, ended
        self._born: dict[str, Certificate] = {}
        self._session: int | None = None
        self._newest_birth: tuple[int, int] = (0, 0)  # time and hash of the node's
        self._said: set[str] = set()

    def restore(self, births: dict[str, bytes]) -> None:
        """Births of before our restart: what names and aliases mean, but no values."""
        for device, data in sorted(births.items()):  # the node's own first
            try:
                payload = decode(data)
            except Garbage:
                continue
            self._born[device] = Certificate.of(payload)
            if not device:
                self._session = _session(payload)
                self._newest_birth = (payload.timestamp or 0, hash(data))

    def certificate(self, device: str) -> Certificate | None:
        """What the birth in force of a device ("": of the node) said."""
        return self._born.get(device) if "" in self._born else None

    def forget(self) -> None:
        """Births may have been missed: nobody is born until the next one."""
        self._born.clear()
        self._newest_birth = (0, 0)
        self._session = None

    def take(self, kind: str, device: str, data: bytes, received: int) -> None:
        """A message of the node or one of its devices, received at a Unix time in ns."""
        try:
            payload = decode(data)
        except Garbage as error:
            self._refuse(device, str(error), received)
            return
        if kind == "NDEATH":
            self._node_died(payload, received)
        elif kind == "NBIRTH":
            self._node_born(payload, data, received)
        elif "" not in self._born:
            self._leave_out(payload)
        else:
            self._take_numbered(kind, device, payload, data, received)

    def settle(self, now: int) -> None:
        """Count the messages that will not come any more."""
        if missing := self.numbers.settle(now):
            self._say("gap", f"{missing} of its messages never came; further ones are only counted")

    def _take_numbered(self, kind: str, device: str, payload: Payload, data: bytes, received: int) -> None:
        verdict = Verdict.FRESH
        if payload.seq is not None:
            verdict = self.numbers.judge(payload.seq % NUMBERS, data, payload.timestamp, received)
            self.numbers.source = max(self.numbers.source, payload.timestamp or 0)
            self.settle(received)
        if verdict is Verdict.REPEATED:
            return
        late = verdict is Verdict.LATE
        if kind == "DBIRTH" and not (late and device in self._born):
            self._device_born(device, payload, data, received)
        elif kind == "DDEATH" and not late:
            self._device_died(device, received)
        elif kind in DATA and device in self._born:
            self._take_data(device, payload, received, late=late)
        elif kind in DATA:
            self._leave_out(payload)

    def _node_born(self, payload: Payload, data: bytes, received: int) -> None:
        birth = (payload.timestamp or 0, hash(data))
        if birth == self._newest_birth or (birth[0] < self._newest_birth[0] and not self._follows(payload)):
            return  # repeated, or overtaken by a newer one
        self._newest_birth = birth
        for device in [name for name in self._born if name and name in self.members]:
            self.members[device].await_birth(received)
        self._born.clear()
        self._ended("")
        self._session = _session(payload)
        self.numbers.begin_at(payload.seq or 0)
        self.numbers.source = birth[0]
        self._said.clear()
        self._device_born("", payload, data, received)

    def _follows(self, payload: Payload) -> bool:
        """The birth is of a later session, whatever its clock says."""
        session = _session(payload)
        return (
            session is not None and self._session is not None and 0 < (session - self._session) % NUMBERS < NUMBERS // 2
        )

    def _device_born(self, device: str, payload: Payload, data: bytes, received: int) -> None:
        certificate = self._born[device] = Certificate.of(payload)
        self._stored(device, data)
        member = self.members.get(device)
        if member is None:
            return
        if missing := member.missing_in(certificate):
            self._say(f"lacks {device}", f"{device or 'the node'} was born without {', '.join(missing)}")
        self._take_data(device, payload, received, late=False, born=True)

    def _take_data(self, device: str, payload: Payload, received: int, *, late: bool, born: bool = False) -> None:
        """Readings in the order of the message; all of a birth are as of the birth, because it tells the present."""
        member = self.members.get(device)
        if member is None:
            return
        for historical, time, samples in self._grouped(self._born[device], payload, born=born):
            at = member.intake.believable(time * MILLISECOND, received) if time is not None else None
            member.take(samples, at, received, late=late or historical)

    def _grouped(
        self, certificate: Certificate, payload: Payload, *, born: bool
    ) -> Iterator[tuple[bool, int | None, list[tuple[Metric, str, int]]]]:
        """Runs of metrics of one time, none of them twice."""
        group: dict[str, tuple[Metric, str, int]] = {}
        before: tuple[bool, int | None] | None = None
        for metric in payload.metrics:
            name = certificate.name_of(metric)
            if not name:
                self.unresolved += 1
                continue
            time = (
                payload.timestamp if metric.timestamp is None or (born and not metric.historical) else metric.timestamp
            )
            key = (metric.historical, time)
            if before is not None and (key != before or name in group):
                yield (*before, list(group.values()))
                group = {}
            before = key
            group[name] = (metric, name, metric.datatype or certificate.types[name])
        if before is not None:
            yield (*before, list(group.values()))

    def _node_died(self, payload: Payload, received: int) -> None:
        session = _session(payload)
        if "" not in self._born:
            self._leave_out(payload)
            return
        if None not in (session, self._session) and session != self._session:
            return  # the will of an earlier session
        for device in list(self._born):
            self._lose(device, received)
        self._born.clear()
        self._ended("")

    def _device_died(self, device: str, received: int) -> None:
        if self._born.pop(device, None) is not None:
            self._lose(device, received)
            self._ended(device)

    def _lose(self, device: str, received: int) -> None:
        if device in self.members:
            self.members[device].track.lost(received)

    def _leave_out(self, payload: Payload) -> None:
        self.before_birth += len(payload.metrics)
        self._say("unborn", "sends before it was born; it is left out until its next birth")

    def _refuse(self, device: str, why: str, received: int) -> None:
        self.garbage += 1
        self._say("garbage", f"a message cannot be read: {why}")
        if device in self.members and device in self._born:
            self.members[device].intake.block.failed(BadReason.BAD_PAYLOAD, received)

    def _say(self, what: str, text: str) -> None:
        """Once a birth of the node."""
        if what not in self._said:
            log.warning("edge node %s: %s", self.id, text)
        self._said.add(what)


def filters(group: str, node: str) -> list[str]:
    """Topic filters of an edge node and all its devices, without its commands: all share one sequence."""
    start = f"{SPARKPLUG_NAMESPACE}/{group}"
    of_node = [f"{start}/{kind}/{node}" for kind in ("NBIRTH", "NDEATH", "NDATA")]
    return of_node + [f"{start}/{kind}/{node}/+" for kind in ("DBIRTH", "DDEATH", "DDATA")]


def parse_topic(topic: str) -> tuple[str, str, str] | None:
    """Edge node (group/node), kind and device of a topic; None when it is none of Sparkplug's."""
    levels = topic.split("/")
    if levels[0] != SPARKPLUG_NAMESPACE or len(levels) not in (4, 5):
        return None
    kind, device = levels[2], levels[4] if len(levels) == 5 else ""
    if kind not in (*BIRTHS, *DEATHS, *DATA) or bool(device) != kind.startswith("D"):
        return None
    return f"{levels[1]}/{levels[3]}", kind, device


def _reading(metric: Metric, datatype: int, point: Point) -> tuple[Value | None, BadReason]:
    if metric.null:
        return None, BadReason.SENTINEL
    value = value_of_type(metric.raw, datatype)
    return (None, BadReason.BAD_PAYLOAD) if value is None else value_of(value, point, field_of(point))


def _session(payload: Payload) -> int | None:
    for metric in payload.metrics:
        if metric.name == SESSION and isinstance(metric.raw, int):
            return metric.raw
    return None
