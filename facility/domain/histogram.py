"""A histogram of durations, as complete Prometheus series."""

from bisect import bisect_left
from collections.abc import Mapping

BOUNDS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)  # seconds


class Histogram:
    """Counts durations by their length. Filled by one thread, read by any."""

    def __init__(self, name: str, labels: str = "") -> None:
        self._name, self._labels = name, labels
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """One more."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    def series(self) -> Mapping[str, float]:
        """`<name>_bucket{le=…}` (each with all below it), `<name>_sum` in seconds, `<name>_count`."""
        found, total, comma = {}, 0, "," if self._labels else ""
        for bound, count in zip((*BOUNDS, None), self._counts, strict=True):
            total += count
            le = "+Inf" if bound is None else f"{bound:g}"
            found[f'{self._name}_bucket{{{self._labels}{comma}le="{le}"}}'] = float(total)
        tail = f"{{{self._labels}}}" if self._labels else ""
        return {**found, f"{self._name}_sum{tail}": round(self._sum, 6), f"{self._name}_count{tail}": float(total)}
