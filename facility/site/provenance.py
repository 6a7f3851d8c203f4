"""Where the facts of a profile come from: a real device says maker, model, manual and grade, a generic type has none."""

from facility.domain.profile import Device, Grade
from facility.site.records import Entry
from facility.site.tree import Faults

GENERIC = "generic"


def read_device(profile: Entry, faults: Faults) -> Device | None:
    """The device of a profile; None for a generic type, or when the profile says nothing of it."""
    entry: Entry | None = profile["device"]
    _refuse_half_truths(profile, faults)
    if entry is None:
        return None
    device = Device(entry["maker"], entry["model"], entry["manual"], entry["grade"], entry["unconfirmed"])
    _refuse_idle_grades(profile, device.grade, faults)
    return device


def _refuse_half_truths(profile: Entry, faults: Faults) -> None:
    source, real = profile["source"], profile["device"] is not None
    if real and source == GENERIC:
        faults.add(profile.at("source"), "a generic profile has no device.", "Remove source, or remove device.")
    elif source and source != GENERIC:
        what = f'"{source}" is not {GENERIC}: a real device says maker, model, manual and grade.'
        mend = "Remove source; `device:` says it." if real else "Write them into `device:`, and remove source."
        faults.add(profile.at("source"), what, mend)
    if not real:
        for point in profile["points"].values():
            if point.given("grade"):
                faults.add(
                    point.at("grade"), "only a point of a real device has a grade.", "Remove it, or add `device:`."
                )


def _refuse_idle_grades(profile: Entry, grade: Grade, faults: Faults) -> None:
    """A grade says that a point differs from its device; of a mixed one each point has to say it."""
    for name, point in profile["points"].items():
        if grade is Grade.MIXED and not point.given("grade"):
            faults.add(point.node, "has no grade, but the device's is mixed.", "Add `grade: O` or `grade: S`.")
        elif point.given("grade") and point["grade"] is grade:
            faults.add(point.at("grade"), f"{name} has the device's grade.", "Remove it.")
