"""Photos from phones: looked at, turned upright, made smaller, and freed of everything but the picture (place, camera, owner)."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from facility.domain.errors import Unfit

LONGEST_SIDE = 1600
"""Pixels: a nameplate can still be read."""
MOST_PIXELS = 50_000_000
QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP")
_BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)
_DAMAGED = (UnidentifiedImageError, OSError, ValueError, SyntaxError, *_BOMBS)


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG, and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


def settle_picture(body: bytes) -> Picture:
    """A JPEG of LONGEST_SIDE at most without any metadata; Unfit when it is no JPEG, PNG or WebP, or too large to be looked at."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Unfit("photo", "photo_large", f"has more than {MOST_PIXELS} pixels")
                upright = ImageOps.exif_transpose(image).convert("RGB")
    except _DAMAGED as error:
        raise Unfit("photo", "photo_damaged", f"is no JPEG, PNG or WebP picture: {error}") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Picture(out.getvalue(), upright.width, upright.height)
