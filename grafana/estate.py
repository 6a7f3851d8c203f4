"""What the shipped profiles know of each class of assets: its points, with units, titles and the names of their states."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from facility.domain.profile import JsonField, Point, Profile, RawType
from facility.domain.text import Title
from facility.site.loading import load_profiles

FOLDER = Path(__file__).resolve().parent


@cache
def profiles() -> tuple[Profile, ...]:
    """All shipped profiles; the generic ones first, because their words stand for the class."""
    found = load_profiles(FOLDER)  # there are none of our own here
    return tuple(sorted(found.values(), key=lambda profile: (profile.device is not None, profile.id)))


@cache
def classes() -> tuple[str, ...]:
    """All classes of assets."""
    return tuple(sorted({profile.asset_class for profile in profiles()}))


@cache
def points(asset_class: str) -> Mapping[str, Point]:
    """The points that assets of a class may have; ValueError when two profiles give one of them different units."""
    found: dict[str, Point] = {}
    for profile in profiles():
        for point in profile.points.values() if profile.asset_class == asset_class else ():
            if found.setdefault(point.name, point).unit is not point.unit:
                raise ValueError(f"{profile.id}: {point.name} of class {asset_class} has another unit elsewhere")
    return found


@cache
def labels(asset_class: str, point: str) -> Mapping[str, Title]:
    """The names of the states of an enum point, of all profiles of the class."""
    found: dict[str, Title] = {}
    for profile in profiles():
        if profile.asset_class == asset_class and point in profile.points:
            for label, title in profile.points[point].labels.items():
                found.setdefault(label, title)
    return found


def is_bit(point: Point) -> bool:
    """Its values are 0 and 1."""
    if isinstance(point.read, JsonField):
        return point.read.type == "bool"
    return point.read.type is RawType.BIT or point.read.table.of_bits


def is_text(point: Point) -> bool:
    """Its values are names of states."""
    return bool(point.labels)
