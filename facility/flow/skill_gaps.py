"""Skill gaps: planned work of the coming weeks for which nobody on duty has the skill, so that it can be learnt or hired in time."""

from dataclasses import dataclass
from datetime import date, timedelta

from facility.domain.asset import Site
from facility.domain.occurrence import OccurrenceState
from facility.domain.skill import Skill
from facility.flow.in_force import in_force
from facility.flow.open_orders import position_for
from facility.ports import WorkUnit

AHEAD = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class SkillGap:
    """Nobody on duty of the position, or of its team, has the skill on any day of these slots; `first`: the first one's day."""

    skill: Skill
    position: str
    slots: int
    first: date
    plans: tuple[str, ...]


def skill_gaps(site: Site, unit: WorkUnit, today: date) -> list[SkillGap]:
    """By skill and position, the earliest first, as the days were given last."""
    site = in_force(site, unit)
    found: dict[tuple[Skill, str], list[tuple[date, str]]] = {}
    for each in unit.occurrences.placed(today, today + AHEAD):
        plan, asset = site.plans.get(each.plan), site.assets.get(each.asset)
        if plan is None or asset is None or each.state is not OccurrenceState.PLANNED or each.day is None:
            continue
        if each.placement is not None and each.placement.lacks:
            key = Skill(each.placement.lacks), position_for(plan, asset)
            found.setdefault(key, []).append((each.day, plan.id))
    gaps = [
        SkillGap(skill, position, len(days), min(days)[0], tuple(dict.fromkeys(plan for _, plan in sorted(days))))
        for (skill, position), days in found.items()
    ]
    return sorted(gaps, key=lambda gap: (gap.first, gap.skill, gap.position))
