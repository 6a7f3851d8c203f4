"""Personal links: what was sealed is unsealed; damaged, forged or expired ones are refused with the reason."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.errors import LinkRefused
from facility.domain.link import PersonalLink, seal, unseal

SECRET, T0 = b"s" * 32, datetime(2026, 1, 1, tzinfo=UTC)
links = st.builds(
    PersonalLink,
    st.sampled_from(["alert", "order"]),
    st.integers(1, 2**40),
    st.integers(1, 2**31),
    st.integers(1, 10**6).map(lambda seconds: T0 + timedelta(seconds=seconds)),
)


@given(links)
def test_sealed_and_unsealed(link: PersonalLink) -> None:
    assert unseal(seal(link, SECRET), SECRET, T0) == link


@given(links, st.data())
def test_one_changed_character_never_changes_the_meaning(link: PersonalLink, data: st.DataObject) -> None:
    token = seal(link, SECRET)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_.").filter(lambda found: found != token[place]))
    changed = token[:place] + other + token[place + 1 :]
    with suppress(LinkRefused):
        assert unseal(changed, SECRET, T0) == link, "spare bits of base64 may differ; the meaning may not"


@given(st.text(max_size=80))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(LinkRefused):
        unseal(text, SECRET, T0)


def test_expired_and_foreign() -> None:
    token = seal(PersonalLink("alert", 1, 2, T0), SECRET)
    with pytest.raises(LinkRefused, match="expired"):
        unseal(token, SECRET, T0)
    with pytest.raises(LinkRefused, match="forged"):
        unseal(token, b"other", T0 - timedelta(days=1))
