"""Present state: what is known now of each point, with quality and acquisition time.

Planned once at start: a block of points costs one comparison pass and one line template. The deadband decides only what
goes to history; rules and the present state see each value. Times are Unix nanoseconds.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from math import nextafter
from typing import Any

from collectors.lines import Lines, is_text
from collectors.shared import shared
from collectors.sheet import Row
from collectors.track import Track
from facility.domain.condition import EdgeKind
from facility.domain.moment import SECOND, moment, span
from facility.domain.profile import Point
from facility.domain.reading import BadReason, Quality, Value
from facility.domain.running import Run
from facility.domain.state import PointState, Together

REWRITE = 60 * SECOND  # each point goes to history at least this often
DECODING = {
    BadReason.SENTINEL,
    BadReason.NOT_A_NUMBER,
    BadReason.OUT_OF_RANGE,
    BadReason.UNKNOWN_LABEL,
    BadReason.BAD_PAYLOAD,
}

GOOD, STALE = "good", "stale"
NEVER = ""  # no reading yet
BAD = {reason: f"bad:{reason.value}" for reason in BadReason}
REASONS = {mark: reason for reason, mark in BAD.items()}
QUALITIES = {GOOD: Quality.GOOD, STALE: Quality.STALE}

Emit = Callable[[Run, EdgeKind, int], None]
"""Takes an edge of a rule, decided at a time."""


class Block:
    """The points of one asset that arrive together: a BlockSink, and the sink of MQTT messages."""

    def __init__(
        self,
        owner: Track,
        points: Sequence[Point],
        lines: Lines,
        write: Callable[[str | Row], None],
        emit: Emit,
        *,
        rows: bool = False,
    ) -> None:
        """`rows`: lines of numbers are written as rows where that is possible."""
        self.points = tuple(points)
        self._track, self._lines, self._write, self._emit = owner, lines, write, emit
        self._sheet = lines.sheet() if rows else None
        self._names = shared("names", tuple(point.name for point in points))
        self._slots = shared("slots", tuple(owner.view.index[name] for name in self._names))
        first, count = self._slots[0], len(self._slots)
        self._in_a_row = slice(first, first + count) if self._slots == tuple(range(first, first + count)) else None
        self._runs = tuple(run for run in owner.runs if run.points.intersection(self._names))
        self._quiet = tuple((run, *found) for run in self._runs if (found := self._watched(run)))
        self._others = tuple(run for run in self._runs if not self._watched(run))
        self._count = count
        self._all = range(count)
        self._numeric = not any(is_text(point) for point in points)
        self._deadbands = shared("deadbands", tuple(0.0 if is_text(point) else point.deadband for point in points))
        self._bands = shared(
            "bands", tuple(nextafter(deadband, 0.0) for deadband in self._deadbands)
        )  # the widest move inside
        self._patience = shared("patience", tuple(3 * span(point.every) for point in points))
        self._shortest = min(self._patience)
        self.at = 0  # newest reading
        self._values: Sequence[Value | None] = [None] * self._count  # last good values
        self._written: list[Value | None] = [None] * self._count  # as history has them
        self._body = ""  # the fields of all, when they last went to history together
        self._rewrite = [0] * self._count  # when each point goes to history again, changed or not
        self._rewrite_all = 0
        self._plain = False  # all points are good as of `at`; otherwise `_marks` and `_times` say
        self._marks = [NEVER] * self._count
        self._times = [0] * self._count
        self._good = (BadReason.NONE,) * self._count
        owner.blocks.append(self)

    def good(self, values: Sequence[Value], at_ns: int) -> None:
        """All points are GOOD. The hot path."""
        owner = self._track
        if not self._plain:
            self.update(values, self._good, at_ns)
            return
        owner.at = self.at = owner.view.freshness.last_good = at_ns
        owner.readings += self._count
        if at_ns >= self._rewrite_all:
            self._write_all(values, at_ns)
        elif values == self._values:
            return
        else:
            self._write_moved(values, at_ns)
        present = owner.view.present
        if self._in_a_row is not None:
            present[self._in_a_row] = values
        else:
            for slot, value in zip(self._slots, values, strict=False):
                present[slot] = value
        self._values = values
        for run, place, sign, bound in self._quiet:
            if run.open or run.since or values[place] * sign > bound:  # type: ignore[operator]
                self._step(run, at_ns)
        for run in self._others:
            self._step(run, at_ns)

    def mixed(self, values: Sequence[Value | None], reasons: Sequence[BadReason], at_ns: int) -> None:
        """Some points are BAD."""
        self.update(values, reasons, at_ns)

    def failed(self, reason: BadReason, at_ns: int) -> None:
        """No point has a value."""
        self.update(self._values, (reason,) * self._count, at_ns)

    def update(
        self,
        values: Sequence[Value | None],
        reasons: Sequence[BadReason | None],
        at_ns: int,
        *,
        retained: bool = False,
        always: Collection[int] = (),
    ) -> None:
        """Take a reading in; a reason of None: the point was not read. `always`: written even when unchanged (events).

        A retained reading is shown, but no rule sees it and it breaks no silence.
        """
        self._unfold()
        owner = self._track
        fields: list[str] = []
        known = list(self._values)
        for i, reason in enumerate(reasons):
            value = values[i]
            if reason is None:
                continue
            if reason is BadReason.NONE and value is not None:
                self._take(i, value, at_ns, fields, always=i in always)
                known[i] = value
                owner.view.present[self._slots[i]] = None if retained else value
                owner.readings += 1
                if not retained:
                    owner.view.freshness.last_good = max(at_ns, owner.view.freshness.last_good)
                    owner.view.freshness.gone = False
            else:
                self._mark(i, BAD[reason], at_ns, fields)
                if reason in DECODING:
                    owner.errors[reason] += 1
        self._values = known
        self.at = owner.at = at_ns
        if fields:
            owner.changed = True
            self._write(self._lines.line(fields, at_ns))
        self._plain = not retained and all(reason is BadReason.NONE for reason in reasons)
        self._rewrite_all = min(self._rewrite)
        self._evaluate(at_ns)

    def late(self, values: Sequence[Value | None], at_ns: int) -> None:
        """A reading older than the present state: to history only."""
        fields = [self._lines.value(i, value) for i, value in enumerate(values) if value is not None]
        if fields:
            self._write(self._lines.line(fields, at_ns))

    def time_of(self, i: int) -> int:
        """Acquisition time of the point's present value; 0: there is none."""
        return self.at if self._plain else self._times[i] if self._marks[i] != NEVER else 0

    @property
    def asset(self) -> str:
        """Whose points they are."""
        return self._track.asset.id

    @property
    def judged(self) -> int:
        """Up to this time the rules saw everything before we started."""
        return self._track.judged

    def value_of(self, i: int) -> Value | None:
        """The point's last good value."""
        return self._values[i]

    def unseen(self, i: int) -> bool:
        """The point's present value came by a retained message, or too old: no rule has seen it."""
        return self.time_of(i) > 0 and self._marks[i] == GOOD and self._track.view.present[self._slots[i]] is None

    @property
    def gone(self) -> bool:
        """The device is said to be gone."""
        return self._track.view.freshness.gone

    def shift(self, ns: int) -> None:
        """Move all times: the machine learnt the time."""
        self._unfold()
        self._times = [at + ns if at else 0 for at in self._times]
        self._rewrite = [0] * self._count

    def show_retained(self, values: Sequence[Value | None]) -> None:
        """A retained message without a source time: shown as STALE with the age unknown (epoch), not written, unless we know better."""
        self._unfold()
        known = list(self._values)
        for i, value in enumerate(values):
            if value is not None and self._marks[i] != GOOD and not self._times[i]:
                known[i] = value
                self._marks[i] = STALE
                self._track.changed = True
        self._values = known

    def check(self, now: int) -> None:
        """Mark points STALE that were good and have been silent for three of their periods."""
        if self._plain and now - self.at <= self._shortest:
            return
        self._unfold()
        fields: list[str] = []
        for i in self._all:
            if self._marks[i] == GOOD and now - self._times[i] > self._patience[i]:
                self._mark(i, STALE, now, fields)
        if fields:
            self._track.changed = True
            self._write(self._lines.line(fields, now))
            self._evaluate(now)

    @property
    def silent_at(self) -> int:
        """Before that, no point of it becomes stale."""
        return self.at + self._shortest if self._plain else 0

    @property
    def is_together(self) -> bool:
        """All its points are good numbers of one time."""
        return self._plain and self._numeric

    def together(self, newest: datetime) -> Together:
        """The points of a block that `is_together`; `newest`: the asset's newest time, mostly its own."""
        at = newest if self.at == self._track.at else moment(self.at)
        body = self._body if self._written is self._values else ""
        return Together(self._names, self._lines.forms, self._values, at, body)  # type: ignore[arg-type]

    def states(self) -> list[tuple[str, PointState]]:
        """Each point that was read at least once."""
        if self._plain:
            at = moment(self.at)
            pairs = zip(self._names, self._values, strict=True)
            return [(name, PointState(value, Quality.GOOD, BadReason.NONE, at)) for name, value in pairs]
        return [
            (
                self._names[i],
                PointState(
                    self._values[i],
                    QUALITIES.get(mark, Quality.BAD),
                    REASONS.get(mark, BadReason.NONE),
                    moment(self._times[i]),
                ),
            )
            for i, mark in enumerate(self._marks)
            if mark != NEVER
        ]

    def _watched(self, run: Run) -> tuple[int, float, float] | None:
        """Place, sign and bound of a rule that needs a step only when one number of this block is beyond its bound."""
        quiet = run.quiet()
        if quiet is None or is_text(self.points[self._names.index(quiet[0])]):
            return None
        return self._names.index(quiet[0]), quiet[1], quiet[2]

    def _write_all(self, values: Sequence[Value], at_ns: int) -> None:
        if self._sheet is not None:
            self._write(self._sheet.all(values, at_ns))  # type: ignore[arg-type]  # numbers alone
        else:
            self._body = self._lines.body(values)
            self._write(self._lines.all(self._body, at_ns))
        self._written = values  # type: ignore[assignment]  # copied before anything is changed in it
        self._rewrite_all = at_ns + REWRITE

    def _write_moved(self, values: Sequence[Value], at_ns: int) -> None:
        """One comparison pass: what left its deadband goes to history."""
        moved = self._moved(values)
        if not moved:
            return
        self._track.changed = True
        if len(moved) == self._count:
            self._write_all(values, at_ns)
            return
        if self._sheet is not None:
            self._write(self._sheet.some(moved, values, at_ns))  # type: ignore[arg-type]
        else:
            self._write(self._lines.some(moved, values, at_ns))
        written = self._written = list(self._written)
        for i in moved:
            written[i] = values[i]

    def _moved(self, values: Sequence[Value]) -> Sequence[int]:
        if self._numeric:  # all written values are numbers too: history has each point that is good
            if self._all_moved(values):
                return self._all
            both: Any = zip(self._all, values, self._written, self._bands, strict=False)
            return [i for i, value, written, band in both if not -band <= value - written <= band]
        every = zip(self._all, values, self._written, self._deadbands, strict=False)
        return [
            i
            for i, value, written, deadband in every
            if value != written and not (deadband and _near(value, written, deadband))
        ]

    def _all_moved(self, values: Sequence[Value]) -> bool:
        """Found sooner than who moved: it ends at the first that did not."""
        both: Any = zip(values, self._written, self._bands, strict=False)
        for value, written, band in both:  # noqa: SIM110 - a generator costs twice as much
            if -band <= value - written <= band:
                return False
        return True

    def _take(self, i: int, value: Value, at: int, fields: list[str], *, always: bool) -> None:
        """One good value: to history when it moved, recovered or is due."""
        written = self._written
        recovered = self._marks[i] != GOOD
        moved = value != written[i] and not (self._deadbands[i] and _near(value, written[i], self._deadbands[i]))
        if moved or recovered or always or at >= self._rewrite[i]:
            fields.append(self._lines.value(i, value))
            if recovered:
                self._track.urgent[self._track] = None
                fields.append(self._lines.quality(i, GOOD))
            written[i] = value
            self._rewrite[i] = at + REWRITE
        self._marks[i], self._times[i] = GOOD, at

    def _mark(self, i: int, mark: str, at: int, fields: list[str]) -> None:
        """One point without a value: its quality to history on the change, and when due. It keeps its value's time."""
        if self._marks[i] != mark or at >= self._rewrite[i]:
            fields.append(self._lines.quality(i, mark))
            self._rewrite[i] = at + REWRITE
        self._times[i] = self._times[i] or at
        if self._marks[i] != mark:
            self._track.urgent[self._track] = None
        self._marks[i] = mark
        self._track.view.present[self._slots[i]] = None

    def _unfold(self) -> None:
        """From "all good as of `at`" to one mark and time for each point."""
        if self._plain:
            self._plain = False
            self._marks = [GOOD] * self._count
            self._times = [self.at] * self._count
            self._rewrite = [self._rewrite_all] * self._count
            self._written = list(self._written)

    def _evaluate(self, at: int) -> None:
        for run in self._runs:
            self._step(run, at)

    def _step(self, run: Run, at: int) -> None:
        edge = run.step(at)
        if edge is not None:
            self._emit(run, edge, at)


def _near(value: Value | None, written: Value | None, deadband: float) -> bool:
    return isinstance(value, float | int) and isinstance(written, float | int) and abs(value - written) < deadband
