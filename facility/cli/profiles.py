"""`facility profiles`: the device profiles at hand, one of them in full, the reference as pages."""

from pathlib import Path
from typing import Annotated, Any

import typer

from facility.cli.output import AsJson, complain, counted, refusing, say, say_json, say_table
from facility.cli.reference import (
    GRADES,
    counted_from,
    described,
    grade,
    maker,
    pages_of,
    point_columns,
    point_rows,
    remark,
    rule_rows,
)
from facility.domain.profile import Profile, System
from facility.settings import settings_from_environment
from facility.site.kinds import did_you_mean
from facility.site.loading import load_profiles, profile_files
from facility.site.profiles import SHIPPED
from facility.site.wording import address_of, in_words, limits_of

app = typer.Typer(invoke_without_command=True)
_COLUMNS = ("profile", "title", "title_zh", "system", "protocol", "points", "maker", "grade")


@app.callback()
def listing(
    context: typer.Context,
    system: Annotated[System | None, typer.Option(help="Only this system.")] = None,
    text: Annotated[str, typer.Option(help="Only those that say this: name, title, maker, model or a point.")] = "",
    json: AsJson = False,
) -> None:
    """List the device profiles at hand: those that come along, and those in `profiles/` beside the site file.

    Examples: [cyan]facility profiles --system power[/cyan] · [cyan]facility profiles --text schneider[/cyan]
    """
    if context.invoked_subcommand is not None:
        return
    with refusing(as_json=json):
        profiles = load_profiles(_own())
    found = [p for p in profiles.values() if system in (None, p.system) and _says(p, text)]
    rows = [_row(profile) for profile in sorted(found, key=lambda profile: (profile.system, profile.id))]
    if json:
        say_json(rows)
    elif rows:
        say_table(
            [column.replace("title_zh", "名称") for column in _COLUMNS],
            [[str(row[column]) for column in _COLUMNS] for row in rows],
        )
    else:
        complain("No profile says that.")


@app.command()
def show(name: Annotated[str, typer.Argument(help="Name of the profile.")], json: AsJson = False) -> None:
    """Show one profile: whose it is, what is not confirmed, its points and rules.

    Example: [cyan]facility profiles show three_phase_meter[/cyan]
    """
    known = profile_files(_own())
    if name not in known:
        complain(f"profile {name} does not exist. {did_you_mean(name, known)}")
        raise typer.Exit(1)
    with refusing(as_json=json):
        profile = load_profiles(_own(), [name])[name]
    if json:
        say_json({**_data(profile), "remark": remark(known[name])})
    else:
        _say_profile(profile, remark(known[name]))


@app.command()
def pages(
    folder: Annotated[Path, typer.Argument(help="Folder of the pages; pages of profiles that are gone are removed.")],
    cases: Annotated[Path, typer.Option(help="Folder of the test cases, listed on the pages.")] = Path(
        "tests/profiles"
    ),
) -> None:
    """Write the reference of the shipped profiles as Markdown: an index by system, and a page a profile."""
    with refusing():
        profiles = load_profiles(SHIPPED)
        files = profile_files(SHIPPED)
        texts = pages_of([described(profile, files[name], cases / name) for name, profile in profiles.items()])
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.md"):
            if old.name not in texts:
                old.unlink()
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    say(f"{counted(len(profiles), 'profile')} in {folder}.")


def _own() -> Path:
    """The folder of the site's own profiles; it need not exist."""
    return settings_from_environment().site.parent / "profiles"


def _says(profile: Profile, text: str) -> bool:
    device = profile.device
    words = [profile.id, profile.title.en, profile.title.zh, profile.asset_class, *profile.points]
    words += [device.maker, device.model] if device else ["generic"]
    return text.casefold() in "\n".join(words).casefold()


def _row(profile: Profile) -> dict[str, Any]:
    return {
        "profile": profile.id,
        "title": profile.title.en,
        "title_zh": profile.title.zh,
        "system": profile.system.value,
        "protocol": profile.protocol,
        "points": len(profile.points),
        "maker": maker(profile),
        "grade": grade(profile),
    }


def _data(profile: Profile) -> dict[str, Any]:
    device = profile.device
    told = device.unconfirmed if device else None
    return {
        **_row(profile),
        "class": profile.asset_class,
        "model": device.model if device else "",
        "manual": device.manual if device else "",
        "unconfirmed": {"en": told.en, "zh": told.zh} if told else None,
        "limits": limits_of(profile.modbus) if profile.protocol == "modbus" else [],
        "points": [
            {
                "point": point.name,
                "title": point.title.en,
                "title_zh": point.title.zh,
                "unit": point.unit.value,
                "range": [point.low, point.high],
                "every": point.every.total_seconds(),
                "address": address_of(point, profile),
                "in_the_manual": address_of(point, profile, shift=counted_from(profile)),
                "type": str(point.read.type),
                "labels": {key: {"en": title.en, "zh": title.zh} for key, title in point.labels.items()},
                "main": point.main,
            }
            for point in profile.points.values()
        ],
        "rules": [
            {"rule": rule.id, "level": rule.level, "alert": rule.alert, "when": in_words(rule.when, profile)}
            for rule in profile.rules.values()
        ],
    }


def _say_profile(profile: Profile, said: str) -> None:
    say(f"{profile.title.en} · {profile.title.zh}", "bold")
    say(f"{profile.id}: {profile.system}, {profile.protocol}, history in {profile.asset_class}")
    if said:
        say(said)
    if profile.device is None:
        say("generic: no device of any one maker")
    else:
        say(f"{profile.device.maker} {profile.device.model}; {profile.device.manual}; {GRADES[profile.device.grade]}")
        if profile.device.unconfirmed is not None:
            say(f"Not confirmed: {profile.device.unconfirmed.en}\n未确认：{profile.device.unconfirmed.zh}", "yellow")
    if profile.protocol == "modbus":
        say("Limits: " + "; ".join(limits_of(profile.modbus)))
    say("")
    say_table(list(point_columns(profile)), [list(row) for row in point_rows(profile)])
    if profile.rules:
        say("")
        columns = ["rule", "title", "名称", "level", "true when", "held for", "alert"]
        say_table(columns, [list(row) for row in rule_rows(profile)])
