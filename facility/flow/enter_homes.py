"""Enter a list of homes: new homes and people are added, known ones brought up to date. Nobody is removed."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from facility.domain.asset import Site
from facility.domain.home import Address, Home, Listed, Resident
from facility.flow.leave_out_home import leave_out_home
from facility.ports import WorkUnit


class Effect(StrEnum):
    """What entering a row does."""

    ADDED = "added"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class HomeStep:
    """One thing that the list changes: a home (`name` empty) or a person of it; `how`: the fields that change."""

    effect: Effect
    address: Address
    name: str = ""
    how: tuple[str, ...] = ()


def plan_homes(unit: WorkUnit, rows: Sequence[Listed]) -> list[HomeStep]:
    """What the list would change, in its order. Nothing is written."""
    homes = {home.address: home for home in unit.homes.all()}
    people = _people(unit, homes.values())
    steps: list[HomeStep] = []
    new: set[Address] = set()
    vacancies: set[Address] = set()
    for row in rows:
        known = homes.get(row.address)
        if known is None and row.address not in new:
            new.add(row.address)
            steps.append(HomeStep(Effect.ADDED, row.address))
        elif known is not None and row.vacant not in (None, known.vacant) and row.address not in vacancies:
            vacancies.add(row.address)
            steps.append(HomeStep(Effect.CHANGED, row.address, how=("vacant",)))
        if row.name:
            steps += _of_person(row, people.get((known.id, row.name)) if known else None)
    return steps


def enter_homes(
    site: Site, unit: WorkUnit, rows: Sequence[Listed], now: datetime, by: int | None = None
) -> list[HomeStep]:
    """Do it, and note how much; the same list twice changes nothing the second time."""
    steps = plan_homes(unit, rows)
    if steps:
        homes = _enter_homes(unit, rows, now.astimezone(site.zone).date())
        for step in steps:
            if "vacant" in step.how and not homes[step.address].vacant:
                leave_out_home(unit, homes[step.address], now, by)
        _enter_people(unit, [row for row in rows if row.name], homes)
        counts = {f"{effect}": sum(step.effect is effect for step in steps) for effect in Effect}
        unit.audit.note(now, by, "home.imported", "home:list", counts)
    return steps


def pseudonym() -> str:
    """A name for the audit that says nothing of the person."""
    return f"p-{secrets.token_hex(6)}"


def _people(unit: WorkUnit, homes: Iterable[Home]) -> dict[tuple[int, str], Resident]:
    numbers = [home.id for home in homes]
    return {(resident.home, resident.name): resident for resident in unit.homes.residents(numbers)}


def _of_person(row: Listed, known: Resident | None) -> list[HomeStep]:
    if known is None:
        return [HomeStep(Effect.ADDED, row.address, row.name)]
    how = tuple(
        key for key in ("standing", "phone", "plates") if getattr(_merged(row, known), key) != getattr(known, key)
    )
    return [HomeStep(Effect.CHANGED, row.address, row.name, how)] if how else []


def _merged(row: Listed, known: Resident) -> Resident:
    """An empty cell leaves what is known."""
    return replace(known, standing=row.standing, phone=row.phone or known.phone, plates=row.plates or known.plates)


def _enter_homes(unit: WorkUnit, rows: Sequence[Listed], today: date) -> dict[Address, Home]:
    """All homes afterwards. New ones go in at once: the estate's alerts wait while a list is entered."""
    homes = {home.address: home for home in unit.homes.all()}
    vacant = {row.address: row.vacant for row in rows if row.vacant is not None}
    new = [address for address in dict.fromkeys(row.address for row in rows) if address not in homes]
    for address, is_vacant in vacant.items():
        home = homes.get(address)
        if home is not None and home.vacant != is_vacant:
            homes[address] = unit.homes.change(replace(home, vacant_since=today if is_vacant else None))
    if not new:
        return homes
    unit.homes.add_all([Home(0, address, today if vacant.get(address) else None) for address in new])
    return {home.address: home for home in unit.homes.all()}


def _enter_people(unit: WorkUnit, rows: Sequence[Listed], homes: Mapping[Address, Home]) -> None:
    people = _people(unit, homes.values())
    new = []
    for row in rows:
        home = homes[row.address].id
        known = people.get((home, row.name))
        if known is None:
            new.append(Resident(0, home, pseudonym(), row.name, row.standing, row.phone, row.plates))
        elif _merged(row, known) != known:
            unit.homes.change_resident(_merged(row, known))
    unit.homes.add_residents(new)
