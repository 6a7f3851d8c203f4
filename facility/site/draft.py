"""A draft profile of an unknown device: the registers that answered, everything that only the manual knows marked TODO."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from facility.domain.errors import Refusal
from facility.domain.profile import Table
from facility.site.grammar_terms import NAME
from facility.site.writing import point_line

Row = Mapping[str, Any]
"""What a probe found at an address: `address`, and `pairs` (type, order, value, likely) or, of a bit table, `bit`."""

_CHINESE = {Table.COIL: "线圈", Table.DISCRETE: "离散输入", Table.HOLDING: "保持寄存器", Table.INPUT: "输入寄存器"}
_EVERY = "10s"
_HEAD = """\
# Draft of a probe: only what answered. Types and byte orders are hints. TODO: give each point its meaning from the manual
# (name, titles, unit, scale, range, sentinels), set title, class and system, say whose device it is and which manual, and
# remove what is of no use.
profile: {name}
title: {{en: "TODO {name}", zh: "TODO 待填写"}}
class: device # TODO: meter, pump, tank …: the measurement in history
system: power # TODO: power, water, fire, gas or parking
protocol: modbus
modbus: {{max_registers: 32, max_gap: 0, pause: 50ms}}
points:
"""


def refuse_place(path: Path) -> None:
    """Refusal when no draft can be written there: a draft never replaces a file, and its name is the profile's."""
    if path.suffix != ".yaml" or not re.fullmatch(NAME, path.stem):
        raise Refusal(
            f"{path.name} is not the name of a profile's file. Write small letters, digits and _, such as new_meter.yaml."
        )
    if path.exists():
        raise Refusal(f"{path} exists already. Name another file; a draft never replaces one.")


def draft_text(name: str, table: Table, rows: Sequence[Row]) -> str:
    """The profile as YAML that the loader takes."""
    return _HEAD.format(name=name) + "".join(f"{line}\n" for line in _lines(table, rows))


def _lines(table: Table, rows: Sequence[Row]) -> Iterator[str]:
    taken = -1
    for row in rows:
        address = row["address"]
        if address <= taken:
            continue
        read, comment = _read(table, row)
        taken = address + (1 if "order" in read else 0)
        title = {"en": f"TODO {table} {address}", "zh": f"TODO {_CHINESE[table]} {address}"}
        yield f"{point_line(f'{table}_{address}', {'title': title, 'every': _EVERY, 'read': read})} # {comment}"


def _read(table: Table, row: Row) -> tuple[dict[str, object], str]:
    """Where and how, and what was seen there."""
    place: dict[str, object] = {"table": table.value, "address": row["address"]}
    if table.of_bits:
        return place, f"was {row['bit']}"
    likely = next((pair for pair in row["pairs"] if pair["likely"]), None)
    if likely is None:
        return place | {"type": "uint16"}, f"was {row['uint16']}"
    return place | {"type": likely["type"], "order": likely["order"]}, f"was {likely['value']:.7g}"
