"""`python -m collectors read`: the present values of one asset, from the device itself, told as JSON lines.

Events: `request` for each request, then `reading` with one row a point, or `fault` when there was no way to the device.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from collectors.asking import REASONS, Asking, Event, Tell, explained
from collectors.ratios import Ratios
from collectors.split import Answers, Ask, Split
from collectors.wire import Timeout, WireError, WireLost
from collectors.wires import wires_of
from facility.domain.asset import Asset, Link
from facility.domain.profile import Point, Profile
from facility.domain.reading import BadReason, Value
from facility.domain.reads import Block, length, plan, register_of

MOST_SILENT = 2  # blocks in a row without an answer: the device is not there
MOST_TURNS = 16  # of a block that is cut, four cuts a turn


@dataclass(slots=True)
class Outcome:
    """What is known of one point."""

    point: Point
    value: Value | None = None
    reason: BadReason = BadReason.TIMEOUT
    fault: str = "not asked: the device did not answer before"


class ReadNow:
    """Reads the wanted points of an asset once, and what they are multiplied by."""

    def __init__(self, link: Link, asset: Asset, wanted: Sequence[str], tell: Tell) -> None:
        self._wanted = list(wanted) or list(asset.profile.points)
        self._asset = replace(asset, profile=_narrowed(asset.profile, self._wanted))
        self._tell = tell
        self._asking = Asking(wires_of(link), tell, asset.profile.modbus.pause.total_seconds())
        self._outcomes = {name: Outcome(point) for name, point in self._asset.profile.points.items()}

    async def run(self) -> bool:
        """Read and tell; True when every wanted point got an answer."""
        blocks = plan(self._asset)
        self._tell({"event": "plan", "requests": len(blocks)})
        try:
            await self._asking.connect()
            await self._read(blocks)
        except WireLost as error:
            self._tell({"event": "fault", "what": str(error)})
            return False
        finally:
            self._asking.close()
        self._apply_ratios()
        wanted = [self._outcomes[name] for name in self._wanted]
        self._tell({"event": "reading", "points": [self._row(outcome) for outcome in wanted]})
        return not any(outcome.fault for outcome in wanted)

    async def _read(self, blocks: Iterable[Block]) -> None:
        silent = 0
        for block in blocks:
            try:
                values, reasons = await _whole(block, self._asking.ask)
            except WireError as error:
                self._failed(block, error)
                silent = silent + 1 if isinstance(error, Timeout) else 0
                if silent == MOST_SILENT:
                    return
                continue
            silent = 0
            for point, value, reason in zip(block.points, values, reasons, strict=True):
                refused = self._asking.refusal if reason is BadReason.REFUSED else ""
                self._outcomes[point.name] = Outcome(point, value, reason, refused)

    def _failed(self, block: Block, error: WireError) -> None:
        for point in block.points:
            self._outcomes[point.name] = Outcome(point, None, REASONS[type(error)], explained(error))

    def _apply_ratios(self) -> None:
        """As one block: all that was read belongs together."""
        outcomes = list(self._outcomes.values())
        ratios = Ratios([outcome.point for outcome in outcomes])
        values, reasons = ratios.applied([o.value for o in outcomes], [o.reason for o in outcomes], lambda _: None)
        for outcome, value, reason in zip(outcomes, values, reasons, strict=True):
            outcome.value, outcome.reason = value, reason

    def _row(self, outcome: Outcome) -> Event:
        point, asking = outcome.point, self._asking
        register = register_of(point)
        places = [(self._asset.unit, register.table, register.address + i) for i in range(length(register))]
        known = [place for place in places if place in asking.words]
        digits = 1 if register.table.of_bits else 4
        return {
            **described(point, outcome.value, outcome.reason),
            "fault": outcome.fault,
            "unit_number": self._asset.unit,
            "table": register.table.value,
            "address": register.address,
            "type": register.type.value,
            "raw": [f"{asking.words[place]:0{digits}X}" for place in known],
            "ms": max((asking.took[place] for place in known), default=None),
        }


def described(point: Point, value: Value | None, reason: BadReason) -> Event:
    """What a row says of a point, whatever its wire."""
    label = point.labels.get(value) if isinstance(value, str) else None
    return {
        "point": point.name,
        "title": {"en": point.title.en, "zh": point.title.zh},
        "value": value,
        "label": {"en": label.en, "zh": label.zh} if label else None,
        "unit": point.unit.value,
        "quality": "good" if reason is BadReason.NONE else "bad",
        "reason": reason.value,
    }


async def _whole(block: Block, ask: Ask) -> Answers:
    """Values and reasons of all points of a block; what is refused as a whole is read in pieces."""
    split = Split(block)
    for _ in range(MOST_TURNS):
        values, reasons = await split.read(ask, 0.0)
        if reasons.count(BadReason.REFUSED) == split.refused:
            break
    return values, reasons


def _narrowed(profile: Profile, wanted: Sequence[str]) -> Profile:
    """The profile with the wanted points alone, and the ratios that they need."""
    needed: dict[str, Point] = {}
    ahead = list(wanted)
    while ahead:
        name = ahead.pop()
        if name not in needed:
            needed[name] = profile.points[name]
            ahead += register_of(needed[name]).ratios
    return replace(profile, points={name: point for name, point in profile.points.items() if name in needed})
