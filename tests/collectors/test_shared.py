"""What is planned alike is kept once, and nothing else is taken for it."""

from collectors.shared import shared


def test_alike_is_one_object() -> None:
    first, second = tuple("ab"), tuple("ab")
    assert first is not second
    assert shared(first) is shared(second)


def test_whole_numbers_and_floats_stay_apart() -> None:
    assert [type(each[0]) for each in (shared((0.0, 1.0)), shared((0, 1)), shared((False, True)))] == [float, int, bool]
