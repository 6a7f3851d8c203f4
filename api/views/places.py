"""Titles of what an alert, an order or a condition names: an asset, or a link that is lost with all its assets."""

from facility.domain.asset import Asset, Site
from facility.domain.profile import Point
from facility.domain.text import Title


def plain(name: str) -> Title:
    """A name that needs no translation."""
    return Title(en=name, zh=name)


def thing_title(site: Site, name: str) -> Title:
    """Title of an asset, link or position; the bare id of one that the site file no longer has."""
    thing = site.assets.get(name) or site.links.get(name) or site.positions.get(name)
    return thing.title if thing else plain(name)


def area_title(site: Site, name: str) -> Title | None:
    """Where an asset or link stands."""
    thing = site.assets.get(name) or site.links.get(name)
    area = site.areas.get(thing.area) if thing else None
    return area.title if area else None


def rule_title(site: Site, asset: str, rule: str) -> Title:
    """Title of a rule; its bare id when the site file no longer has it."""
    try:
        return site.rule(asset, rule).title
    except KeyError:
        return plain(rule)


def point_of(site: Site, asset: str, point: str) -> Point | None:
    """A point of an asset; None for a link or when the profile no longer has it."""
    owner: Asset | None = site.assets.get(asset)
    return owner.profile.points.get(point) if owner else None


def position_title(site: Site, position: str) -> Title:
    """Title of a position."""
    held = site.positions.get(position)
    return held.title if held else plain(position)
