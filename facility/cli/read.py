"""`facility read`: the present values of one asset, from the device itself."""

from pathlib import Path
from typing import Annotated, Any

import typer

from facility.cli.output import AsJson, complain, refusing, say, say_json, say_table, site_path
from facility.cli.wire_process import Event, WireProcess, briefly, last, progress
from facility.domain.asset import Asset, LinkKind, Site
from facility.domain.text import Language, Title
from facility.locale import catalogue
from facility.site import load
from facility.site.kinds import did_you_mean

_COLUMNS = ["point", "value", "quality", "raw", "address", "took"]
_LONGEST_RAW = 48  # characters of a raw value in the table


def command(
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Asset of the site file.")],
    point: Annotated[list[str] | None, typer.Option(help="Only this point; may be given more than once.")] = None,
    site: Annotated[Path | None, typer.Option(help="Site file; default: FACILITY_SITE.")] = None,
    wait: Annotated[float, typer.Option(help="MQTT: seconds to listen at most.", min=0.1)] = 30,
    json: AsJson = False,
) -> None:
    """Read an asset's points now, from the device, over its own wire. It only reads: there is no way to write.

    Shows value and unit, quality with its reason, the raw words in hex, the
    wire address, and how long the request took.

    An asset on a broker is listened to until each of its topics has brought
    a message; one of Sparkplug B until each metric has come. Nothing is asked
    of a node: births that the running collectors keep are used. Retained
    messages are marked: their age is unknown.

    A serial line has one master: stop the collectors before you read over it.
    Over Modbus TCP both may ask, if the gateway takes one connection more.

    Exit codes: 0 every point was answered, 1 the device was not reached,
    refused or kept silent, 2 wrong use.

    Examples:
    [cyan]facility read pump-1[/cyan]
    [cyan]facility read incomer-1 --point voltage_l1 --point energy --json[/cyan]
    [cyan]facility read gate-north-in --wait 60[/cyan]
    """
    with refusing(as_json=json):
        path = site_path(site)
        loaded = load(path)
    one = _asset(loaded, asset, point or [])
    arguments = ["read", asset, "--wait", str(wait), *(word for name in point or [] for word in ("--point", name))]
    process = WireProcess(arguments, {"FACILITY_SITE": str(path)})
    latest = _follow(process, loaded, one, quiet=json)
    fault = latest.get("fault", {}).get("what", "")
    reading = latest.get("reading", {})
    rows, notes = reading.get("points", []), reading.get("notes", [])
    if json:
        say_json({"asset": asset, "link": one.link, "fault": fault, "points": rows, "notes": notes})
    elif fault:
        link = loaded.links[one.link]
        complain(f"{asset}: link {link.id}, {link.place}: {fault}")
    else:
        _show(loaded, one, rows)
        for note in notes:
            say(f"The collectors' log would say: {note}")
    if process.code:
        raise typer.Exit(1)


def _asset(site: Site, name: str, points: list[str]) -> Asset:
    """The asset, or an end with code 1 and what was meant."""
    if name not in site.assets:
        complain(f"asset {name} does not exist. {did_you_mean(name, site.assets)}")
        raise typer.Exit(1)
    asset = site.assets[name]
    for point in points:
        if point not in asset.profile.points:
            complain(f"{name} has no point {point}. {did_you_mean(point, asset.profile.points)}")
            raise typer.Exit(1)
    return asset


def _follow(process: WireProcess, site: Site, asset: Asset, *, quiet: bool) -> dict[str, Event]:
    place = site.links[asset.link].place
    waiting = "listening on" if site.links[asset.link].kind is LinkKind.MQTT else "asking"
    with progress(f"{waiting} {place} …", quiet=quiet) as line:
        on = {
            "request": lambda event: line.say(
                f"{place}: request {event['number']}, {event['ms']:g} ms {briefly(event['fault'])}"
            ),
            "message": lambda event: line.say(f"{place}: a message on {event['topic']}"),
        }
        return last(iter(process), on)


def _show(site: Site, asset: Asset, rows: list[Event]) -> None:
    if not rows:
        complain("Stopped before anything was read.")
        return
    say_table(
        _COLUMNS,
        [_row(row, site.language) for row in rows],
        f"{asset.id}, read now from {site.links[asset.link].place}",
    )
    for fault in dict.fromkeys(row["fault"] for row in rows if row["fault"]):
        complain(f"{', '.join(row['point'] for row in rows if row['fault'] == fault)}: {fault}")
    good = sum(row["quality"] == "good" for row in rows)
    say(f"{good} of {len(rows)} points good.", "green" if good == len(rows) else "yellow")


def _row(row: Event, language: Language) -> list[str]:
    quality = row["quality"] if row["quality"] == "good" else f"bad: {in_words(row['reason'])}"
    if row.get("retained"):
        quality += ", retained"
    raw = " ".join(row["raw"])
    took = "" if row["ms"] is None else f"{row['ms']:g} ms"
    return [row["point"], _value(row, language), quality, _cut(raw), _address(row), took]


def in_words(reason: str) -> str:
    """A reason as the pages say it."""
    return catalogue(Language.EN).get(f"pages.reason.{reason}", reason)


def _value(row: Event, language: Language) -> str:
    value: Any = row["value"]
    if value is None:
        return "—"
    if row["label"]:
        return f"{value} ({Title(**row['label']).in_language(language)})"
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    return f"{text} {row['unit']}".rstrip()


def _address(row: Event) -> str:
    if "topic" in row:
        return f"{row['topic']} {row['path']}".rstrip()
    return f"unit {row['unit_number']} {row['table']} {row['address']} {row['type']}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_RAW else f"{text[: _LONGEST_RAW - 1]}…"
