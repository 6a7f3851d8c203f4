"""A histogram of durations, as complete Prometheus series."""

import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

BOUNDS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)  # seconds


class Histogram:
    """Counts durations by their length. An addition that two threads make at once may be lost: a figure, not an account."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """One more."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Observe how long the block takes, whatever it ends with."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.observe(time.monotonic() - began)

    def series(self, labels: str = "") -> Mapping[str, float]:
        """`<name>_bucket{le=…}` (each with all below it), `<name>_sum` in seconds, `<name>_count`; `labels`: `key="value"`."""
        found, total, comma = {}, 0, "," if labels else ""
        for bound, count in zip((*BOUNDS, None), self._counts, strict=True):
            total += count
            le = "+Inf" if bound is None else f"{bound:g}"
            found[f'{self._name}_bucket{{{labels}{comma}le="{le}"}}'] = float(total)
        tail = f"{{{labels}}}" if labels else ""
        return {**found, f"{self._name}_sum{tail}": round(self._sum, 6), f"{self._name}_count{tail}": float(total)}
