"""`facility site`: revisions of the site file."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from facility import wiring
from facility.cli.output import AsJson, SiteFile, counted, refusing, say, say_json, site_path
from facility.clock import clock_from_environment
from facility.domain.asset import Site
from facility.ports import Revision, Work
from facility.settings import settings_from_environment
from facility.site import load_with_texts
from facility.site.revision import make_revision
from facility.site.text_files import shown

app = typer.Typer(no_args_is_help=True, help="Revisions of the site file: what the database knows of the estate.")
_FIRST = 12  # changes shown of a first revision, which is all of the estate


@app.command()
def apply(
    site: SiteFile = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: AsJson = False,
) -> None:
    """Make the site file the next revision. Revisions are never changed; equipment is renamed (`was:`) or retired, never deleted.

    Example: [cyan]facility site apply site.yaml --yes[/cyan]
    """
    with refusing(as_json=json):
        path = site_path(site)
        loaded = load_with_texts(path)
        work = open_work(loaded.site)
        with work.reading() as unit:
            last = unit.revisions.latest()
        planned = make_revision(loaded, last, clock_from_environment().now(), shown(path))
        if planned is None:
            say_json({"number": last.number if last else 0, "changes": []}) if json else say(
                "Nothing to do: no change."
            )
            return
        if not json:
            _show_changes(planned, last)
        if not yes and not typer.confirm("Make this the next revision?", err=json):
            raise typer.Exit(1)
        made = apply_site(work, path, clock_from_environment().now())
        if made is None:
            say("Nothing to do: another process was first.")
        elif json:
            say_json(_as_data(made))
        else:
            say(f"Revision {made.number} ({made.digest[:12]}).", "green")


@app.command()
def show(json: AsJson = False, files: Annotated[bool, typer.Option("--files", help="With the texts.")] = False) -> None:
    """Show the newest revision: when it was made and what it changed.

    Example: [cyan]facility site show --files[/cyan]
    """
    with refusing(as_json=json):
        loaded = load_with_texts(site_path(None))
        with open_work(loaded.site).reading() as unit:
            last = unit.revisions.latest()
    if json:
        say_json(_as_data(last, files=files) if last else None)
        return
    if last is None:
        say("No revision yet. Make one: facility site apply")
        return
    say(f"Revision {last.number} of {last.applied_at:%Y-%m-%d %H:%M:%S} UTC, {last.digest[:12]}")
    for change in last.changes:
        say(f"  {change}")
    if last.digest != loaded.site.digest:
        say("The site file has changed since: facility site apply", "yellow")
    for name, text in last.files.items() if files else ():
        say(f"--- {name}\n{text}")


def apply_site(work: Work, path: Path, at: datetime) -> Revision | None:
    """Make the site file the next revision without asking; None when nothing changed. SiteRefused."""
    loaded = load_with_texts(path)
    with work.writing() as unit:
        revision = make_revision(loaded, unit.revisions.latest(), at, shown(path))
        return None if revision is None else unit.revisions.add(revision)


def open_work(site: Site) -> Work:
    """The work database of the settings, ready for use; SettingRefused, StoreError."""
    settings = settings_from_environment()
    settings.data.mkdir(parents=True, exist_ok=True)
    work = wiring.Program("facility", settings, clock_from_environment(), site).work()
    work.prepare()
    return work


def _show_changes(planned: Revision, last: Revision | None) -> None:
    say(
        f"{counted(len(planned.changes), 'change')} since {f'revision {last.number}' if last else 'nothing: the first revision'}:"
    )
    shown_changes = planned.changes if last else planned.changes[:_FIRST]
    for change in shown_changes:
        say(f"  {change}")
    if len(shown_changes) < len(planned.changes):
        say(f"  … and {len(planned.changes) - len(shown_changes)} more")


def _as_data(revision: Revision, *, files: bool = False) -> dict[str, object]:
    data: dict[str, object] = {
        "number": revision.number,
        "digest": revision.digest,
        "applied_at": revision.applied_at.isoformat(),
        "changes": list(revision.changes),
    }
    return data | ({"files": revision.files} if files else {})
