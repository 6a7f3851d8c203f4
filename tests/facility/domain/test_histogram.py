"""Histograms of durations as Prometheus wants them."""

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.histogram import Histogram


@given(st.lists(st.floats(0, 100)))
def test_buckets_grow_and_the_last_holds_all(durations: list[float]) -> None:
    histogram = Histogram("x_seconds")
    for seconds in durations:
        histogram.observe(seconds)
    series = histogram.series('program="api"')
    buckets = [value for name, value in series.items() if name.startswith("x_seconds_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == series['x_seconds_count{program="api"}'] == len(durations)
    assert series['x_seconds_bucket{program="api",le="0.1"}'] == sum(seconds <= 0.1 for seconds in durations)


def test_a_block_is_timed_whatever_it_ends_with() -> None:
    histogram = Histogram("x_seconds")
    try:
        with histogram.timing():
            raise KeyError
    except KeyError:
        pass
    assert histogram.series()["x_seconds_count"] == 1
