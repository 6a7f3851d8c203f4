"""Look up homes and their people: phones stay masked until somebody says why they need them; each look-up is noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from facility.domain.home import Home, Purpose, Resident, masked
from facility.ports import HomeFilter, WorkUnit


@dataclass(frozen=True, slots=True)
class Found:
    """One page of homes, their people (by home, phones masked), and how many homes there are on all pages."""

    homes: Sequence[Home]
    people: Mapping[int, Sequence[Resident]]
    total: int


def find_homes(unit: WorkUnit, wanted: HomeFilter, now: datetime, by: int | None = None) -> Found:
    """What fits. Noted are who, when, how it was asked and which homes were shown, never the words themselves."""
    homes, total = unit.homes.find(wanted)
    shown = [home.id for home in homes]
    people: dict[int, list[Resident]] = {home: [] for home in shown}
    for resident in unit.homes.residents(shown):
        people[resident.home].append(_masked(resident))
    unit.audit.note(now, by, "home.searched", "home:list", {"asked": wanted.asked.kind, "homes": shown, "found": total})
    return Found(homes, people, total)


def open_home(
    unit: WorkUnit, home: int, now: datetime, by: int | None = None, why: Purpose | None = None
) -> tuple[Home, list[Resident]]:
    """One home with its people. Phones are masked unless `why` is given, which is noted with whom it concerned; NotFound."""
    found, people = unit.homes.get(home), unit.homes.residents([home])
    action = "home.opened" if why is None else "home.phones_shown"
    whom = [resident.pseudonym for resident in people]
    unit.audit.note(now, by, action, f"home:{home}", {"why": why and str(why), "whom": whom})
    return found, people if why is not None else [_masked(resident) for resident in people]


def _masked(resident: Resident) -> Resident:
    return replace(resident, phone=masked(resident.phone))
