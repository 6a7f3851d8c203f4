"""Series put together and taken apart."""

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.series import apart, series


@given(st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True), st.text(max_size=12), max_size=4))
def test_what_is_put_together_comes_apart(labels: dict[str, str]) -> None:
    labels.pop("name", None)
    assert apart(series("facility_x_total", **labels)) == ("facility_x_total", tuple(labels.items()))


def test_what_is_no_series() -> None:
    assert apart('facility_x{link="a') == ("", ())
    assert apart("facility x") == ("", ())
