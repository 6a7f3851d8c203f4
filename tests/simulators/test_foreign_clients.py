"""Clients of other people read every Modbus point of the demo estate right: libmodbus, mbpoll and Telegraf, while the plant stands still.

Each decodes what it can by itself. What mbpoll cannot (swapped bytes, radix), `mbpoll_kind` says.
"""

import asyncio
import ctypes
import os
import re
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.profile import ByteOrder, RawType, Table
from simulators.estate import Estate
from tests.simulators.foreign import Target, of_modbus, targets

TELEGRAF = Path(os.environ.get("FACILITY_TELEGRAF") or shutil.which("telegraf") or "/nowhere/telegraf")
WIDE = {RawType.UINT32: "UINT32", RawType.INT32: "INT32", RawType.FLOAT32: "FLOAT32"}
SIGNED = {RawType.INT16: 16, RawType.INT32: 32}
SIX_DIGITS = 1e-5  # mbpoll shows six digits of a float
MBPOLL_CANNOT = frozenset({ByteOrder.BADC, ByteOrder.DCBA})  # it can swap words, not bytes


def needed(found: object, what: str) -> None:
    """Skip what is not installed; in CI that is a failure."""
    if not found:
        assert os.environ.get("CI") != "true", f"CI needs {what}"
        pytest.skip(f"install {what}")


@pytest.fixture
async def still(moved: Site) -> AsyncIterator[Estate]:
    """The estate after a minute, standing still."""
    estate = Estate(moved, SystemClock())
    estate.plant.run(60)
    await estate.start()
    try:
        yield estate
    finally:
        await estate.stop()


def all_of(estate: Estate) -> list[Target]:
    """Every Modbus point; the few without a value now are those of devices that are at rest."""
    found = list(targets(estate))
    assert len(found) > 0.97 * sum(len(asset.profile.points) for asset in of_modbus(estate.site))
    return found


def signed(raw: int, kind: RawType) -> int:
    """An unsigned number as what its type says."""
    bits = SIGNED.get(kind, 0)
    return raw - (1 << bits) if bits and raw >> (bits - 1) else raw


# libmodbus


class LibModbus:
    """One connection of Debian's libmodbus5; what it says goes through its own functions for floats."""

    READERS: ClassVar[dict[Table, str]] = {
        Table.COIL: "modbus_read_bits",
        Table.DISCRETE: "modbus_read_input_bits",
        Table.HOLDING: "modbus_read_registers",
        Table.INPUT: "modbus_read_input_registers",
    }

    def __init__(self, port: int) -> None:
        self._lib = ctypes.CDLL("libmodbus.so.5")
        self._lib.modbus_new_tcp.restype = ctypes.c_void_p
        self._lib.modbus_strerror.restype = ctypes.c_char_p
        for order in ("abcd", "badc", "cdab", "dcba"):
            getattr(self._lib, f"modbus_get_float_{order}").restype = ctypes.c_float
        self._wire = ctypes.c_void_p(self._lib.modbus_new_tcp(b"127.0.0.1", port))
        assert self._lib.modbus_connect(self._wire) == 0

    def raw(self, target: Target) -> float:
        """The raw number of a point."""
        register = target.register
        cells = self._read(target)
        if register.type is RawType.FLOAT32:
            decode = getattr(self._lib, f"modbus_get_float_{register.order.value.lower()}")
            return float(decode(cells))
        if len(cells) == 1:
            return signed(cells[0], register.type)
        sent = b"".join(int(cell).to_bytes(2, "big") for cell in cells)
        return signed(int.from_bytes(bytes(sent[register.order.value.index(c)] for c in "ABCD"), "big"), register.type)

    def _read(self, target: Target) -> Any:
        size = ctypes.c_uint8 if target.register.table.of_bits else ctypes.c_uint16
        cells = (size * target.words)()
        assert self._lib.modbus_set_slave(self._wire, target.asset.unit) == 0
        reader = getattr(self._lib, self.READERS[target.register.table])
        got = reader(self._wire, target.register.address, target.words, cells)
        assert got == target.words, f"{target.name}: {self._lib.modbus_strerror(ctypes.get_errno())!r}"
        return cells

    def close(self) -> None:
        """Hang up."""
        self._lib.modbus_close(self._wire)
        self._lib.modbus_free(self._wire)


def libmodbus_reads(estate: Estate, points: list[Target]) -> list[str]:
    wrong: list[str] = []
    for link in {target.asset.link for target in points}:
        client = LibModbus(estate.site.links[link].port)
        wrong += [
            f"{target.name}: {raw} for {target.held}"
            for target in points
            if target.asset.link == link and not target.near(raw := client.raw(target))
        ]
        client.close()
    return wrong


async def test_libmodbus_reads_every_point(still: Estate) -> None:
    try:
        ctypes.CDLL("libmodbus.so.5")
    except OSError:
        needed(None, "Debian's libmodbus5")
    points = all_of(still)
    assert await asyncio.to_thread(libmodbus_reads, still, points) == []


# mbpoll

MBPOLL_TABLES = {Table.COIL: "0", Table.DISCRETE: "1", Table.INPUT: "3", Table.HOLDING: "4"}
Run = tuple[str, tuple[int, ...], str, bool, tuple[int, ...]]  # link, units, type, big endian words, first addresses


def mbpoll_kind(target: Target) -> tuple[str, bool] | None:
    """Its `-t` and `-B`; None: it has none for this."""
    register = target.register
    table = MBPOLL_TABLES[register.table]
    if register.table.of_bits or register.words == 1:
        return table, False
    if register.order in MBPOLL_CANNOT or register.radix:
        return None
    return f"{table}:{'float' if register.type is RawType.FLOAT32 else 'int'}", register.order is ByteOrder.ABCD


def runs_of(points: Iterable[Target]) -> dict[Run, list[Target]]:
    """One run of the program for the same points of the units of one profile on one link."""
    asked: dict[tuple[str, str, str, bool], list[Target]] = defaultdict(list)
    for target in points:
        kind = mbpoll_kind(target)
        if kind is not None:
            asked[target.asset.link, target.asset.profile.id, *kind].append(target)
    runs: dict[Run, list[Target]] = {}
    for (link, _, kind_name, big), found in asked.items():
        units = tuple(sorted({target.asset.unit for target in found}))
        addresses = tuple(sorted({target.register.address for target in found}))
        runs[link, units, kind_name, big, addresses] = found
    return runs


async def mbpoll_says(estate: Estate, run: Run) -> dict[tuple[int, int], float]:
    """Raw numbers by unit and address."""
    link, units, kind, big, addresses = run
    said: dict[tuple[int, int], float] = {}
    for unit in units:
        for address, count in stretches(addresses, 2 if ":" in kind else 1):
            where = (
                "-p",
                str(estate.site.links[link].port),
                "-a",
                str(unit),
                "-0",
                "-r",
                str(address),
                "-c",
                str(count),
            )
            command = ("mbpoll", "-m", "tcp", *where, "-t", kind, *(["-B"] if big else []), "-1", "127.0.0.1")
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            out, _ = await process.communicate()
            for place, value in re.findall(r"^\[(\d+)\]:\s+(-?[\d.e+-]+)", out.decode(), re.MULTILINE):
                said[unit, int(place)] = float(value)
    return said


def stretches(addresses: Iterable[int], step: int, most: int = 8) -> list[tuple[int, int]]:
    """First address and count of values that stand side by side."""
    found: list[tuple[int, int]] = []
    for address in addresses:
        if found and address == found[-1][0] + found[-1][1] * step and found[-1][1] < most:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((address, 1))
    return found


async def test_mbpoll_reads_every_point_that_it_can(still: Estate) -> None:
    needed(shutil.which("mbpoll"), "Debian's mbpoll")
    points = one_unit_of_each(all_of(still))
    wrong, read = [], 0
    for run, wanted in runs_of(points).items():
        said = await mbpoll_says(still, run)
        for target in wanted:
            raw = said[target.asset.unit, target.register.address]
            whole = raw if ":float" in run[2] else signed(int(raw) & 0xFFFFFFFF, target.register.type)
            read += 1
            if not target.near(whole, relative=SIX_DIGITS):
                wrong.append(f"{target.name}: {raw} for {target.held}")
    assert wrong == []
    assert read == sum(mbpoll_kind(target) is not None for target in points) > 100


def one_unit_of_each(points: list[Target]) -> list[Target]:
    """The first device of each profile: a process for each request is dear."""
    first: dict[str, str] = {}
    for target in points:
        first.setdefault(target.asset.profile.id, target.asset.id)
    return [target for target in points if first[target.asset.profile.id] == target.asset.id]


# Telegraf

TELEGRAF_TYPES = {RawType.UINT16: "UINT16", RawType.INT16: "INT16", **WIDE}


def configured(estate: Estate, points: list[Target], out: Path) -> str:
    """A configuration that reads these points, each value by itself in a request of its own device."""
    parts = [
        '[agent]\n  interval = "1s"\n  omit_hostname = true',
        f'[[outputs.file]]\n  files = ["{out}"]\n  data_format = "influx"',
    ]
    for link in sorted({target.asset.link for target in points}):
        parts.append(
            f'[[inputs.modbus]]\n  name = "{link}"\n  controller = "tcp://127.0.0.1:{estate.site.links[link].port}"\n'
            '  timeout = "5s"\n  configuration_type = "request"'
        )
        groups: dict[tuple[int, Table, ByteOrder], list[Target]] = defaultdict(list)
        for target in points:
            if target.asset.link == link:
                order = target.register.order if target.words > 1 else ByteOrder.ABCD  # it would swap single words too
                groups[target.asset.unit, target.register.table, order].append(target)
        for (unit, table, order), found in groups.items():
            for some in in_reach(found):
                parts.append(request_of(unit, table, order, some))
    return "\n".join(parts) + "\n"


def in_reach(found: list[Target]) -> list[list[Target]]:
    """Runs of neighbours that the device gives in one request; one point for a word that several share."""
    runs: list[list[Target]] = []
    for target in sorted({t.register.address: t for t in found}.values(), key=lambda t: t.register.address):
        last = runs[-1] if runs else []
        end = last[-1].register.address + last[-1].words if last else -1
        most = target.asset.profile.modbus.max_registers
        if last and end == target.register.address and end + target.words - last[0].register.address <= most:
            last.append(target)
        else:
            runs.append([target])
    return runs


def request_of(unit: int, table: Table, order: ByteOrder, some: list[Target]) -> str:
    """One `[[inputs.modbus.request]]`."""
    lines = ["  [[inputs.modbus.request]]", f"    slave_id = {unit}", f'    register = "{table.value}"']
    if not table.of_bits:
        lines.append(f'    byte_order = "{order.value}"')
    lines.append("    fields = [")
    for target in some:
        kind = "" if table.of_bits else f', type = "{TELEGRAF_TYPES.get(target.register.type, "UINT16")}"'
        lines.append(
            f'      {{ address = {target.register.address}, name = "{table.value}_{target.register.address}"{kind}, '
            f'measurement = "{target.asset.id}" }},'
        )
    return "\n".join([*lines, "    ]"])


FIELD = re.compile(r"(\w+)=([^, ]+)")


@pytest.fixture
def telegraf() -> Path:
    """Its program."""
    needed(TELEGRAF.exists(), "Telegraf (FACILITY_TELEGRAF)")
    return TELEGRAF


async def test_telegraf_reads_every_point(still: Estate, telegraf: Path, tmp_path: Path) -> None:
    points, out, config = all_of(still), tmp_path / "out.line", tmp_path / "telegraf.conf"
    config.write_text(configured(still, points, out), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        telegraf, "--config", config, "--once", "--quiet", stderr=asyncio.subprocess.PIPE
    )
    _, complaints = await process.communicate()
    said = telegraf_said(out)
    assert said.keys() >= {key_of(target) for target in points}, complaints.decode()
    wrong = [f"{t.name}: {said[key_of(t)]} for {t.held}" for t in points if not t.near(said[key_of(t)])]
    assert wrong == []


def key_of(target: Target) -> tuple[str, str]:
    """Measurement and field under which Telegraf writes a point."""
    return target.asset.id, f"{target.register.table.value}_{target.register.address}"


def telegraf_said(out: Path) -> dict[tuple[str, str], float]:
    """Numbers by measurement and field."""
    assert out.exists()
    said: dict[tuple[str, str], float] = {}
    for line in out.read_text(encoding="utf-8").splitlines():
        tags, fields, *_ = line.split(" ")
        for name, value in FIELD.findall(fields):
            number = {"true": "1", "false": "0"}.get(value, value.rstrip("iu"))
            said[tags.split(",")[0], name] = float(number)
    return said
