"""The ledger of equipment as a list: what there is, where, who answers for it, and whether it is in order."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from api.views.places import position_title
from facility.domain.asset import COMM_LOST, Asset, Site, fresh_for
from facility.domain.order import AT_WORK, OrderState, WorkKind
from facility.domain.state import AssetState
from facility.domain.suppression import SuppressionKind
from facility.domain.text import Title
from facility.ports import WorkUnit

MOST_ORDERS = 5000  # unfinished ones looked at
NOT_DONE = {OrderState.UNASSIGNED, *AT_WORK}


class Standing(StrEnum):
    """How an asset stands, the first that fits; UNKNOWN: it is read over a wire and nothing fresh is heard of it."""

    OUT_OF_SERVICE = "out_of_service"
    FAULT = "fault"  # an open condition, an alert that is not closed, or a repair that is not done
    UNKNOWN = "unknown"
    IN_ORDER = "in_order"


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset. `wired`: it is read; `level`: its most severe alert that is not closed; `repairs`: orders that are not done."""

    id: str
    title: Title
    profile: Title
    asset_class: str
    system: str
    area: str
    area_title: Title
    place: str
    wired: bool
    standing: Standing
    level: int | None
    repairs: tuple[int, ...]
    operating: Title
    maintaining: Title
    installed: date | None
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class AssetList:
    """One page; how many fit on all pages, and how many of them stand how (whatever standing is asked for)."""

    rows: tuple[AssetRow, ...]
    total: int
    page: int
    pages: int
    standings: Mapping[str, int]


def asset_rows(site: Site, unit: WorkUnit, states: Mapping[str, AssetState], now: datetime) -> list[AssetRow]:
    """All that are in use, in the site file's order."""
    levels: dict[str, int] = {}
    for alert in unit.alerts.unclosed():
        if alert.drill is None and alert.rule != COMM_LOST:
            levels[alert.asset] = min(alert.level, levels.get(alert.asset, alert.level))
    troubled = {each.asset for each in unit.conditions.open() if each.rule != COMM_LOST}
    out = {
        each.asset
        for each in unit.suppressions.standing()
        if each.kind is SuppressionKind.OUT_OF_SERVICE and not each.rule
    }
    repairs: dict[str, list[int]] = {}
    for order in unit.orders.recent(MOST_ORDERS, unfinished_only=True):
        if order.kind is WorkKind.REPAIR and order.state in NOT_DONE:
            repairs.setdefault(order.asset, []).append(order.id)

    def standing(asset: Asset) -> Standing:
        if asset.id in out:
            return Standing.OUT_OF_SERVICE
        if asset.id in troubled or asset.id in levels or asset.id in repairs:
            return Standing.FAULT
        return Standing.UNKNOWN if asset.wired and not _heard(asset, states.get(asset.id), now) else Standing.IN_ORDER

    return [
        AssetRow(
            id=asset.id,
            title=asset.title,
            profile=asset.profile.title,
            asset_class=asset.profile.asset_class,
            system=str(asset.profile.system),
            area=asset.area,
            area_title=site.areas[asset.area].title,
            place=asset.place,
            wired=asset.wired,
            standing=standing(asset),
            level=levels.get(asset.id),
            repairs=tuple(sorted(repairs.get(asset.id, ()))),
            operating=position_title(site, asset.operating),
            maintaining=position_title(site, asset.maintaining),
            installed=asset.installed,
            heard_at=states[asset.id].at if asset.id in states else None,
        )
        for asset in site.assets.values()
        if not asset.retired
    ]


def counted(rows: list[AssetRow]) -> dict[str, int]:
    """How many stand how."""
    found = Counter(row.standing for row in rows)
    return {standing.value: found[standing] for standing in Standing}


def _heard(asset: Asset, state: AssetState | None, now: datetime) -> bool:
    return state is not None and state.online and now - state.at <= fresh_for(asset)
