"""Look ahead: where the ladders of level 1 and 2 have nobody in the coming days, and which positions nobody fills."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.duty import DutyBook, Vacancy, next_on_duty, on_duty, vacancies
from facility.flow.duty import duty_book
from facility.flow.notify import AREA_OWNER, MAINTAINING
from facility.ports import WorkUnit

AHEAD = timedelta(days=7)
DAY = timedelta(days=1)
PROMISED = (1, 2)  # levels whose ladders must never have a gap


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on duty for a position of these levels' ladders, from `begin` until `until` (None: at least 7 days)."""

    levels: tuple[int, ...]
    vacancy: Vacancy


def look_ahead(site: Site, unit: WorkUnit, now: datetime) -> list[Gap]:
    """All gaps of the next 7 days, the earliest first."""
    book = duty_book(site, unit, now)
    found = [
        Gap(levels, vacancy)
        for position, levels in ladder_positions(site).items()
        for vacancy in vacancies(book, position, now, now + AHEAD)
    ]
    return sorted(found, key=lambda gap: (gap.vacancy.begin, gap.levels, gap.vacancy.position))


def empty_now(site: Site, book: DutyBook, now: datetime) -> list[str]:
    """Positions that are empty: of a ladder of level 1 or 2 without anybody now; another one for a whole day."""
    ladders = ladder_positions(site)
    empty = [position for position in ladders if on_duty(book, position, now).empty]
    others = [position for position in positions_in_use(site) if position not in ladders]
    return empty + [position for position in others if next_on_duty(book, position, now, now + DAY).empty]


def ladder_positions(site: Site) -> dict[str, tuple[int, ...]]:
    """Positions that a ladder of level 1 or 2 tells, with these levels."""
    found: dict[str, tuple[int, ...]] = {}
    for level in PROMISED:
        ladder = site.ladders.get(level)
        for rung in ladder.rungs if ladder else ():
            for position in _meant(site, rung.position):
                found[position] = tuple(sorted({*found.get(position, ()), level}))
    return found


def positions_in_use(site: Site) -> list[str]:
    """Positions that somebody must fill: of ladders, areas and equipment."""
    assets = [asset for asset in site.assets.values() if not asset.retired]
    used = {area.owner for area in site.areas.values()}
    used |= {position for asset in assets for position in (asset.operating, asset.maintaining)}
    used |= {
        meant for ladder in site.ladders.values() for rung in ladder.rungs for meant in _meant(site, rung.position)
    }
    return [position for position in site.positions if position in used]


def _meant(site: Site, wanted: str) -> list[str]:
    assets = [asset for asset in site.assets.values() if not asset.retired]
    if wanted == AREA_OWNER:
        areas = {asset.area for asset in assets} | {link.area for link in site.links.values()}
        return list(dict.fromkeys(area.owner for area in site.areas.values() if area.id in areas))
    if wanted == MAINTAINING:
        return list(dict.fromkeys(asset.maintaining for asset in assets))
    return [wanted]
