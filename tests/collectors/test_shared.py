"""Equal plans are one object, and never one of another kind."""

from collectors.shared import shared


def test_equal_plans_of_one_kind_are_one_object() -> None:
    first = shared("test", tuple(range(2)))
    assert shared("test", tuple(range(2))) is first


def test_plans_of_different_kinds_are_kept_apart() -> None:
    shared("deadbands", (0.0,))
    (slot,) = shared("slots", (0,))
    assert isinstance(slot, int)
