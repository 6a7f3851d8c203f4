"""Remark: what a message adds about a second condition, such as whether the generator carries the load."""

from facility.domain.alert import Alert
from facility.domain.asset import COMM_LOST, LINK_LOST, Site
from facility.domain.text import Title
from facility.ports import WorkUnit


def remarks(site: Site, unit: WorkUnit, asset: str, rule: str) -> list[Title]:
    """What the rule's remarks say now; nothing of an asset that is silent."""
    try:
        says = site.rule(asset, rule).says
    except KeyError:
        return []
    if not says:
        return []
    open_now = {(condition.asset, condition.rule) for condition in unit.conditions.open()}
    said = []
    for remark in says:
        asked = remark.when
        owner = site.assets.get(asked.asset)
        silent = (asked.asset, COMM_LOST) in open_now or (owner is not None and (owner.link, LINK_LOST) in open_now)
        if (asked.asset, asked.rule) in open_now and not silent:
            said.append(remark.yes)
        elif not silent:
            said.append(remark.no)
    return said


def remarks_of(site: Site, unit: WorkUnit, alert: Alert) -> list[Title]:
    """Those of an alert's rule, while its condition is there."""
    return remarks(site, unit, alert.asset, alert.rule) if alert.state.active else []
