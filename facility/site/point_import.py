"""A sheet of points into a profile: what the file would be, what that changes, and every refusal with its cell.

What the sheet has columns for is taken from it; everything else of an existing profile stays as it is: its other keys,
its rules, the lines of points that do not change.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import yaml

from facility.domain.errors import Fault, Refusal
from facility.domain.profile import Point, Profile, Register, System
from facility.site.point_rows import Data, PointRow, point_data
from facility.site.profiles import read_profile
from facility.site.tree import Faults, parse, plain
from facility.site.tree import Mapping as Tree
from facility.site.writing import flow, point_line

_MISSING = re.compile(r"(\w+) is missing\.")
_HEAD = """\
# Made of {source} by facility points import.
profile: {name}
title: {title}
class: {asset_class}
system: {system}
protocol: modbus
modbus: {{base: {base}, max_registers: 32, max_gap: 0, pause: 50ms}} # harms no device; correct it from the manual
points:
"""


@dataclass(frozen=True, slots=True)
class Target:
    """The profile that the points go to; `text` of an existing one, else what the new one says of itself."""

    name: str
    file: str
    source: str  # name of the sheet's file
    text: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    asset_class: str = ""
    system: System = System.POWER
    base: int | None = None  # what rows without a base of their own count from; None: as the profile
    every: str = "10s"  # of points without a period
    keep: bool = False  # points that the sheet lacks stay


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one point: added, changed (and how), removed."""

    point: str
    kind: str
    how: tuple[str, ...] = ()


@dataclass(slots=True)
class Import:
    """What an import would do. `faults`: refusals that no cell is to blame for, such as a rule whose point goes."""

    rows: Sequence[PointRow]
    text: str = ""
    changes: Sequence[Change] = ()
    faults: Sequence[Fault] = ()

    @property
    def refused(self) -> bool:
        """Something stands against it."""
        return bool(self.faults) or any(row.faults for row in self.rows)


def plan_import(rows: Sequence[PointRow], target: Target) -> Import:
    """What the rows make of the profile; Refusal when the existing one cannot be read."""
    before, old = _existing(target)
    known = before.items.get("points") if before else None
    points = {name: plain(node) for name, node in known.items.items()} if isinstance(known, Tree) else {}
    base = old[1] if old else _base(rows, target)
    row_base = base if target.base is None else target.base
    made: dict[str, Data] = {}
    for row in rows:
        earlier = points.get(row.name)
        data = point_data(row, earlier if isinstance(earlier, Mapping) else {}, base, row_base, target.every)
        if not row.faults:
            made[row.name] = data
    draft, lines = _composed(target, base, _ordered(points, made, keep=target.keep), {})
    found = Faults()
    profile = read_profile(draft, target.file, target.name, found) if made else None
    faults = _blamed(found, rows, lines)
    outcome = Import(rows, draft, (), faults)
    if profile is None or outcome.refused:
        return outcome
    previous = old[0].points if old else {}
    same = {name for name, point in profile.points.items() if previous.get(name) == point}
    outcome.text, _ = _composed(target, base, _ordered(points, made, keep=target.keep), _segments(target, same))
    outcome.changes = changes_of(previous, profile.points)
    return outcome


def changes_of(before: Mapping[str, Point], after: Mapping[str, Point]) -> list[Change]:
    """Point by point, in the order of the file; removed ones last."""
    found = []
    for name, point in after.items():
        if name not in before:
            found.append(Change(name, "added"))
        elif before[name] != point:
            found.append(Change(name, "changed", tuple(_differences(before[name], point))))
    return found + [Change(name, "removed") for name in before if name not in after]


def _differences(before: object, after: object, prefix: str = "") -> list[str]:
    found = []
    for one in fields(after):  # type: ignore[arg-type]
        old, new = getattr(before, one.name, None), getattr(after, one.name)
        if old == new:
            continue
        if isinstance(new, Register) and isinstance(old, Register):
            found += _differences(old, new)
        else:
            found.append(f"{prefix}{one.name} {_brief(old)} → {_brief(new)}")
    return found


def _brief(value: object) -> str:
    title = (getattr(value, "en", None), getattr(value, "zh", None))
    if all(title):
        return f"{title[0]}/{title[1]}"
    return (
        flow(dict(value))
        if isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values())
        else str(value)
    )


def _existing(target: Target) -> tuple[Tree | None, tuple[Profile, int] | None]:
    """The tree and the profile of the existing file, with the base of its addresses."""
    if not target.text:
        return None, None
    faults = Faults()
    profile = read_profile(target.text, target.file, target.name, faults)
    if profile is None or faults.found:
        first = "\n".join(str(fault) for fault in faults.ordered[:5])
        raise Refusal(f"{target.file} has faults of its own. Mend them first:\n{first}")
    if profile.protocol != "modbus":
        raise Refusal(f"{target.file} is a profile of MQTT messages: sheets are for registers.")
    tree = parse(target.text, target.file, Faults(), {})
    modbus = tree.items.get("modbus")
    data = plain(modbus) if modbus is not None else {}
    base = data.get("base", 0) if isinstance(data, Mapping) else 0
    return tree, (profile, base if isinstance(base, int) else 0)


def _base(rows: Sequence[PointRow], target: Target) -> int:
    """What a new profile counts from: 1 when every row does."""
    usual = target.base or 0
    return int(all((usual if row.given.get("base") is None else row.given["base"]) == 1 for row in rows))


def _ordered(before: Mapping[str, object], made: Mapping[str, Data], *, keep: bool) -> dict[str, Mapping[str, object]]:
    """All points of the new file: those that were there in their place, new ones behind them."""
    points: dict[str, Mapping[str, object]] = {}
    for name, data in before.items():
        if name in made:
            points[name] = made[name]
        elif keep and isinstance(data, Mapping):
            points[name] = data
    return points | {name: data for name, data in made.items() if name not in points}


def _composed(
    target: Target, base: int, points: Mapping[str, Mapping[str, object]], segments: Mapping[str, str]
) -> tuple[str, dict[int, str]]:
    """The file, and the point of each line."""
    head, tail = _around(target, base)
    text, lines = head, {}
    for name, data in points.items():
        lines[text.count("\n") + 1] = name
        text += segments.get(name) or f"{point_line(name, data)}\n"
    return text + tail, lines


def _around(target: Target, base: int) -> tuple[str, str]:
    """What stands before the points and behind them."""
    if not target.text:
        said = {"name": target.name, "asset_class": target.asset_class, "system": target.system.value, "base": base}
        return _HEAD.format(**said, title=flow(target.title), source=" ".join(target.source.split())), ""
    lines = target.text.splitlines(keepends=True)
    key, value = _block(target.text)
    first = key.start_mark.line
    if value.flow_style:
        return "".join(lines[:first]) + "points:\n", "".join(lines[value.end_mark.line + 1 :])
    end = _end(lines, first, value.end_mark.line if value.end_mark.column == 0 else value.end_mark.line + 1)
    return "".join(lines[: first + 1]), "".join(lines[end:])


def _end(lines: Sequence[str], first: int, end: int) -> int:
    """The line behind the last point: comments before the next key belong to that."""
    while end > first + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def _block(text: str) -> tuple[yaml.Node, yaml.MappingNode]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return next((key, value) for key, value in root.value if key.value == "points")


def _segments(target: Target, same: set[str]) -> dict[str, str]:
    """The lines of points that stay as they are, comments and all."""
    if not target.text:
        return {}
    lines = target.text.splitlines(keepends=True)
    key, value = _block(target.text)
    if value.flow_style:
        return {}
    last = value.end_mark.line if value.end_mark.column == 0 else value.end_mark.line + 1
    starts = [name.start_mark.line for name, _ in value.value]
    ends = [*starts[1:], _end(lines, key.start_mark.line, last)]
    found = {}
    for (name, _), start, end in zip(value.value, starts, ends, strict=True):
        if name.value in same:
            segment = "".join(lines[start:end])
            found[name.value] = segment if segment.endswith("\n") else f"{segment}\n"
    return found


def _blamed(found: Faults, rows: Sequence[PointRow], lines: Mapping[int, str]) -> list[Fault]:
    """Faults of the loader put to the cells that they come from; the others as they are."""
    by_name = {row.name: row for row in rows}
    left = []
    for fault in found.ordered:
        row = by_name.get(lines.get(fault.line, ""))
        if row is None:
            left.append(fault)
            continue
        path, _, what = fault.what.removeprefix(f"points.{row.name}").partition(": ")
        row.refuse(_key(path.lstrip("."), what), f"{what} {fault.mend}".strip())
    return left


def _key(path: str, what: str) -> str:
    """The column of a path in a point."""
    missing = _MISSING.match(what)
    inner = f"{path}.{missing[1]}".lstrip(".") if missing else path
    if inner.startswith("range"):
        return "high" if inner == "range[1]" else "low"
    if inner.startswith(("labels", "codes")):
        return "labels"
    return "read.address" if inner in ("", "read") and "reads " in what else inner or "point"
