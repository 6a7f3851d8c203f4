"""Each wakes once, at the time that was said last."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.sleepers import GRAIN, Sleepers


def test_the_latest_word_counts() -> None:
    asleep = Sleepers[str]()
    asleep.put("a", 10)
    asleep.put("a", 30)
    asleep.put("b", 20)
    assert asleep.woken(20) == []
    assert asleep.woken(21) == ["b"]
    assert asleep.woken(100) == ["a"]
    assert asleep.woken(100) == []


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 20), st.booleans())),
    st.sampled_from([1, GRAIN // 5, GRAIN]),
)
def test_nobody_is_forgotten_and_nobody_wakes_twice(acts: list[tuple[str, int, bool]], step: int) -> None:
    asleep, until = Sleepers[str](), dict[str, int]()
    for one, number, looks in acts:
        at = number * step
        if looks:
            woken = asleep.woken(at)
            assert sorted(woken) == sorted(each for each, when in until.items() if when < at)
            assert [until[each] for each in woken] == sorted(until[each] for each in woken)
            for each in woken:
                del until[each]
        else:
            asleep.put(one, at)
            until[one] = at
