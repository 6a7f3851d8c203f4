"""Photos from phones: upright, smaller, and nothing but the picture."""

import io

import pytest
from PIL import Image

from facility.domain.errors import Unfit
from facility.pictures import LONGEST_SIDE, settle_picture
from tests.harness.photo import a_photo


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_turned_upright_and_says_nothing_but_the_picture(form: str) -> None:
    settled = settle_picture(a_photo(form))
    assert (settled.width, settled.height) == (30, 40)
    assert b"Zhao Gang" in a_photo(form)
    assert b"Zhao Gang" not in settled.jpeg
    with Image.open(io.BytesIO(settled.jpeg)) as image:
        assert (image.format, image.size, len(image.getexif())) == ("JPEG", (30, 40), 0)


def test_a_large_photo_is_made_smaller() -> None:
    settled = settle_picture(a_photo(size=(4000, 3000)))
    assert (settled.width, settled.height) == (LONGEST_SIDE * 3 // 4, LONGEST_SIDE)


@pytest.mark.parametrize(
    "body",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", a_photo()[:200], a_photo("GIF"), b"\xff\xd8" + bytes(2000)],
    ids=["empty", "svg", "cut off", "gif", "noise"],
)
def test_what_is_no_photo_is_refused(body: bytes) -> None:
    with pytest.raises(Unfit, match="no JPEG"):
        settle_picture(body)


def test_a_bomb_is_refused_unopened() -> None:
    with pytest.raises(Unfit, match=r"pixels"):
        settle_picture(a_photo("PNG", size=(9000, 9000)))
