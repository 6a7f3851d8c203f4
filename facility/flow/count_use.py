"""Count use: the running hours and starts by which plans are triggered, from present values, kept over resets of counters."""

from collections.abc import Mapping
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.reading import Quality
from facility.domain.state import AssetState
from facility.domain.trigger import Use
from facility.domain.usage import Usage
from facility.flow.reconcile_plans import assets_of
from facility.ports import WorkUnit


def count_use(site: Site, unit: WorkUnit, now: datetime, states: Mapping[str, AssetState]) -> None:
    """Take in the good readings. What is bad, stale or unknown says nothing."""
    known = {(usage.asset, usage.point): usage for usage in unit.usage.all()}
    for asset, point in counted(site):
        counter = site.assets[asset].profile.points[point].counter
        shown = states[asset].points.get(point) if asset in states else None
        if counter is None or shown is None or shown.quality is not Quality.GOOD or not isinstance(shown.value, float):
            continue
        at = shown.at or now
        before = known.get((asset, point), Usage(asset, point, at, shown.value))
        after = before.read(shown.value, at, counter)
        if after != known.get((asset, point)):
            unit.usage.put(after)


def counted(site: Site) -> set[tuple[str, str]]:
    """(asset, point) by which some plan is triggered."""
    return {
        (asset, plan.trigger.point)
        for plan in site.plans.values()
        if isinstance(plan.trigger, Use)
        for asset in assets_of(site, plan)
    }
