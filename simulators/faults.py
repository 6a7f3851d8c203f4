"""Faults on the wire: what they are, whom they hit, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from facility.domain.asset import Asset, LinkKind, Site
from facility.domain.errors import NotFound, Refusal

KINDS: dict[str, dict[str, str]] = {
    "stuck": {"point": "one point only"},
    "forced": {"point": "which point", "value": "the value that it shows"},
    "drift": {"point": "which point", "per_minute": "change a simulated minute, in the point's unit"},
    "noise": {"point": "which point", "amplitude": "largest deviation to either side, in the point's unit"},
    "silence": {},
    "dead_unit": {"blocks": "s that the gateway waits for it, answering nobody else on that connection"},
    "slow": {"delay": "s before each answer or message"},
    "late_answer": {"delay": "s before each answer; later requests are answered meanwhile"},
    "exception": {"code": "Modbus exception code", "point": "only requests that cover this point"},
    "busy": {},
    "wrong_length": {"missing": "words left out of each answer"},
    "wrong_transaction": {},
    "wrong_checksum": {},
    "wrong_unit": {},
    "duplicate": {},
    "out_of_order": {},
    "disconnect": {},
    "half_open": {},
    "garbage": {},
    "clock_skew": {"seconds": "by which the device's clock is fast; slow: below 0"},
    "broker_loss": {},
}
"""Each fault with its parameters."""

ON_MODBUS = frozenset(KINDS) - {"broker_loss", "wrong_checksum", "clock_skew", "out_of_order"}
ON_SERIAL_SERVER = ON_MODBUS - {"wrong_transaction"} | {"wrong_checksum"}  # RTU has a checksum, and no transaction
ON_SERIAL = ON_SERIAL_SERVER - {"half_open"}  # a line knows no connections
ON_MQTT = frozenset(
    {"stuck", "forced", "drift", "noise", "silence", "dead_unit", "slow", "duplicate", "out_of_order"}
    | {"garbage", "clock_skew", "half_open", "broker_loss"}
)
NEEDS = {
    "forced": ("point", "value"),
    "drift": ("point", "per_minute"),
    "noise": ("point", "amplitude"),
    "clock_skew": ("seconds",),
}
OF_THE_BROKER = frozenset({"broker_loss", "half_open"})  # on MQTT
LONGEST_SKEW = 10 * 366 * 86_400.0  # s


class FaultRefused(Refusal):
    """A fault that makes no sense; says why and what would."""


@dataclass(frozen=True, slots=True)
class WireFault:
    """One fault. `target`: an asset or a link; `since`, `until`: simulated seconds since the start, None: until cleared."""

    id: int
    target: str
    kind: str
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    until: float | None = None
    since: float = 0.0

    def number(self, name: str, default: float) -> float:
        """A numeric parameter."""
        value = self.parameters.get(name, default)
        return float(value) if not isinstance(value, str) else default


class Faults:
    """All active faults. Readers ask by asset and get those of its link too."""

    def __init__(self, site: Site, *, own_broker: bool = False) -> None:
        self._site = site
        self._own_broker = own_broker
        self._active: dict[int, WireFault] = {}
        self._by_target: dict[str, tuple[WireFault, ...]] = {}
        self._next = 1
        self.version = 0  # grows with each change

    def add(
        self,
        target: str,
        kind: str,
        parameters: Mapping[str, float | str] | None = None,
        until: float | None = None,
        since: float = 0.0,
    ) -> WireFault:
        """Set a fault; NotFound for the target, FaultRefused for a kind or parameter that does not fit it."""
        self.check(target, kind, parameters or {})
        fault = WireFault(self._next, target, kind, dict(parameters or {}), until, since)
        self._next += 1
        self._active[fault.id] = fault
        self._index()
        return fault

    def clear(self, target: str | None = None, kind: str | None = None, id: int | None = None) -> int:
        """End the faults that match all that is given; returns how many ended."""
        gone = [
            fault.id
            for fault in self._active.values()
            if target in (None, fault.target) and kind in (None, fault.kind) and id in (None, fault.id)
        ]
        for number in gone:
            del self._active[number]
        self._index()
        return len(gone)

    def expire(self, now: float) -> None:
        """End the faults whose time is over; `now` in simulated seconds."""
        over = [fault.id for fault in self._active.values() if fault.until is not None and fault.until <= now]
        for number in over:
            del self._active[number]
        if over:
            self._index()

    def all(self) -> list[WireFault]:
        """The active faults, oldest first."""
        return list(self._active.values())

    def of(self, target: str, kind: str) -> WireFault | None:
        """The newest active fault of this kind on exactly this asset or link."""
        found = [fault for fault in self._by_target.get(target, ()) if fault.kind == kind]
        return found[-1] if found else None

    def on(self, *targets: str) -> dict[str, WireFault]:
        """The active faults of these targets, by kind; a later target's fault hides an earlier one's of the same kind."""
        if not self._active:
            return {}
        return {fault.kind: fault for target in targets for fault in self._by_target.get(target, ())}

    def check(self, target: str, kind: str, parameters: Mapping[str, float | str]) -> None:
        """Refuse a fault that its target cannot have: NotFound, FaultRefused."""
        link = self._site.links.get(target)
        asset = self._site.assets.get(target)
        if kind not in KINDS:
            raise FaultRefused(f"there is no fault {kind!r}. {suggest(kind, KINDS)}")
        if link is None and asset is None:
            known = {**self._site.links, **self._site.assets}
            raise NotFound("asset or link", f"{target} ({suggest(target, known)})")
        wire = link if link is not None else self._site.links[self._site.assets[target].link]
        if kind not in kinds_on(wire.kind):
            raise FaultRefused(f"{kind} cannot happen to {target}, which is on {wire.kind}.")
        if kind in OF_THE_BROKER and wire.kind is LinkKind.MQTT and not (link is not None and self._own_broker):
            raise FaultRefused(
                f"{kind} hits a link with the embedded broker (FACILITY_EMBEDDED_BROKER=1), not {target}."
            )
        if kind == "half_open" and link is None:
            raise FaultRefused(f"half_open hits a whole link, such as {wire.id}, not {target}.")
        unknown = [name for name in parameters if name not in KINDS[kind]]
        if unknown:
            raise FaultRefused(f"{kind} has no parameter {unknown[0]!r}. {suggest(unknown[0], KINDS[kind])}")
        _check_values(asset, kind, parameters)

    def _index(self) -> None:
        targets: dict[str, list[WireFault]] = {}
        for fault in self._active.values():
            targets.setdefault(fault.target, []).append(fault)
        self._by_target = {target: tuple(found) for target, found in targets.items()}
        self.version += 1


def kinds_on(kind: LinkKind) -> frozenset[str]:
    """What can happen on a link of this kind, or to an asset on it."""
    if kind.is_serial:
        return ON_SERIAL if kind is LinkKind.MODBUS_RTU else ON_SERIAL_SERVER
    return ON_MODBUS if kind.is_modbus else ON_MQTT


def _check_values(asset: Asset | None, kind: str, parameters: Mapping[str, float | str]) -> None:
    needs = NEEDS.get(kind, ())
    if not set(needs) <= parameters.keys():
        raise FaultRefused(f"{kind} needs a {' and a '.join(needs)}.")
    point = parameters.get("point")
    if point is not None:
        if asset is None:
            raise FaultRefused("a point needs an asset as target, not a link.")
        if point not in asset.profile.points:
            raise FaultRefused(f"{asset.id} has no point {point!r}. {suggest(str(point), asset.profile.points)}")
    for name in ("delay", "blocks", "code", "missing"):
        value = parameters.get(name)
        if value is not None and (isinstance(value, str) or not 0 <= value <= 600):
            raise FaultRefused(f"{name} is a number from 0 to 600, not {value!r}.")
    for name in ("per_minute", "amplitude", "seconds"):
        if isinstance(parameters.get(name, 0.0), str):
            raise FaultRefused(f"{name} is a number, not {parameters[name]!r}.")
    if abs(float(parameters.get("seconds", 0.0))) > LONGEST_SKEW:
        raise FaultRefused(f"seconds is at most {LONGEST_SKEW:g} either way.")


def suggest(name: str, known: Mapping[str, object]) -> str:
    """ "Did you mean …", or all that there is."""
    close = get_close_matches(name, known, 1)
    return f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(known) or 'none'}."
