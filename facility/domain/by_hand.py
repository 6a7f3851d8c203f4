"""The kinds of alerts that a person can raise, by level (requirements: graded information). Words: locale `alerts.<kind>`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandKind:
    """A kind: its level, and whether it opens a corrective order when it names an asset."""

    kind: str
    level: int
    order: bool = False


HAND_KINDS: dict[str, HandKind] = {
    each.kind: each
    for each in (
        HandKind("safety_incident", 1),
        HandKind("power_lost", 1, order=True),
        HandKind("water_lost", 1, order=True),
        HandKind("gas_lost", 1, order=True),
        HandKind("fire_alarm", 1),
        HandKind("gate_not_open_on_fire", 1, order=True),
        HandKind("emergency", 1),
        HandKind("escalated_complaint", 1),
        HandKind("mode_change", 1),
        HandKind("repeat_request", 2),
        HandKind("complaint", 2),
        HandKind("suggestion", 2),
        HandKind("redundancy_lost", 2, order=True),
        HandKind("comm_lost", 2, order=True),
        HandKind("repair_request", 3, order=True),
        HandKind("warranty_case", 3),
        HandKind("enquiry", 3),
        HandKind("equipment_warning", 3, order=True),
    )
}
