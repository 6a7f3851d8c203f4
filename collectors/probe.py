"""`python -m collectors probe`: a slow, read-only scan of unknown devices, told as JSON lines.

Events: `plan`, `request` for each request, `unit` for each unit that lives, then `found` with everything; also when it was stopped.
"""

import asyncio
from collections.abc import AsyncIterator

from collectors.asking import Asking, Event, Tell, explained
from collectors.interpret import rows_of
from collectors.wire import BadAnswer, DeviceRefused, Timeout, WireLost
from collectors.wires import wires_of
from facility.domain.asset import Link
from facility.domain.modbus_exception import NO_TABLE, OF_GATEWAY
from facility.domain.scan import PASSES, Scan

MOST_SILENT = 3  # blocks in a row without an answer: the unit is silent where it has nothing, or is gone


class GiveUp(Exception):
    """Nothing more can be found on this unit."""


class Probe:
    """One scan over one link. `found`: by unit what it said when it was first asked, and its words of both passes."""

    def __init__(self, link: Link, scan: Scan, tell: Tell) -> None:
        self._scan, self._tell = scan, tell
        self._asking = Asking(wires_of(link), tell, scan.pause.total_seconds())
        self._lives: dict[int, str] = {}
        self._passes: dict[int, list[dict[int, int]]] = {}
        self._ends: dict[int, str] = {}
        self._refused: dict[int, set[int]] = {}

    async def run(self) -> bool:
        """Scan and tell what was found; True when a unit lives. Cancelled, it tells what was found so far."""
        fault, stopped = "", False
        try:
            await self._asking.connect()
            await self._units()
            for unit in self._lives if self._scan.registers else ():
                await self._registers(unit)
        except WireLost as error:
            fault = str(error)
        except asyncio.CancelledError:
            stopped = True
        finally:
            self._asking.close()
        self._tell(self._found(fault, stopped=stopped))
        return bool(self._lives) and not fault

    async def _units(self) -> None:
        """Any answer is life, an exception too; a gateway's word is not."""
        span = next(iter(self._scan.blocks()), range(1))
        for unit in self._scan.units:
            try:
                await self._asking.ask(self._scan.request(unit, span[:1]))
                sign = "answers"
            except DeviceRefused as refused:
                if refused.code in OF_GATEWAY:
                    continue
                sign = f"answers, {explained(refused)}"
            except (Timeout, BadAnswer):
                continue
            except WireLost:
                await self._asking.connect()  # one that hangs up is no life, one that is gone ends the scan
                continue
            self._lives[unit] = sign
            self._tell({"event": "unit", "unit": unit, "sign": sign})

    async def _registers(self, unit: int) -> None:
        """Two passes: the second one reads again what answered in the first."""
        first: dict[int, int] = {}
        self._passes[unit] = [first]
        self._refused[unit] = set()
        readable: list[range] = []
        try:
            await self._first_pass(unit, readable, first)
        except GiveUp as end:
            self._ends[unit] = str(end)
        for _ in range(PASSES - 1):
            again: dict[int, int] = {}
            self._passes[unit].append(again)
            for span in readable:
                await self._once_more(unit, span, again)

    async def _first_pass(self, unit: int, readable: list[range], words: dict[int, int]) -> None:
        silent = 0
        for block in self._scan.blocks():
            try:
                async for span in self._bisected(unit, block):
                    readable.append(span)
                    self._take(unit, span, words)
                silent = 0
            except (Timeout, BadAnswer, WireLost) as error:
                silent += 1
                if silent == MOST_SILENT:
                    raise GiveUp(f"{silent} blocks in a row brought nothing: {explained(error)}") from None

    async def _bisected(self, unit: int, block: range) -> AsyncIterator[range]:
        """The readable pieces of a block: what is refused is asked in halves, down to single registers."""
        ahead = [block]
        while ahead:
            span = ahead.pop()
            try:
                await self._patient(unit, span, again=span is block)
                yield span
            except DeviceRefused as refused:
                if refused.code == NO_TABLE or refused.code in OF_GATEWAY:
                    raise GiveUp(explained(refused)) from None
                if len(span) == 1:
                    self._refused[unit].update(span)
                else:
                    ahead += [span[len(span) // 2 :], span[: len(span) // 2]]

    async def _patient(self, unit: int, span: range, *, again: bool) -> None:
        """Ask; `again`: once more when no answer came, since one may have been lost."""
        try:
            await self._asking.ask(self._scan.request(unit, span))
        except (Timeout, BadAnswer, WireLost):
            if not again:
                raise
            await self._asking.ask(self._scan.request(unit, span))

    async def _once_more(self, unit: int, span: range, words: dict[int, int]) -> None:
        try:
            await self._asking.ask(self._scan.request(unit, span))
        except (Timeout, BadAnswer, DeviceRefused, WireLost):
            return
        self._take(unit, span, words)

    def _take(self, unit: int, span: range, words: dict[int, int]) -> None:
        words.update((address, self._asking.words[unit, self._scan.table, address]) for address in span)

    def _found(self, fault: str, *, stopped: bool) -> Event:
        units = [self._unit(unit, sign) for unit, sign in self._lives.items()]
        event: Event = {"event": "found", "table": self._scan.table.value, "requests": self._asking.requests}
        return {**event, "stopped": stopped, "fault": fault, "units": units}

    def _unit(self, unit: int, sign: str) -> Event:
        passes = self._passes.get(unit, [])
        return {
            "unit": unit,
            "sign": sign,
            "end": self._ends.get(unit, ""),
            "refused": sorted(self._refused.get(unit, ())),
            "rows": rows_of(self._scan.table, passes),
        }
