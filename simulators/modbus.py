"""Modbus from the devices' side: one unit an asset, reading functions only, faults included. No socket here."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from facility.domain.asset import Asset, Link
from facility.domain.bus_time import REQUEST_CHARACTERS
from facility.domain.profile import Table
from simulators.encode import Image
from simulators.faults import Faults, WireFault
from simulators.framing import Ask, Framing, RtuFraming, TcpFraming
from simulators.readout import Readout

ASK = struct.Struct(">BHH")  # function, first address, count
TABLES = {table.function: table for table in Table}
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, DEVICE_BUSY, TARGET_SILENT = 1, 2, 3, 4, 6, 0x0B
MOST_WORDS, MOST_BITS = 125, 2000  # of the Modbus specification; a profile may say less
NOISE = 0xA5  # what each byte of a garbled answer differs by: no Modbus any more, and no checksum fits
SLOW, LATE = 0.4, 1.5  # default delays in seconds: inside and beyond a usual timeout


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: bytes (empty: nothing) after a delay; `blocks`: later requests wait for it; `hang_up`: close; `deaf`: never again."""

    data: bytes
    delay: float = 0.0
    blocks: bool = False
    hang_up: bool = False
    deaf: bool = False


class Unit:
    """One device behind the link."""

    def __init__(self, asset: Asset, readout: Readout) -> None:
        self.asset = asset
        self._readout = readout
        self._image = Image(asset.profile)
        self._seen: tuple[int, int] | None = None

    def image(self) -> Image:
        """Its registers now."""
        version = self._readout.version
        if version != self._seen:
            self._image.fill(self._readout.values(self.asset))
            self._seen = version
        return self._image

    def answer(self, pdu: bytes, refusal: WireFault | None) -> bytes:
        """The answer to a request, as a correct device gives it; `refusal` makes it answer with an exception."""
        function = pdu[0]
        table = TABLES.get(function)
        if table is None or len(pdu) != ASK.size:
            return bytes((function | 0x80, ILLEGAL_FUNCTION if table is None else ILLEGAL_VALUE))
        _, address, count = ASK.unpack(pdu)
        image = self.image()
        most = min(MOST_BITS, image.limits.max_bits) if table.of_bits else min(MOST_WORDS, image.limits.max_registers)
        if not 1 <= count <= most:
            return bytes((function | 0x80, ILLEGAL_VALUE))
        if not image.covers(table, address, count):
            return bytes((function | 0x80, ILLEGAL_ADDRESS))
        if refusal is not None and _hits(refusal, image, table, address, count):
            return bytes((function | 0x80, int(refusal.number("code", DEVICE_FAILURE)) & 0xFF))
        cells = image.read(table, address, count)
        data = _packed_bits(cells) if table.of_bits else struct.pack(f">{count}H", *cells)
        return bytes((function, len(data))) + data


class Answering(Protocol):
    """What answers on a link, whatever carries it."""

    @property
    def link(self) -> Link:
        """The link."""
        ...

    @property
    def framing(self) -> Framing:
        """How requests stand in its bytes."""
        ...

    @property
    def refuses_connections(self) -> bool:
        """The gateway hangs up on everybody."""
        ...

    @property
    def deaf(self) -> bool:
        """The gateway takes connections and has forgotten them."""
        ...

    @property
    def numbers(self) -> str:
        """Its units, for people."""
        ...

    def reply(self, ask: Ask) -> Reply:
        """The reply to one request."""
        ...

    def counted(self) -> dict[str, float]:
        """Its Prometheus series."""
        ...


class Wire:
    """One simulated link: turns requests into replies."""

    def __init__(self, link: Link, assets: list[Asset], readout: Readout, faults: Faults) -> None:
        self.link = link
        self.framing: Framing = RtuFraming() if link.kind.is_serial else TcpFraming()
        self.units: Mapping[int, Unit] = {asset.unit: Unit(asset, readout) for asset in assets}
        self._faults = faults
        self.requests = 0
        self.exceptions = 0

    @property
    def refuses_connections(self) -> bool:
        """The gateway hangs up on everybody."""
        return "disconnect" in self._faults.on(self.link.id)

    @property
    def deaf(self) -> bool:
        """The gateway takes connections and has forgotten them: nothing ever comes back."""
        return "half_open" in self._faults.on(self.link.id)

    @property
    def numbers(self) -> str:
        """Its units, for people."""
        return ", ".join(str(number) for number in sorted(self.units))

    def reply(self, ask: Ask) -> Reply:
        """The reply to one request."""
        self.requests += 1
        unit = self.units.get(ask.unit)
        faults = self._faults.on(self.link.id, unit.asset.id) if unit else self._faults.on(self.link.id)
        if "disconnect" in faults:
            return Reply(b"", hang_up=True)
        if "half_open" in faults:
            return Reply(b"", deaf=True)
        if "dead_unit" in faults:
            return Reply(b"", faults["dead_unit"].number("blocks", 0.0), blocks=True)
        if "silence" in faults:
            return Reply(b"")
        if unit is None:
            return self._nobody(ask)
        answer = unit.answer(ask.pdu, _refusal(faults))
        self.exceptions += answer[0] >> 7
        return self._on_the_line(self._spoilt(ask, answer, faults))

    def _nobody(self, ask: Ask) -> Reply:
        """A gateway says that a unit is silent; on a bare line there is silence."""
        if self.link.kind.is_serial:
            return Reply(b"")
        self.exceptions += 1
        return Reply(self.framing.frame(ask, ask.unit, bytes((ask.pdu[0] | 0x80, TARGET_SILENT))))

    def _spoilt(self, ask: Ask, answer: bytes, faults: Mapping[str, WireFault]) -> Reply:
        if "wrong_length" in faults and not answer[0] & 0x80:
            missing = 2 * int(faults["wrong_length"].number("missing", 1))
            data = answer[2 : max(2, len(answer) - missing)]
            answer = bytes((answer[0], len(data))) + data
        unit = (ask.unit + ("wrong_unit" in faults)) & 0xFF
        frame = self.framing.frame(
            ask, unit, answer, spoil=bool({"wrong_transaction", "wrong_checksum"} & faults.keys())
        )
        if "garbage" in faults:
            frame = bytes(byte ^ NOISE for byte in frame)
        if "duplicate" in faults:
            frame += frame
        if "late_answer" in faults:
            return Reply(frame, faults["late_answer"].number("delay", LATE))
        if "slow" in faults:
            return Reply(frame, faults["slow"].number("delay", SLOW), blocks=True)
        return Reply(frame)

    def _on_the_line(self, reply: Reply) -> Reply:
        """On a serial line request and answer take the time of their characters."""
        if self.link.serial is None:
            return reply
        took = self.link.serial.seconds(REQUEST_CHARACTERS + len(reply.data))
        return replace(reply, delay=reply.delay + took, blocks=reply.blocks or not reply.delay)

    def counted(self) -> dict[str, float]:
        """Its Prometheus series."""
        label = f'{{link="{self.link.id}"}}'
        return {
            f"facility_simulator_requests_total{label}": float(self.requests),
            f"facility_simulator_exceptions_total{label}": float(self.exceptions),
        }


def _refusal(faults: Mapping[str, WireFault]) -> WireFault | None:
    """The fault that makes the device answer with an exception: a chosen one, or that it is busy."""
    busy = faults.get("busy")
    return faults.get("exception") or (busy and replace(busy, parameters={"code": DEVICE_BUSY}))


def _hits(refusal: WireFault, image: Image, table: Table, address: int, count: int) -> bool:
    point = refusal.parameters.get("point")
    if point is None:
        return True
    register = image.where(str(point))
    if register is None or register.table is not table:
        return False
    return register.address < address + count and address < register.address + register.type.words


def _packed_bits(bits: list[int]) -> bytes:
    number = sum(bit << place for place, bit in enumerate(bits))
    return number.to_bytes((len(bits) + 7) // 8, "little")
