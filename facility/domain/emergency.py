"""Emergency plans (突发事件处理方案): what to do in which kind of emergency, step by step, and who did which step when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from facility.domain.text import Title

FOR_ANY = "other"
"""The plan of a level-1 alert whose kind has none of its own."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step. `section`: the heading it stands under."""

    section: Title | None
    title: Title


@dataclass(frozen=True, slots=True)
class EmergencyPlan:
    """A plan for alerts of these kinds; its steps are numbered from 1."""

    id: str
    kinds: tuple[str, ...]
    title: Title
    preface: tuple[Title, ...]  # paragraphs before the first step
    steps: tuple[PlanStep, ...]


@dataclass(frozen=True, slots=True)
class EmergencyPlans:
    """All plans of a site, by id."""

    plans: Mapping[str, EmergencyPlan]

    def of(self, kind: str, level: int) -> EmergencyPlan | None:
        """The plan for an alert of this kind; of level 1 there is one for any."""
        named = next((plan for plan in self.plans.values() if kind in plan.kinds), None)
        return named or (self.plans.get(FOR_ANY) if level == 1 else None)


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of an alert's plan that was ticked off. `title`: its words at that time, which a later plan may change."""

    alert: int
    step: int
    at: datetime
    person: int
    title: Title
    note: str = ""
