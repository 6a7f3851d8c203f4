"""One device of a Sparkplug edge node, listened to: what its messages say, and why a metric of it has no value yet.

Nothing is ever asked of the node. Until its birth is known (heard, or kept by the running collectors), a metric is read
only when the message itself names it and its type.
"""

from collections.abc import Callable, Mapping

from collectors.payload import Garbage
from collectors.sparkplug import DATA, MILLISECOND, EdgeNode, Member
from collectors.sparkplug_payload import Payload, decode, obvious_type

KnownBirths = Callable[[str], Mapping[str, bytes]]
"""Births in force of an edge node (group/node), by device."""

UNBORN = (
    "data came without the birth that says what its aliases mean. Nothing is asked of the node: wait for its next birth "
    "(it starts, or connects again), or let the collectors run, which keep births"
)


def no_births(node: str) -> Mapping[str, bytes]:
    """Nobody keeps any."""
    return {}


class EdgeHearing:
    """The member `device` ("": the node itself) of an edge node."""

    def __init__(self, node: EdgeNode, device: str) -> None:
        self._node, self._device = node, device
        self._heard: set[tuple[str, str]] = set()  # kinds of messages, by device
        self._unborn = False  # data came that only a birth explains

    def take(self, kind: str, device: str, data: bytes, received: int) -> tuple[str, dict[str, str]]:
        """A message of the node, which has it already; what it says, and the raw values of our metrics by name."""
        self._heard.add((kind, device))
        try:
            payload = decode(data)
        except Garbage as error:
            return f"{kind}: {error}", {}
        certificate = self._node.certificate(device)
        if certificate is None and kind in DATA and device == self._device:
            self._take_named(payload, received)
        names = [metric.name if certificate is None else certificate.name_of(metric) for metric in payload.metrics]
        pairs = list(zip(names, payload.metrics, strict=True))
        said = ", ".join(f"{name or f'alias {metric.alias}'}={metric.raw}" for name, metric in pairs)
        raws = {name: str(metric.raw) for name, metric in pairs if name} if device == self._device else {}
        return f"{kind} seq {payload.seq}: {said}", raws

    def lacks(self, metric: str) -> bool:
        """The birth in force has no such metric: it will not come."""
        certificate = self._node.certificate(self._device)
        return certificate is not None and metric not in certificate.types

    def why_silent(self, metric: str, within: float) -> str:
        """Why nothing is known of a metric after so many seconds."""
        who = self._who
        if self.lacks(metric):
            return f"the birth of {who} has no metric {metric}"
        if self._node.certificate(self._device) is not None:
            return (
                f"{metric} was not sent within {within:g} s: a device sends what changes, and everything in its birth"
            )
        if self._unborn:
            return UNBORN
        if self._heard:
            return f"edge node {self._node.id} is heard, but no birth and no data of {who} within {within:g} s"
        return f"no message of edge node {self._node.id} within {within:g} s"

    @property
    def why_lost(self) -> str:
        """Why what was known of the device is known no more."""
        if {("DDEATH", self._device), ("NDEATH", "")} & self._heard:
            return f"a death of {self._who} was heard, and no birth after it"
        return f"edge node {self._node.id} was born, and {self._who} not yet"

    @property
    def _who(self) -> str:
        return f"{self._node.id}/{self._device}" if self._device else self._node.id

    def _take_named(self, payload: Payload, received: int) -> None:
        """Before a birth: the metrics that say themselves what they are."""
        member: Member = self._node.members[self._device]
        for metric in payload.metrics:
            datatype = metric.datatype or obvious_type(metric.raw)
            if not metric.name or not (datatype or metric.null):
                self._unborn = True
            elif not metric.historical:
                time = payload.timestamp if metric.timestamp is None else metric.timestamp
                at = None if time is None else member.intake.believable(time * MILLISECOND, received)
                member.take([(metric, metric.name, datatype)], at, received, late=False)
