"""Vacant homes: which of them the round of an asset's area visits."""

from facility.domain.asset import Site
from facility.domain.home import Home
from facility.domain.plan import Plan
from facility.flow.reconcile_plans import assets_of
from facility.ports import HomeFilter, WorkUnit

MOST = 10_000


def vacant_homes(site: Site, unit: WorkUnit, plan: Plan, asset: str) -> list[Home]:
    """Those of the asset's area in walking order: building, unit, number."""
    homes, _ = unit.homes.find(HomeFilter(vacant=True, limit=MOST))
    belongs = {building: asset_for(site, plan, building) for building in {home.address.building for home in homes}}
    return [home for home in homes if belongs[home.address.building] == asset]


def asset_for(site: Site, plan: Plan, building: str) -> str:
    """The asset of the plan that stands for a building's homes: of its area, or of the nearest area around that.

    The plan's first one for a building that no area names, so that no home is nobody's.
    """
    assets = assets_of(site, plan)
    of_area = {site.assets[asset].area: asset for asset in reversed(assets)}
    area = next((each for each in site.areas.values() if building in each.buildings), None)
    while area is not None:
        if area.id in of_area:
            return of_area[area.id]
        area = site.areas.get(area.parent)
    return assets[0]
