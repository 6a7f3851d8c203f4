"""Counters: totals that only grow (energy, running hours, starts). A fall is a wrap at the top, or a reset to zero."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counter:
    """`wraps_at`: the total at which the device starts again from 0, in the point's unit; None: it never does."""

    wraps_at: float | None = None


def increase(before: float, after: float, counter: Counter) -> float:
    """What was counted between two readings, never negative.

    A fall from the upper half of a counter that wraps is a wrap; any other fall is a reset, and what was counted since is `after`.
    """
    if after >= before:
        return after - before
    top = counter.wraps_at
    if top is not None and top / 2 <= before <= top and after < top / 2:
        return top - before + after
    return max(0.0, after)
