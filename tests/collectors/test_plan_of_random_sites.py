"""Random profiles and site files, loaded as any other, give plans that a brute-force checker finds nothing wrong with.

The checker knows only the file as it was written: it counts cells (registers or bits) one by one, and shares no code with
the planner or the loader. FACILITY_PLAN_EXAMPLES sets how many sites are tried.
"""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from facility.domain.reads import Block, plan
from facility.site import load

EXAMPLES = int(os.environ.get("FACILITY_PLAN_EXAMPLES", "30"))
TITLE = {"en": "T", "zh": "题"}
REGISTERS = {
    "uint16": 1,
    "int16": 1,
    "bcd16": 1,
    "uint32": 2,
    "int32": 2,
    "float32": 2,
    "bcd32": 2,
    "uint64": 4,
    "int64": 4,
    "float64": 4,
}
BITS_OF = ("bit", "bits", "enum")


@dataclass
class Device:
    """A profile as it is written, and what the checker knows of it."""

    text: dict[str, Any]
    cells: dict[str, set[tuple[str, int]]] = field(default_factory=dict)  # point → its registers or bits on the wire


@st.composite
def devices(draw: st.DrawFn, name: str) -> Device:
    """A Modbus profile with points of every type on several tables."""
    modbus: dict[str, Any] = {
        "max_registers": draw(st.integers(4, 30)),
        "max_bits": draw(st.integers(1, 60)),
        "max_gap": draw(st.integers(0, 5)),
    }
    base = draw(st.sampled_from([None, 0, 1]))
    if base is not None:
        modbus["base"] = base
    page = draw(st.sampled_from([0, 0, 8, 16, 256]))
    if page:
        modbus["page"] = page
    if draw(st.booleans()):
        modbus["single"] = draw(st.booleans())
    head = {"profile": name, "title": TITLE, "class": "meter", "system": "power", "protocol": "modbus"}
    device = Device({**head, "modbus": modbus, "points": {}})
    for table in draw(
        st.lists(st.sampled_from(["coil", "discrete", "holding", "input"]), min_size=1, max_size=3, unique=True)
    ):
        at = draw(st.integers(0, 300))
        for number in range(draw(st.integers(1, 14))):
            at += draw(st.sampled_from([0, 0, 0, 1, 3, 7, 40]))
            at = _place(draw, device, f"{table}_{number}", table, at, base or 0, page)
    return device


def _place(draw: st.DrawFn, device: Device, name: str, table: str, at: int, base: int, page: int) -> int:
    """Write a point (or some that share a register) at the wire address; the first free address behind it."""
    period = draw(st.sampled_from(["1s", "5s", "1m"]))
    if table in ("coil", "discrete"):
        _write(device, name, {"table": table, "address": at + base}, period, {(table, at)})
        return at + 1
    kind = draw(st.sampled_from([*REGISTERS, *BITS_OF, "string"]))
    if kind in BITS_OF:
        bit = 0
        for part in range(draw(st.integers(1, 4))):
            width = draw(st.integers(1, 4))
            read: dict[str, Any] = {"table": table, "address": at + base, "type": kind, "bit": bit}
            if kind != "bit":
                read["width"] = width
            _write(device, f"{name}_{part}", read, draw(st.sampled_from([period, "5s"])), {(table, at)})
            bit += width
        return at + 1
    words = REGISTERS.get(kind) or draw(st.integers(1, 4))
    if page and at // page != (at + words - 1) // page:
        at += page - at % page
    read = {"table": table, "address": at + base, "type": kind} | ({"length": words} if kind == "string" else {})
    _write(device, name, read, period, {(table, at + i) for i in range(words)})
    return at + words


def _write(device: Device, name: str, read: dict[str, Any], period: str, cells: set[tuple[str, int]]) -> None:
    enum = {"labels": {"on": TITLE}, "codes": {1: "on"}} if read.get("type") == "enum" else {}
    device.text["points"][name] = {"title": TITLE, "every": period, "read": read, **enum}
    device.cells[name] = cells


@st.composite
def sites(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Device]]:
    """A site file of a few assets, and its profiles by name."""
    known = {name: draw(devices(name)) for name in ("box_a", "box_b")[: draw(st.integers(1, 2))]}
    assets = {
        f"asset-{unit}": {
            "title": TITLE,
            "profile": draw(st.sampled_from(sorted(known))),
            **dict.fromkeys(("operating", "maintaining"), "someone"),
            "area": "room",
            "link": "wire",
            "unit": unit,
        }
        for unit in draw(st.lists(st.integers(1, 247), min_size=1, max_size=3, unique=True))
    }
    position = {"title": TITLE, "team": "crew", "role": "technician"}
    site = {
        "site": "court",
        "title": TITLE,
        "zone": "Asia/Shanghai",
        "language": "en",
        "teams": {"crew": {"title": TITLE}},
        "positions": {"someone": position, "administrator": {**position, "role": "administrator"}},
        "areas": {"room": {"title": TITLE, "owner": "administrator"}},
        "links": {"wire": {"title": TITLE, "kind": "modbus_tcp", "host": "127.0.0.1", "port": 1502}},
        "assets": assets,
        "ladders": {level: [{"position": "someone", "channels": ["robot"]}] for level in (1, 2, 3)},
        "channels": {"robot": {"kind": "wecom_robot", "way": "phone", "url": "http://127.0.0.1:8090/robot"}},
    }
    return site, known


@settings(deadline=None, max_examples=EXAMPLES)
@given(sites())
def test_plans_of_random_sites_read_every_point_once_a_period_inside_all_limits(
    drawn: tuple[dict[str, Any], dict[str, Device]],
) -> None:
    site_text, known = drawn
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "profiles").mkdir()
        for name, device in known.items():
            (Path(folder) / "profiles" / f"{name}.yaml").write_text(yaml.safe_dump(device.text), encoding="utf-8")
        (Path(folder) / "site.yaml").write_text(yaml.safe_dump(site_text), encoding="utf-8")
        site = load(Path(folder) / "site.yaml")
    assert site.assets.keys() == site_text["assets"].keys()
    for name, asset in site.assets.items():
        written = site_text["assets"][name]
        blocks = plan(asset)
        assert {block.request.unit for block in blocks} == {written["unit"]}
        assert faults(known[written["profile"]], blocks) == []


def faults(device: Device, blocks: list[Block]) -> list[str]:
    """Everything that is wrong with a plan."""
    points, modbus = device.text["points"], device.text["modbus"]
    found = [f"{name} is read {n} times" for name in points if (n := _times(name, blocks)) != 1]
    for block in blocks:
        request = block.request
        table = request.table.value
        asked = {(table, request.address + i) for i in range(request.count)}
        names = [point.name for point in block.points]
        used = set().union(*(device.cells[name] for name in names))
        of_bits = table in ("coil", "discrete")
        if not used <= asked:
            found.append(f"{names}: {used - asked} not asked for")
        if {_seconds(points[name]["every"]) for name in names} != {block.every.total_seconds()}:
            found.append(f"{names}: another period")
        if len(asked) > modbus["max_bits" if of_bits else "max_registers"]:
            found.append(f"{names}: {len(asked)} in one request")
        if _longest_row(asked - used) > modbus["max_gap"] * (16 if of_bits else 1):
            found.append(f"{names}: gap of {_longest_row(asked - used)}")
        if not {min(asked), max(asked)} <= used:
            found.append(f"{names}: begins or ends on nothing")
        if modbus.get("page") and len({address // modbus["page"] for _, address in asked}) > 1:
            found.append(f"{names}: crosses a page")
        if modbus.get("single") and any(device.cells[name] != asked for name in names):
            found.append(f"{names}: more than one value")
        if any(device.cells[name] & asked and not device.cells[name] <= asked for name in names):
            found.append(f"{names}: a value is cut")
    return found


def _times(name: str, blocks: list[Block]) -> int:
    return sum(point.name == name for block in blocks for point in block.points)


def _seconds(text: str) -> float:
    return float(text[:-1]) * {"s": 1, "m": 60}[text[-1]]


def _longest_row(cells: set[tuple[str, int]]) -> int:
    longest = row = 0
    before = -2
    for _, address in sorted(cells):
        row = row + 1 if address == before + 1 else 1
        longest, before = max(longest, row), address
    return longest
