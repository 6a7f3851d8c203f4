"""`facility points`: every point of the site, with its address, unit and period."""

from typing import Annotated, Any

import typer

from facility.cli.output import AsJson, SiteFile, complain, refusing, say_json, say_table, site_path
from facility.domain.asset import Asset, Site
from facility.domain.profile import JsonField, Point, System
from facility.site import load
from facility.site.kinds import did_you_mean
from facility.site.wording import address_of

_COLUMNS = ("asset", "point", "title", "unit", "every", "link", "address", "type")


def command(
    site: SiteFile = None,
    asset: Annotated[str | None, typer.Option(help="Only this asset.")] = None,
    system: Annotated[System | None, typer.Option(help="Only this system.")] = None,
    json: AsJson = False,
) -> None:
    """List the points of a site: where each is read, in which unit, how often.

    Modbus addresses are wire addresses (from 0): `unit 1 holding 0` is what `mbpoll -a 1 -0 -r 0 -t 4` reads.

    Examples: [cyan]facility points --asset pump-1[/cyan] · [cyan]facility points --system fire --json[/cyan]
    """
    with refusing(as_json=json):
        loaded = load(site_path(site))
    if asset is not None and asset not in loaded.assets:
        complain(f"asset {asset} does not exist. {did_you_mean(asset, loaded.assets)}")
        raise typer.Exit(1)
    rows = [
        row
        for one in loaded.assets.values()
        if asset in (None, one.id) and system in (None, one.profile.system)
        for row in rows_of(loaded, one)
    ]
    if json:
        say_json(rows)
    else:
        say_table(list(_COLUMNS), [[str(row[column]) for column in _COLUMNS] for row in rows])


def rows_of(site: Site, asset: Asset) -> list[dict[str, Any]]:
    """One row a point."""
    return [
        {
            "asset": asset.id,
            "point": point.name,
            "title": point.title.in_language(site.language),
            "unit": point.unit.value,
            "every": f"{point.every.total_seconds():g} s",
            "link": asset.link,
            "address": _address(asset, point),
            "type": str(point.read.type),
            "range": [point.low, point.high],
            "main": point.main,
            "retired": asset.retired,
        }
        for point in asset.profile.points.values()
    ]


def _address(asset: Asset, point: Point) -> str:
    where = address_of(point, asset.profile, prefix=asset.prefix)
    return where if isinstance(point.read, JsonField) else f"unit {asset.unit} {where}"
