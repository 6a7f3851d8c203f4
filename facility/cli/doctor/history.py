"""History: InfluxDB of any version, or the embedded file."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from facility import wiring
from facility.cli.doctor.clock import http_offset
from facility.cli.doctor.finding import Check, Finding, Group, fine, note, wrong
from facility.cli.doctor.installation import Installation

DAY = 86_400
EMBEDDED = 2000  # points up to which SQLite serves


def checks(installation: Installation) -> list[Check]:
    """The one that the settings name."""
    settings = installation.settings
    if settings.history == "sqlite":
        points = sum(len(a.profile.points) for a in installation.site.assets.values()) if installation.site else 0
        return [Check(Group.HISTORY, "history", lambda: look_at_file(settings.data / "history.db", points))]
    if settings.history.startswith(("http://", "https://")):
        return [Check(Group.HISTORY, "history", lambda: look_at_influx(installation), within=30.0)]
    return [Check(Group.HISTORY, "history", lambda: [wrong(Group.HISTORY, "no_address", value=settings.history)])]


def look_at_file(file: Path, points: int) -> Iterator[Finding]:
    """The embedded history: its file can be read, and nobody holds it for long."""
    if points > EMBEDDED:
        yield note(Group.HISTORY, "too_many_points", points=points, most=EMBEDDED)
    if not file.exists():
        yield note(Group.HISTORY, "file_absent", file=file)
        return
    try:
        connection = sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=5, isolation_level=None)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.Error as error:
        yield wrong(Group.HISTORY, "file_unusable", file=file, why=error)
        return
    yield fine(Group.HISTORY, "file", file=file)


def look_at_influx(installation: Installation) -> Iterator[Finding]:
    """Reached, version, written, read back, removed, retention."""
    settings = installation.settings
    site = installation.site.id if installation.site else ""
    bucket, org = settings.influx_bucket, settings.influx_org
    known = wiring.influx_facts(settings.history, org, bucket, settings.influx_token, site)
    facts: dict[str, object] = {"url": known.url, "bucket": bucket, "org": org, "why": known.why}
    if known.trouble:
        yield wrong(Group.HISTORY, known.trouble, **facts)
        return
    yield fine(Group.HISTORY, "reached", version=known.version or "?", **facts)
    yield from _limits(known.version)
    yield from _rights(known, facts)
    yield from _retention(known, settings.retention_days, facts)
    if known.write == "ok":
        yield from _rolled(known, settings.rolled_days, facts)
    yield from http_offset(known.url, known.date, known.asked_at)


def _limits(version: str) -> Iterator[Finding]:
    if version.startswith("1."):
        yield note(Group.HISTORY, "version_1", version=version)
    if version.startswith("3."):
        yield note(Group.HISTORY, "version_3", version=version)


def _rights(known: "wiring.InfluxFacts", facts: dict[str, object]) -> Iterator[Finding]:
    """One finding when one cause explains both."""
    causes = {known.write, known.read} - {"ok"}
    if known.write in ("token", "org", "bucket", "failed") or (known.write == "right" and known.read == "right"):
        id = {"right": "no_rights"}.get(known.write, known.write)
        yield wrong(Group.HISTORY, id, **facts | {"why": known.write_why or known.read_why})
    elif not causes:
        yield fine(Group.HISTORY, "written_removed" if known.removed else "written_expires", **facts)
    elif known.write == "right":
        yield wrong(Group.HISTORY, "no_write", **facts | {"why": known.write_why})
    elif known.read == "failed" and not known.read_why:
        yield wrong(Group.HISTORY, "not_read_back", **facts)
    else:
        yield wrong(Group.HISTORY, "no_read", **facts | {"why": known.read_why})


def _retention(known: "wiring.InfluxFacts", days: int, facts: dict[str, object]) -> Iterator[Finding]:
    if known.keeps is None:
        return
    wanted, facts = days * DAY, {**facts, "days": days, "keeps": f"{known.keeps / DAY:g}"}
    if known.keeps and (not wanted or known.keeps < wanted):
        yield wrong(Group.HISTORY, "retention_short", **facts)
    elif known.keeps != wanted:
        yield note(Group.HISTORY, "retention_long", **facts)
    else:
        yield fine(Group.HISTORY, "retention", **facts)


def _rolled(known: "wiring.InfluxFacts", days: tuple[int, int], facts: dict[str, object]) -> Iterator[Finding]:
    """The buckets of roll-ups: without them long charts are slow and end where the readings do."""
    for (bucket, keeps), wanted in zip(known.rolled.items(), days, strict=False):
        mine = {**facts, "bucket": bucket, "days": wanted}
        if keeps is None:
            yield note(Group.HISTORY, "rolled_missing", **mine)
        elif keeps and (not wanted or keeps < wanted * DAY):
            yield note(Group.HISTORY, "rolled_short", **mine, keeps=f"{keeps / DAY:g}")
        else:
            yield fine(Group.HISTORY, "rolled", **mine)
