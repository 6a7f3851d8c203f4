"""Skills: what somebody must have learnt for some planned work. The list is that of the plan library."""

from enum import StrEnum


class Skill(StrEnum):
    """One thing that a person has learnt; some are licences that expire."""

    ELECTRICIAN = "electrician"
    GENERATOR = "generator"
    THERMOGRAPHY = "thermography"
    PUMPS = "pumps"
    TANK_CLEANING = "tank_cleaning"
    FIRE_PROTECTION = "fire_protection"
