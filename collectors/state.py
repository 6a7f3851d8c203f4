"""Present state: what is known now of each point, with quality and acquisition time.

Planned once at start: a block of points costs one comparison pass and one pack. The deadband decides only what
goes to history; rules and the present state see each value. Times are Unix nanoseconds.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from math import nextafter
from operator import gt, sub
from typing import Any

from collectors.apart import BAD, GOOD, STALE, Apart
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

Emit = Callable[[Run, EdgeKind, int], None]
"""Takes an edge of a rule, decided at a time."""


class Block:
    """The points of one asset that arrive together: a BlockSink, and the sink of MQTT messages.

    While all are good as of one time, their values are held as the lines pack them, so that a large estate touches little
    memory; else one by one.
    """

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
        self._sheet = lines.sheet()
        self._rows = rows and self._sheet is not None
        self._names = shared("names", tuple(point.name for point in points))
        self._freshness = owner.view.freshness
        self._runs = tuple(run for run in owner.runs if run.points.intersection(self._names))
        self._quiet = tuple((run, *found) for run in self._runs if (found := self._watched(run)))
        self._others = tuple(run for run in self._runs if not self._watched(run))
        self._all = range(len(points))
        self._numeric = not any(is_text(point) for point in points)
        self._deadbands = shared("deadbands", tuple(0.0 if is_text(point) else point.deadband for point in points))
        self._bands = shared(
            "bands", tuple(nextafter(deadband, 0.0) for deadband in self._deadbands)
        )  # the widest move inside
        self._patience = shared("patience", tuple(3 * span(point.every) for point in points))
        self._shortest = min(self._patience)
        self.at = 0  # newest reading
        self._apart: Apart | None = Apart(len(points))  # None: all are good as of `at`, and the next three say the rest
        self._latest: Any = None  # values, as the sheet packs them, or as they are without one
        self._written: Any = None  # the same, as history has them
        self._rewrite = 0  # when all go to history again, changed or not
        self._stepping: Sequence[Value] | None = None  # the latest values, while rules look at them
        owner.blocks.append(self)
        owner.present.put(self, [owner.view.index[name] for name in self._names])

    def good(self, values: Sequence[Value], at_ns: int) -> None:
        """All points are GOOD. The hot path."""
        owner = self._track
        if self._apart is not None:
            self.update(values, (BadReason.NONE,) * len(values), at_ns)
            return
        owner.at = self.at = self._freshness.last_good = at_ns
        owner.tally.readings += len(values)
        held = self._held(values, at_ns)
        if at_ns >= self._rewrite:
            self._write_all(values, held, at_ns)
        elif not self._write_moved(values, held, at_ns) and self._is_latest(held):
            return
        self._latest = held
        for run, place, sign, bound in self._quiet:
            if run.open or run.since or values[place] * sign > bound:  # type: ignore[operator]
                self._step(run, at_ns)
        if self._others:
            self._stepping = values
            try:
                for run in self._others:
                    self._step(run, at_ns)
            finally:
                self._stepping = None

    def mixed(self, values: Sequence[Value | None], reasons: Sequence[BadReason], at_ns: int) -> None:
        """Some points are BAD."""
        self.update(values, reasons, at_ns)

    def failed(self, reason: BadReason, at_ns: int) -> None:
        """No point has a value."""
        self.update([None] * len(self.points), (reason,) * len(self.points), at_ns)

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
        owner, apart = self._track, self._one_by_one()
        fields: list[str] = []
        for i, reason in enumerate(reasons):
            value = values[i]
            if reason is None:
                continue
            if reason is BadReason.NONE and value is not None:
                self._take(apart, i, value, at_ns, fields, always=i in always)
                apart.seen[i] = None if retained else value
                owner.tally.readings += 1
                if not retained:
                    self._freshness.last_good = max(at_ns, self._freshness.last_good)
                    self._freshness.gone = False
            else:
                self._mark(apart, i, BAD[reason], at_ns, fields)
                if reason in DECODING:
                    owner.tally.errors[reason] += 1
        self.at = owner.at = at_ns
        if fields:
            owner.changed = True
            self._write(self._lines.line(fields, at_ns))
        for run in self._runs:
            self._step(run, at_ns)
        if not retained and all(reason is BadReason.NONE for reason in reasons):
            self._apart = None
            self._latest, self._written = self._held(apart.values, at_ns), self._held(apart.written, at_ns)
            self._rewrite = min(apart.rewrite)

    def late(self, values: Sequence[Value | None], at_ns: int) -> None:
        """A reading older than the present state: to history only."""
        fields = [self._lines.value(i, value) for i, value in enumerate(values) if value is not None]
        if fields:
            self._write(self._lines.line(fields, at_ns))

    def time_of(self, i: int) -> int:
        """Acquisition time of the point's present value; 0: there is none."""
        return self.at if self._apart is None else self._apart.time_of(i)

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
        return self._read(self._latest)[i] if self._apart is None else self._apart.values[i]

    def present(self, i: int) -> Value | None:
        """What rules see of the point: None unless it is good, fresh and not retained."""
        if self._apart is not None:
            return self._apart.seen[i]
        return (self._read(self._latest) if self._stepping is None else self._stepping)[i]

    def unseen(self, i: int) -> bool:
        """The point's present value came by a retained message, or too old: no rule has seen it."""
        apart = self._apart
        return apart is not None and apart.time_of(i) > 0 and apart.marks[i] == GOOD and apart.seen[i] is None

    @property
    def gone(self) -> bool:
        """The device is said to be gone."""
        return self._freshness.gone

    def shift(self, ns: int) -> None:
        """Move all times: the machine learnt the time."""
        self._one_by_one().shift(ns)

    def show_retained(self, values: Sequence[Value | None]) -> None:
        """A retained message without a source time: shown as STALE with the age unknown (epoch), not written, unless we know better."""
        apart = self._one_by_one()
        for i, value in enumerate(values):
            if value is not None and apart.show(i, value):
                self._track.changed = True

    def check(self, now: int) -> None:
        """Mark points STALE that were good and have been silent for three of their periods."""
        if now <= self.silent_at:
            return
        apart = self._one_by_one()
        fields: list[str] = []
        for i in self._all:
            if apart.marks[i] == GOOD and now - apart.times[i] > self._patience[i]:
                self._mark(apart, i, STALE, now, fields)
        if fields:
            self._track.changed = True
            self._write(self._lines.line(fields, now))
            for run in self._runs:
                self._step(run, now)

    @property
    def silent_at(self) -> int:
        """Before that, no point of it becomes stale."""
        return self.at + self._shortest if self._apart is None else 0

    def together(self, newest: datetime) -> Together | None:
        """Its points while all are good numbers of one time; `newest`: the asset's newest time, mostly its own."""
        if self._apart is not None or self._sheet is None:
            return None
        at = newest if self.at == self._track.at else moment(self.at)
        return Together(self._sheet.kind, self._sheet.forms, self._sheet.bare(self._latest), at)

    def states(self) -> list[tuple[str, PointState]]:
        """Each point that was read at least once."""
        if self._apart is not None:
            return self._apart.states(self._names)
        at = moment(self.at)
        pairs = zip(self._names, self._read(self._latest), strict=True)
        return [(name, PointState(value, Quality.GOOD, BadReason.NONE, at)) for name, value in pairs]

    def _watched(self, run: Run) -> tuple[int, float, float] | None:
        """Place, sign and bound of a rule that needs a step only when one number of this block is beyond its bound."""
        quiet = run.quiet()
        if quiet is None or is_text(self.points[self._names.index(quiet[0])]):
            return None
        return self._names.index(quiet[0]), quiet[1], quiet[2]

    def _held(self, values: Sequence[Any], at_ns: int) -> Any:
        """Good values of all points, as they are kept."""
        return values if self._sheet is None else self._sheet.pack(at_ns, *values)

    def _read(self, held: Any) -> Sequence[Value]:
        values: Sequence[Value] = held if self._sheet is None else self._sheet.numbers(held)
        return values

    def _is_latest(self, held: Any) -> bool:
        if self._sheet is None:
            return bool(held == self._latest)
        return self._sheet.bare(held) == self._sheet.bare(self._latest)

    def _write_all(self, values: Sequence[Value], held: Any, at_ns: int) -> None:
        self._write(Row(self._sheet, held) if self._rows else self._lines.all(values, at_ns))  # type: ignore[arg-type]
        self._written = held
        self._rewrite = at_ns + REWRITE

    def _write_moved(self, values: Sequence[Value], held: Any, at_ns: int) -> bool:
        """One comparison pass: what left its deadband goes to history. False: nothing did."""
        written = self._read(self._written)
        moved = self._moved(values, written)
        if not moved:
            return False
        self._track.changed = True
        if len(moved) == len(values):
            self._write_all(values, held, at_ns)
            return True
        lines: Any = self._sheet if self._rows else self._lines
        self._write(lines.some(moved, values, at_ns))
        now = [*written]
        for i in moved:
            now[i] = values[i]
        self._written = self._held(now, at_ns)
        return True

    def _moved(self, values: Sequence[Any], written: Sequence[Any]) -> Sequence[int]:
        """History has a value of each: all are good."""
        if self._numeric:
            if all(map(gt, map(abs, map(sub, values, written)), self._bands)):  # ends at the first that did not move
                return self._all
            moves = zip(self._all, map(abs, map(sub, values, written)), self._bands, strict=False)
            return [i for i, move, band in moves if move > band]
        every = zip(self._all, values, written, self._deadbands, strict=False)
        return [
            i
            for i, value, before, deadband in every
            if value != before and not (deadband and _near(value, before, deadband))
        ]

    def _take(self, apart: Apart, i: int, value: Value, at: int, fields: list[str], *, always: bool) -> None:
        """One good value: to history when it moved, recovered or is due."""
        recovered, before, deadband = apart.marks[i] != GOOD, apart.written[i], self._deadbands[i]
        moved = value != before and not (deadband and _near(value, before, deadband))
        if moved or recovered or always or at >= apart.rewrite[i]:
            fields.append(self._lines.value(i, value))
            if recovered:
                self._track.urgent[self._track] = None
                fields.append(self._lines.quality(i, GOOD))
            apart.written[i] = value
            apart.rewrite[i] = at + REWRITE
        apart.values[i], apart.marks[i], apart.times[i] = value, GOOD, at

    def _mark(self, apart: Apart, i: int, mark: str, at: int, fields: list[str]) -> None:
        """One point without a value: its quality to history on the change, and when due. It keeps its value's time."""
        if apart.marks[i] != mark or at >= apart.rewrite[i]:
            fields.append(self._lines.quality(i, mark))
            apart.rewrite[i] = at + REWRITE
        apart.times[i] = apart.times[i] or at
        if apart.marks[i] != mark:
            self._track.urgent[self._track] = None
        apart.marks[i], apart.seen[i] = mark, None

    def _one_by_one(self) -> Apart:
        if self._apart is None:
            self._apart = Apart.of(self._read(self._latest), self._read(self._written), self.at, self._rewrite)
        return self._apart

    def _step(self, run: Run, at: int) -> None:
        edge = run.step(at)
        if edge is not None:
            self._emit(run, edge, at)


def _near(value: Value | None, written: Value | None, deadband: float) -> bool:
    return isinstance(value, float | int) and isinstance(written, float | int) and abs(value - written) < deadband
