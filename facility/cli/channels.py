"""`facility channels`: the ways by which messages go out, how they do, and a test message to one person."""

import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, refusing, say, say_json, say_table
from facility.domain.asset import Site
from facility.domain.errors import FacilityError, NotFound
from facility.domain.notice import Notice, NoticeState
from facility.domain.person import Person
from facility.flow.look_at_channels import ChannelReport, look_at_channels
from facility.flow.person_here import person_here
from facility.flow.try_channel import MARGIN, try_channel
from facility.ports import Work

app = typer.Typer(no_args_is_help=True, help="The ways by which messages go out.")
LOOK_EVERY = 0.2  # seconds between two looks at the outbox
_COLUMNS = ["channel", "kind", "title", "way", "last accepted", "failing since", "last refusal", "this month"]


@app.command("list")
def list_(json: AsJson = False) -> None:
    """List the channels of the site file: by which way each goes out, what its vendor last answered, this month's use.

    Examples: [cyan]facility channels list[/cyan] · [cyan]facility channels list --json[/cyan]
    """
    with office(as_json=json) as here, here.work.reading() as unit:
        reports = look_at_channels(here.site, unit, here.now)
    if json:
        say_json([as_data(report) for report in reports])
        return
    say_table(_COLUMNS, [_row(report, here.site) for report in reports])


@app.command("test")
def try_(
    channel: Annotated[str, typer.Argument(help="Channel of the site file.")],
    to: Annotated[str, typer.Option("--to", metavar="LOGIN", help="Who gets the message.")],
    json: AsJson = False,
) -> None:
    """Send a test message to one person by one channel, and print what the vendor answers.

    The scheduler must run: it sends, with the limits and secrets of real messages. The message says that it is a test.

    Exit codes: 0 the channel accepted it, 1 it did not, 2 nobody sent it or wrong use.

    Example: [cyan]facility channels test wecom --to chen-jing[/cyan]
    """
    with office(as_json=json) as here:
        site = here.site
        spec = site.channels.get(channel)
        if spec is None:
            raise NotFound("channel", f"{channel} (known: {', '.join(site.channels)})")
        with here.work.writing() as unit:
            person = person_here(unit, to)
            queued = try_channel(unit, channel, person.id, secrets.token_hex(4), here.now)
        ended = await_end(here.work, queued.id, spec.timeout + MARGIN, time.sleep)
    _say_outcome(ended, person, json)


def await_end(work: Work, notice: int, patience: timedelta, sleep: Callable[[float], None]) -> Notice:
    """The notice when it was answered, or as it is when nobody sent it in time."""
    end = time.monotonic() + patience.total_seconds()
    while True:
        with work.reading() as unit:
            found = unit.notices.get(notice)
        if found.state is not NoticeState.WAITING or found.attempts or time.monotonic() > end:
            return found
        sleep(LOOK_EVERY)


def as_data(report: ChannelReport) -> dict[str, Any]:
    """One channel for programs."""
    spec, health = report.spec, report.health
    return {
        "id": spec.id,
        "kind": spec.kind,
        "title": {"en": spec.title.en, "zh": spec.title.zh},
        "way": spec.way.value,
        "survives_mains": spec.way.survives_mains,
        "accepted_at": _iso(health.accepted_at),
        "refused_at": _iso(health.refused_at),
        "refused_code": health.refused_code,
        "refused_text": health.refused_text,
        "failing_since": _iso(health.failing_since),
        "month": report.month,
        "used": report.used,
        "per_month": spec.per_month,
        "per_minute": spec.per_minute,
    }


def _row(report: ChannelReport, site: Site) -> list[str]:
    spec, health = report.spec, report.health

    def clock(at: datetime | None) -> str:
        return f"{at.astimezone(site.zone):%Y-%m-%d %H:%M:%S}" if at else "—"

    return [
        spec.id,
        spec.kind,
        spec.title.in_language(site.language),
        spec.way.value,
        clock(health.accepted_at),
        clock(health.failing_since),
        f"{clock(health.refused_at)} {health.refused_code} {health.refused_text}".strip() if health.refused_at else "—",
        f"{report.used} of {spec.per_month}" if spec.per_month else str(report.used),
    ]


def _say_outcome(ended: Notice, person: Person, json: bool) -> None:
    if ended.state is NoticeState.WAITING and not ended.attempts:
        with refusing(as_json=json):
            what = f"nobody sent the test within its time. Does the scheduler run (facility run scheduler)? {ended.key}"
            raise FacilityError(what)
    if json:
        say_json({"key": ended.key, "state": ended.state, "code": ended.answer_code, "text": ended.answer_text})
    else:
        answer = f"{ended.answer_code} {ended.answer_text}".strip()
        verdict = {NoticeState.SENT: "accepted", NoticeState.WAITING: "queued"}.get(ended.state, "not accepted")
        style = "red" if verdict == "not accepted" else "green"
        say(f"{ended.channel} to {person.login}: {verdict}. The channel's answer: {answer}", style)
    if ended.state is NoticeState.FAILED:
        raise typer.Exit(1)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
