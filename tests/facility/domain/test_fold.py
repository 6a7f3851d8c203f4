"""A doubt about a cause: it lets go after 30 s, a flapping cause after as long, a steady one ends the doubt."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.fold import LET_GO, STEADY, Fold, looked_at

T = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROW = Fold(1, "pump-1", "low", T, 7, "incomer-1", "mains_lost", T)


def look(explained: list[bool]) -> list[Fold]:
    """The row after each second."""
    rows, row = [], ROW
    for second, each in enumerate(explained):
        if row.hidden:
            row = looked_at(row, explained=each, now=T + second * SECOND)
        rows.append(row)
    return rows


def test_explained_for_ever_is_hidden_for_ever() -> None:
    assert look([True] * 500)[-1] == ROW


def test_a_cause_that_ended_lets_go_after_thirty_seconds() -> None:
    rows = look([True] * 10 + [False] * 40)
    released = next(number for number, row in enumerate(rows) if not row.hidden)
    assert released == 10 + LET_GO / SECOND


def test_a_short_gap_is_forgiven() -> None:
    row = look([True] * 10 + [False] * 5 + [True] * 60)[-1]
    assert row.hidden
    assert row.doubted_at is None


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 25)), min_size=1, max_size=20))
def test_hidden_means_explained_lately(spells: list[tuple[bool, int]]) -> None:
    """Whatever a cause does: hidden for longer than LET_GO after a gap only when it was back for STEADY since."""
    explained = [each for each, length in spells for _ in range(length)]
    for second, row in enumerate(look(explained)):
        if not row.hidden:
            break
        since = [number for number in range(second + 1) if not explained[number]]
        steady = int(STEADY / SECOND)
        last_steady = max((n for n in range(steady, second + 1) if all(explained[n - steady : n + 1])), default=None)
        unsteady = second - (last_steady if last_steady is not None else -1)
        assert not since or unsteady <= LET_GO / SECOND + steady + 1
