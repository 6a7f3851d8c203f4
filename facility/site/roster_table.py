"""Reads rosters from a table (CSV, XLSX): a row for each person and shift, with the days of the cycle on which they stand in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path

from facility.domain.person import Person
from facility.domain.roster import Roster, Shift
from facility.site.kinds import did_you_mean
from facility.site.roster_grammar import CLOCK
from facility.site.sheet import Sheet
from facility.site.sheets import read_sheets
from facility.site.text_files import shown
from facility.site.tree import Faults, Node

COLUMNS = {
    "roster": "排班表",
    "position": "岗位",
    "first_day": "起始日期",
    "cycle": "周期",
    "shift": "班次",
    "from": "开始",
    "to": "结束",
    "person": "人员",
    "days": "天",
}
LONGEST_CYCLE = 366
_DAYS = re.compile(r"[0-9]+(-[0-9]+)?")


@dataclass(slots=True)
class _Draft:
    """A roster whose rows are being collected."""

    node: Node
    position: str
    first_day: date
    cycle: int
    shifts: dict[str, Shift] = field(default_factory=dict)
    turns: dict[int, list[str]] = field(default_factory=dict)


def read_table(path: Path, people: Mapping[str, Person], faults: Faults) -> Iterator[tuple[Node, Roster]]:
    """Rosters with the line on which each begins; Refusal when the file is no table."""
    drafts: dict[str, _Draft] = {}
    for sheet in read_sheets(path):
        head = _head(sheet, shown(path), faults)
        for number, row in enumerate(sheet.rows[1:] if head else (), start=2):
            cells = {name: row[place].text if place < len(row) else "" for name, place in head.items()}
            if any(cells.values()):
                _take(Node(shown(path), number, ""), cells, drafts, people, faults)
    for name, draft in drafts.items():
        turns = {person: tuple(turn) for person, turn in draft.turns.items()}
        yield draft.node, Roster(name, draft.position, draft.first_day, draft.shifts, turns)


def _head(sheet: Sheet, file: str, faults: Faults) -> dict[str, int]:
    """Column names with their places; empty, with a fault, when one is missing."""
    named = {cell.text.lower(): place for place, cell in enumerate(sheet.rows[0])} if sheet.rows else {}
    found = {name: named[word] for name, zh in COLUMNS.items() for word in (name, zh) if word in named}
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        faults.add(Node(file, 1, ""), f"columns are missing: {', '.join(missing)}.", f"Head it {','.join(COLUMNS)}.")
        return {}
    return found


def _take(
    node: Node, cells: Mapping[str, str], drafts: dict[str, _Draft], people: Mapping[str, Person], faults: Faults
) -> None:
    first_day, cycle = _day(node, cells["first_day"], faults), _cycle(node, cells["cycle"], faults)
    start, end = (_clock(node, cells[name], faults) for name in ("from", "to"))
    days = _days(node, cells["days"], cycle or 0, faults)
    if cells["person"] not in people:
        mend = did_you_mean(cells["person"], people)
        faults.add(node, f"person {cells['person'] or '(empty)'} does not exist.", mend)
        return
    if first_day is None or cycle is None or start is None or end is None or not days:
        return
    draft = drafts.setdefault(cells["roster"], _Draft(node, cells["position"], first_day, cycle))
    if (draft.position, draft.first_day, draft.cycle) != (cells["position"], first_day, cycle):
        faults.add(
            node, f"roster {cells['roster']} is described otherwise in line {draft.node.line}.", "Write the same."
        )
        return
    _place(node, draft, Shift(cells["shift"], start, end), people[cells["person"]], days, faults)


def _place(node: Node, draft: _Draft, shift: Shift, person: Person, days: list[int], faults: Faults) -> None:
    if not re.fullmatch(r"[^\s,;]{1,20}", shift.name):
        faults.add(node, f'"{shift.name}" is not a shift\'s name.', "Write up to 20 characters without blanks.")
    elif draft.shifts.setdefault(shift.name, shift) != shift:
        faults.add(node, f"shift {shift.name} has other times in a line above.", "Give each shift one time.")
    turn = draft.turns.setdefault(person.id, [""] * draft.cycle)
    for day in days:
        if turn[day - 1]:
            faults.add(node, f"{person.login} has two shifts on day {day}.", "Give one shift a day and person.")
        turn[day - 1] = shift.name


def _days(node: Node, text: str, cycle: int, faults: Faults) -> list[int]:
    """Days of the cycle, from 1: "1-5" or "1 3 5-6"."""
    found: list[int] = []
    for part in re.split(r"[\s,;、，]+", text.strip()):
        if not _DAYS.fullmatch(part):
            faults.add(node, f'"{text}" are not days of the cycle.', "Write them like 1-5 or 1 3 5.")
            return []
        first, _, last = part.partition("-")
        found += range(int(first), min(int(last or first), LONGEST_CYCLE) + 1)
    if cycle and not all(1 <= day <= cycle for day in found):
        faults.add(node, f"days {text} lie outside of the cycle of {cycle} days.", f"Choose days from 1 to {cycle}.")
        return []
    return found


def _cycle(node: Node, text: str, faults: Faults) -> int | None:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= LONGEST_CYCLE:
        return int(text)
    faults.add(node, f'"{text}" is not a length of the cycle.', "Write its days, such as 7 for a week.")
    return None


def _day(node: Node, text: str, faults: Faults) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        faults.add(node, f'"{text}" is not a date.', "Write year-month-day, such as 2026-01-31.")
        return None


def _clock(node: Node, text: str, faults: Faults) -> time | None:
    if not re.fullmatch(rf"({CLOCK})(:00)?", text):
        faults.add(node, f'"{text}" is not a time of day.', "Write it like 07:00.")
        return None
    hour, minute = text.split(":")[:2]
    return time(int(hour) % 24, int(minute))
