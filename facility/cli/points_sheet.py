"""`facility points import` and `template`: points between a sheet (XLSX, CSV) and a profile."""

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from facility.cli.output import AsJson, complain, counted, refusing, say, say_json, say_table
from facility.domain.errors import Refusal
from facility.domain.profile import Profile, System
from facility.domain.text import Language
from facility.locale import catalogue
from facility.settings import settings_from_environment
from facility.site.grammar_terms import NAME
from facility.site.kinds import did_you_mean
from facility.site.loading import profile_files
from facility.site.point_import import Import, Target, plan_import
from facility.site.point_rows import PointRow, looks_counted, point_rows
from facility.site.point_template import column_title, left_out, note_ids, write_template
from facility.site.profiles import read_profile
from facility.site.sheets import read_sheets
from facility.site.text_files import refuse, shown
from facility.site.tree import Faults

_STYLES = {"added": "green", "changed": "yellow", "removed": "red"}


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Sheet of points: .xlsx or .csv.")],
    profile: Annotated[str, typer.Option(help="Name of the profile.")],
    out: Annotated[
        Path | None, typer.Option(help="Its file; default: profiles/NAME.yaml beside the site file.")
    ] = None,
    title_en: Annotated[str, typer.Option(help="New profile: name in English.")] = "",
    title_zh: Annotated[str, typer.Option(help="New profile: name in Chinese.")] = "",
    class_: Annotated[
        str, typer.Option("--class", help="New profile: measurement in history; default: its name.")
    ] = "",
    system: Annotated[System | None, typer.Option(help="New profile: its system.")] = None,
    base: Annotated[
        int | None,
        typer.Option(help="What rows without a base count from: 0 or 1. Default: as the profile.", min=0, max=1),
    ] = None,
    period: Annotated[str, typer.Option(help="Period of points without one.")] = "10s",
    keep: Annotated[bool, typer.Option("--keep", help="Points that the sheet lacks stay.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write the profile.")] = False,
    json: AsJson = False,
) -> None:
    """Bring the points of a sheet into a profile. Nothing is written without [bold]--yes[/bold], and nothing while a row is refused.

    One header row names the columns, in English or Chinese, in any order:
    point, title en, title zh, unit, table (or function code), address, base,
    type, order, bit, width, length, scale, offset, min, max, period,
    deadband, labels, sentinels. CSV may be UTF-8 or GB18030, with commas,
    semicolons or tabs. [bold]facility points template[/bold] writes a sheet to fill in.

    An existing profile is compared first: added, changed and removed points
    are listed. What the sheet has no column for (rules, ratios …) stays.

    Exit codes: 0 every row can be taken, 1 refused (each with its cell),
    2 wrong use.

    Examples:
    [cyan]facility points import meter.xlsx --profile new_meter --system power[/cyan]
    [cyan]facility points import meter.csv --profile new_meter --yes[/cyan]
    """
    with refusing(as_json=json):
        path = out or _beside_the_site(profile)
        target = _target(file, profile, path, system, title_en, title_zh, class_, base, period, keep=keep)
        planned = plan_import(point_rows(read_sheets(file), file.name), target)
        if yes and not planned.refused and planned.changes:
            _write(path, planned.text, new=not target.text)
    written = yes and not planned.refused and bool(planned.changes)
    if json:
        say_json(_as_data(planned, path, written=written))
    else:
        _show(planned, path, written=written)
    if planned.refused:
        raise typer.Exit(1)


def template(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The sheet to write: .xlsx.")],
    profile: Annotated[
        str, typer.Option(help="Fill in the points of this profile, to change them and import them again.")
    ] = "",
) -> None:
    """Write a sheet to fill in: headers, an example row, lists to choose from, and notes in English and Chinese.

    With [bold]--profile[/bold] it holds the points of that profile instead of the example.

    Examples:
    [cyan]facility points template points.xlsx[/cyan]
    [cyan]facility points template meter.xlsx --profile three_phase_meter[/cyan]
    """
    with refusing():
        found = _known(profile) if profile else None
        write_template(file, found.points.values() if found else (), _notes())
    say(
        f"{file}: {counted(len(found.points), 'point') if found else 'an example row'}, notes in the second sheet.",
        "green",
    )
    if found and (more := left_out(found)):
        say(
            f"Not in the sheet: ratios, codings, counters, main of {', '.join(more)}. An import into {profile} keeps them.",
            "yellow",
        )


def _target(
    file: Path, name: str, path: Path, system: System | None, en: str, zh: str, asset_class: str, base: int | None,
    period: str, *, keep: bool,
) -> Target:  # fmt: skip
    if not re.fullmatch(NAME, name):
        raise Refusal(f"{name} is not the name of a profile. Write small letters, digits and _, such as new_meter.")
    if path.suffix != ".yaml" or path.stem != name:
        raise Refusal(f"{path} must be named {name}.yaml: a profile's file has the profile's name.")
    if path.exists():
        return Target(
            name, shown(path), file.name, path.read_text(encoding="utf-8"), base=base, every=period, keep=keep
        )
    if system is None:
        raise Refusal(f"{path} will be new: say its system, such as --system power. Known: {', '.join(System)}.")
    words = name.replace("_", " ")
    title = {"en": en or words.capitalize(), "zh": zh or words}
    return Target(name, shown(path), file.name, "", title, asset_class or name, system, base, period, keep)


def _beside_the_site(name: str) -> Path:
    return settings_from_environment().site.parent / "profiles" / f"{name}.yaml"


def _known(name: str) -> Profile:
    files = profile_files(settings_from_environment().site.parent / "profiles")
    if name not in files:
        raise Refusal(f"profile {name} does not exist. {did_you_mean(name, files)}")
    faults = Faults()
    found = read_profile(files[name].read_text(encoding="utf-8"), shown(files[name]), name, faults)
    refuse(faults)
    assert found is not None
    return found


def _notes() -> list[tuple[str, str]]:
    """In both languages, one below the other."""
    return [
        (_title(key, language), catalogue(language)[f"sheets.{key}"])
        for language in (Language.EN, Language.ZH_CN)
        for key in note_ids()
    ]


def _title(key: str, language: Language) -> str:
    return column_title(key, language) or catalogue(language)["sheets.title.about"]


def _write(path: Path, text: str, *, new: bool) -> None:
    """A new file never replaces one; an existing one is replaced as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if new:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _show(planned: Import, path: Path, *, written: bool) -> None:
    say_table(["row", "point", "address", "type", "outcome"], [_row(row) for row in planned.rows], "Rows")
    for note in _notes_of(planned):
        say(f"Note: {note}", "yellow")
    for row in planned.rows:
        for fault in row.faults:
            complain(str(fault))
    for other in planned.faults:
        complain(str(other))
    if planned.refused:
        refused = sum(bool(row.faults) for row in planned.rows)
        complain(f"{refused} of {counted(len(planned.rows), 'row')} refused. Nothing was written.")
        return
    for change in planned.changes:
        say(f"  {change.kind} {change.point}{': ' if change.how else ''}{', '.join(change.how)}", _STYLES[change.kind])
    if not planned.changes:
        say(f"Nothing to do: {shown(path)} has these points already.")
    elif written:
        say(f"Written: {shown(path)}. Next: facility check, then facility read.", "green")
    else:
        say(f"Nothing was written. Add --yes to write {shown(path)}.", "yellow")


def _notes_of(planned: Import) -> list[str]:
    return [note for row in planned.rows if (note := looks_counted(row))]


def _row(row: PointRow) -> list[str]:
    given = {key: "" if value is None else str(value) for key, value in row.given.items()}
    where = f"{given.get('read.table', '')} {given.get('read.address', '')}".strip()
    outcome = f"refused: {', '.join(dict.fromkeys(fault.place for fault in row.faults))}" if row.faults else "accepted"
    return [str(row.number), row.name, where, given.get("read.type", ""), outcome]


def _as_data(planned: Import, path: Path, *, written: bool) -> dict[str, object]:
    return {
        "file": shown(path),
        "written": written,
        "rows": [
            {"row": row.number, "point": row.name, "faults": [{"cell": f.place, "what": f.what} for f in row.faults]}
            for row in planned.rows
        ],
        "faults": [{"file": f.file, "line": f.line, "what": f.what, "mend": f.mend} for f in planned.faults],
        "notes": _notes_of(planned),
        "changes": [{"point": c.point, "kind": c.kind, "how": list(c.how)} for c in planned.changes],
    }
