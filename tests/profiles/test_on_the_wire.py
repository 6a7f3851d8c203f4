"""Every Modbus profile over TCP: a pymodbus server with a unit each, which refuses what stands between the profile's registers."""

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from collectors.modbus import ModbusTcp
from collectors.wire import DeviceRefused, Request
from facility.domain.asset import Asset
from facility.domain.profile import Table
from facility.domain.reads import Block, length, plan, register_of
from facility.domain.text import Title
from facility.site.loading import load_profiles
from facility.site.profiles import SHIPPED
from tests.harness.ports import free_port

HERE = Path(__file__).parent
PROFILES = [profile for profile in load_profiles(SHIPPED).values() if profile.protocol == "modbus"]
ASSETS = [
    Asset(p.id, Title(p.id, p.id), p, "room", "operator", "maintainer", "wire", unit=unit)
    for unit, p in enumerate(PROFILES, start=1)
]
Cells = dict[tuple[Table, int], int]


def cells_of(asset: Asset) -> Cells:
    """Words and bits of all points: those of the cases, 0 where none speaks of one; gaps only where the device takes them."""
    cells: Cells = {}
    for block in plan(asset):
        for address in addresses(block):
            cells[block.request.table, address] = 0
    for file in sorted(HERE.glob(f"{asset.profile.id}/*/input.yaml")):
        for table, runs in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            for start, run in runs.items() if table != "cut" else ():
                cells |= {(Table(table), start + i): cell for i, cell in enumerate(run) if (table, start + i) in cells}
    return cells


def addresses(block: Block) -> Iterable[int]:
    request = block.request
    if block.asset.profile.modbus.max_gap:
        return range(request.address, request.address + request.count)
    registers = [register_of(point) for point in block.points]
    return {register.address + i for register in registers for i in range(length(register))}


def device(asset: Asset, cells: Cells) -> SimDevice:
    def stored(table: Table) -> list[SimData]:
        kind = DataType.BITS if table.of_bits else DataType.REGISTERS
        runs: list[list[int]] = []
        for address in sorted(address for other, address in cells if other is table):
            if runs and address == runs[-1][-1] + 1:
                runs[-1].append(address)
            else:
                runs.append([address])
        values = [[bool(cells[table, a]) if table.of_bits else cells[table, a] for a in run] for run in runs]
        data = [SimData(run[0], values=row, datatype=kind) for run, row in zip(runs, values, strict=True)]
        return data or [SimData(65535, values=[False] if table.of_bits else [0], datatype=kind)]

    return SimDevice(asset.unit, tuple(stored(table) for table in Table))


async def test_every_block_of_every_profile_is_answered() -> None:
    given = {asset.id: cells_of(asset) for asset in ASSETS}
    port = free_port()
    server = ModbusTcpServer([device(asset, given[asset.id]) for asset in ASSETS], address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    wire = ModbusTcp("127.0.0.1", port)
    await wire.connect()
    try:
        read = 0
        for asset in ASSETS:
            for block in plan(asset):
                assert await wire.read(block.request) == payload(block, given[asset.id]), f"{asset.id} {block.request}"
                read += len(block.points)
        meter = next(asset for asset in ASSETS if asset.id == "siemens_pac3200")
        with pytest.raises(DeviceRefused):
            await wire.read(Request(meter.unit, Table.HOLDING, 17, 10))  # across the hole behind the currents
        assert read == sum(len(profile.points) for profile in PROFILES)
    finally:
        wire.close()
        await server.shutdown()


def payload(block: Block, cells: Cells) -> bytes:
    request = block.request
    row = [cells[request.table, request.address + i] for i in range(request.count)]
    if request.table.of_bits:
        return sum(bit << i for i, bit in enumerate(row)).to_bytes(request.size, "little")
    return b"".join(word.to_bytes(2, "big") for word in row)
