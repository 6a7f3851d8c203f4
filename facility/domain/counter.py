"""Counter: a total that only grows, such as energy, running hours or starts; and what it has grown by between two readings.

A fall is told apart by where it ends, because the wire says nothing of it:

1. a wrap, when the counter says where it wraps and the way across that place is at most a quarter of the whole turn;
2. else a reset to zero, when less than half of the total is left: what stands there now was counted since;
3. else a correction by the device: nothing was counted.

So a fall never invents more than a quarter of a turn, nor more than half of what was there. What was counted unseen, just
before a reset or in whole turns between two readings, is lost.
"""

from dataclasses import dataclass

WIDEST_WRAP = 0.25  # of a turn: a counter that moves further between two readings is read too seldom to be followed
MOST_LEFT = 0.5  # of the total, after a reset


@dataclass(frozen=True, slots=True)
class Counter:
    """How a counter behaves. `wraps_at`: the first value that it does not reach, in the point's unit; None: it never wraps."""

    wraps_at: float | None = None


def increase(before: float, after: float, counter: Counter) -> float:
    """By how much the counter grew between two good readings, in its own unit; never negative."""
    if after >= before:
        return after - before
    turn = counter.wraps_at
    if turn is not None and before <= turn and turn - before + after <= WIDEST_WRAP * turn:
        return max(0.0, turn - before + after)
    return max(0.0, after) if after < MOST_LEFT * before else 0.0
