"""One topic of one asset: messages become samples; repeated, late and missing ones are told apart where the device counts."""

import logging
from collections.abc import Callable, Sequence

from collectors.intake import Intake
from collectors.payload import (
    Garbage,
    Missing,
    compile_path,
    find,
    parse,
    parse_plain,
    plain_value,
    source_time,
    value_of,
    whole,
)
from collectors.sequence import Sequence as Numbers
from collectors.sequence import Verdict, mark_of
from collectors.stamps import KEPT, Known
from collectors.state import Block
from facility.domain.asset import Asset
from facility.domain.mqtt import Format, Stream
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason, Value

log = logging.getLogger(__name__)

Sample = tuple[list[Value | None], list[BadReason | None]]
"""Values and reasons by point; a reason of None: the message says nothing of this point."""


class Topic:
    """One topic of one asset: its points, read from each message."""

    def __init__(
        self,
        asset: Asset,
        points: Sequence[Point],
        block: Block,
        stream: Stream | None = None,
        stamped: Known | None = None,
        stamp: Callable[[int, int, int], None] = lambda number, mark, at: None,
    ) -> None:
        self._asset, self._stream = asset, stream or Stream()
        self._points = [(point, field_of(point), compile_path(field_of(point).path)) for point in points]
        self._times = [compile_path(path) for path in sorted({field.time_path for _, field, _ in self._points} - {""})]
        self._bare = any(field.path == "$" and field.type in ("text", "enum") for _, field, _ in self._points)
        events = any(field.type == "text" for _, field, _ in self._points)  # a topic that brings texts brings events
        self.intake = Intake(block, range(len(self._points)) if events else ())
        self._count = compile_path(self._stream.sequence) if self._stream.sequence else None
        self.numbers = Numbers()
        self._stamped, self._stamp = stamped or {}, stamp  # of messages that have a number and no time
        self._gap_said = False
        self.refused = ""  # why the latest message could not be read
        self.garbage = 0

    def take(self, payload: bytes, received: int, *, retained: bool) -> None:
        """A message, received at a Unix time in ns."""
        self.intake.retained += retained
        try:
            document, sample = self._read(payload)
        except Garbage as error:
            self._refuse(str(error), received, retained=retained)
            return
        if self.refused:
            log.info("%s: its messages can be read again", self._asset.id)
            self.refused = ""
        number = self._number(document)
        source = self._source(document, received)
        if number is None:
            self.intake.store(*sample, source, received, retained=retained)
        elif not retained:
            self._take_numbered(number, payload, sample, source, received)
        elif not self.numbers.is_known(number, payload):
            self.intake.store(*sample, source, received, retained=True)

    def _take_numbered(self, number: int, payload: bytes, sample: Sample, source: int | None, received: int) -> None:
        mark, timed = mark_of(payload), source is not None
        if not timed:
            source = self._stored_at(number, mark, received)
        restarts = self.numbers.restarts
        verdict = self.numbers.judge(number, payload, source, received)
        if verdict is Verdict.REPEATED:
            return
        if self.numbers.restarts > restarts:
            log.info("%s: its sequence begins again at %d", self._asset.id, number)
        at = self.numbers.time_of(number, verdict, source, received)
        if not timed:
            self._stamp(number, mark, at)
        if verdict is Verdict.LATE:
            self.intake.keep(sample[0], at)
        else:
            self.intake.store(*sample, at, received, retained=False)
        self.settle(received)

    def _stored_at(self, number: int, mark: int, received: int) -> int | None:
        """Under which time a message without a time was stored before our start, when the broker gives it again."""
        before = self._stamped.pop(number, None)
        if before is None or before[0] != mark or received - before[1] > KEPT:
            return None
        return before[1]

    def settle(self, now: int) -> None:
        """Count the messages that will not come any more; said in the log the first time."""
        missing = self.numbers.settle(now)
        if missing and not self._gap_said:
            log.warning("%s: %d of its messages never came; further ones are only counted", self._asset.id, missing)
            self._gap_said = True

    def _read(self, payload: bytes) -> tuple[object, Sample]:
        """The document and what it says of the points. Garbage: it cannot be read, or says nothing at all."""
        if self._stream.format is Format.PLAIN:
            text = parse_plain(payload)
            pairs = [plain_value(text, point, field) for point, field, _ in self._points]
            return text, ([value for value, _ in pairs], [reason for _, reason in pairs])
        document = parse(payload, plain=self._bare)
        values: list[Value | None] = []
        reasons: list[BadReason | None] = []
        for point, field, path in self._points:
            try:
                value, reason = value_of(find(document, path), point, field)
            except Missing:
                values.append(None)
                reasons.append(None)
                continue
            values.append(value)
            reasons.append(reason)
        if all(reason is None for reason in reasons):
            raise Garbage("none of the expected fields")
        return document, (values, reasons)

    def _source(self, document: object, received: int) -> int | None:
        """The source time; None when there is none, or none that can be believed."""
        for path in self._times:
            try:
                found = find(document, path)
            except Missing:
                continue
            return self.intake.believable(source_time(found), received)
        return None

    def _number(self, document: object) -> int | None:
        """The message's number; None when the device does not count, or not here."""
        if self._count is None:
            return None
        try:
            return whole(find(document, self._count))
        except Missing:
            return None

    def _refuse(self, why: str, received: int, *, retained: bool) -> None:
        self.garbage += 1
        if not self.refused:
            log.warning("%s: a message cannot be read: %s", self._asset.id, why)
        self.refused = why
        if not retained:
            self.intake.block.failed(BadReason.BAD_PAYLOAD, received)


def field_of(point: Point) -> JsonField:
    """How an MQTT point is read."""
    assert isinstance(point.read, JsonField)
    return point.read
