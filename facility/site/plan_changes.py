"""A plan with changes that are only tried, written as the site file has them: `cadence=monthly`, `months=[3, 9]`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from facility.domain.errors import NotFound
from facility.domain.plan import Plan
from facility.site import triggers
from facility.site.loading import load_with_texts
from facility.site.tree import Faults, Mapping, Node, parse

_TRIED = "--set"


def tried_plan(site_file: Path, plan: str, settings: Sequence[str]) -> Plan:
    """The plan of the site file with its changes; NotFound, SiteRefused with all faults. Another trigger replaces the present one."""

    def change(tree: Mapping, faults: Faults) -> Mapping:
        plans = tree.items.get("plans")
        entry = plans.items.get(plan) if isinstance(plans, Mapping) else None
        if not isinstance(plans, Mapping) or not isinstance(entry, Mapping):
            raise NotFound("plan", plan)
        changed = _changed(entry, _given(settings, faults))
        return replace(tree, items={**tree.items, "plans": replace(plans, items={**plans.items, plan: changed})})

    return load_with_texts(site_file, change=change).site.plans[plan]


def _given(settings: Sequence[str], faults: Faults) -> dict[str, Node]:
    given: dict[str, Node] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        place = Node(_TRIED, 1, key)
        if not equals or key in given:
            faults.add(
                place, "is given twice." if equals else "has no value.", "Write each once, like cadence=monthly."
            )
            continue
        given |= parse(f"{key}: {text}\n", _TRIED, faults, {}).items
    return given


def _changed(entry: Mapping, given: dict[str, Node]) -> Mapping:
    """Keys of the plan's own trigger go when another one is given, and what belongs to them."""
    gone: set[str] = set()
    if given.keys() & triggers.KEYS.keys():
        gone = {*triggers.KEYS, *triggers.MORE} - given.keys()
    kept = {key: node for key, node in entry.items.items() if key not in gone}
    return replace(entry, items={**kept, **given})
