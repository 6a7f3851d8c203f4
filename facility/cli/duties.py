"""`facility people duty` and `gaps`: who is on duty and why, and where nobody will be."""

from datetime import datetime
from typing import Annotated

import typer

from facility.cli.office import office
from facility.cli.output import AsJson, say, say_json, say_table, terminal_language
from facility.domain.asset import Site
from facility.domain.duty import Duty, on_duty
from facility.domain.errors import NotFound
from facility.domain.text import Language, Message
from facility.domain.wall_time import readable, stamp, written_time
from facility.flow.duty import duty_book
from facility.flow.keep_skills import in_short
from facility.flow.look_ahead import Gap, look_ahead
from facility.locale import render
from facility.ports import Work


def duty(
    position: Annotated[str, typer.Argument(help="Position of the site file; default: all.")] = "",
    at: Annotated[str, typer.Option(help="By the site's clock: '2026-12-01 03:00'; default: now.")] = "",
    json: AsJson = False,
) -> None:
    """Say who is on duty, and why: by the roster, by the position, or as whose deputy.

    Examples: [cyan]facility people duty[/cyan] · [cyan]facility people duty manager --at '2026-12-24 03:00'[/cyan]
    """
    with office(as_json=json) as here:
        site = here.site
        if position and position not in site.positions:
            raise NotFound("position", position)
        moment = written_time(at, site.zone) if at else here.now
        with here.work.reading() as unit:
            book = duty_book(site, unit, moment)
    answers = [on_duty(book, id, moment) for id in ([position] if position else site.positions)]
    language = terminal_language()
    if json:
        say_json([duty_data(answer, Language.EN) for answer in answers])
        return
    say(f"On duty at {stamp(moment, site.zone)} ({site.zone.key})")
    rows = []
    for answer in answers:
        for one in answer.people:
            rows.append([answer.position, f"{one.person.name} ({one.person.login})", words(one.why, language)])
        if answer.empty:
            rows.append([answer.position, "nobody", words(answer.why, language)])
    say_table(["position", "on duty", "why"], rows)


def gaps(json: AsJson = False) -> None:
    """Show the gaps of the next 7 days: where a ladder of level 1 or 2 has nobody on duty. Exit code 1 when there are any.

    Example: [cyan]facility people gaps[/cyan]
    """
    with office(as_json=json) as here, here.work.reading() as unit:
        gaps = look_ahead(here.site, unit, here.now)
    if json:
        say_json([gap_data(gap) for gap in gaps])
    elif not gaps:
        say("No gap in the next 7 days: every step of the ladders of level 1 and 2 has somebody on duty.", "green")
    else:
        say_table(["position", "from", "until", "levels", "why"], [_row(here.site, gap) for gap in gaps])
        say(
            "Mend it: change the roster, swap a shift on the page of people, or name a deputy: facility people deputy POSITION LOGIN"
        )
    if gaps:
        raise typer.Exit(1)


def person_data(site: Site, work: Work, login: str, now: datetime) -> dict[str, object]:
    """What is known of a person; NotFound."""
    with work.reading() as unit:
        person = unit.people.named(login)
        book = duty_book(site, unit, now)
        absences, events = unit.duties.absences_of(person.id), unit.duties.events(person.id)[:20]
        names = {each.id: each.login for each in unit.people.all(retired=True)}
    verified = {channel: stamp(at, site.zone) for channel, at in person.verified.items()}
    contacts = person.contacts.items()
    return {
        "login": person.login,
        "name": person.name,
        "language": str(person.language),
        "left": stamp(person.retired_at, site.zone) if person.retired_at else "",
        "positions": list(person.positions),
        "contacts": [f"{c}: {a}{f' (verified {verified[c]})' if c in verified else ''}" for c, a in contacts],
        "quiet": f"{person.quiet.start:%H:%M}-{person.quiet.end:%H:%M}" if person.quiet else "",
        "skills": in_short(person.skills),
        "on duty": [
            id for id in site.positions if any(o.person.id == person.id for o in on_duty(book, id, now).people)
        ],
        "rosters": [roster.id for roster in book.rosters.values() if person.id in roster.turns],
        "deputies": [names.get(number, "?") for number in book.deputies.of_person.get(person.id, ())],
        "absences": [
            f"{stamp(a.begin, site.zone)} – {stamp(a.until, site.zone) if a.until else ''} {a.reason}".rstrip()
            for a in absences
        ],
        "record": [f"{stamp(e.at, site.zone)} {e.what} {readable(e.detail, site.zone)}".rstrip() for e in events],
    }


def words(why: tuple[Message, ...], language: Language) -> str:
    """A reason in words."""
    return ("；" if language is Language.ZH_CN else "; ").join(render(step, language) for step in why)


def duty_data(answer: Duty, language: Language) -> dict[str, object]:
    """The answer for programs."""
    return {
        "position": answer.position,
        "at": answer.at.isoformat(),
        "people": [{"login": one.person.login, "why": words(one.why, language)} for one in answer.people],
        "why": words(answer.why, language),
    }


def gap_data(gap: Gap) -> dict[str, object]:
    """A gap for programs."""
    vacancy = gap.vacancy
    until = vacancy.until.isoformat() if vacancy.until else None
    return {
        "position": vacancy.position,
        "from": vacancy.begin.isoformat(),
        "until": until,
        "levels": list(gap.levels),
    }


def _row(site: Site, gap: Gap) -> list[str]:
    vacancy = gap.vacancy
    until = stamp(vacancy.until, site.zone) if vacancy.until else "7 days and longer"
    levels = ", ".join(str(level) for level in gap.levels)
    return [vacancy.position, stamp(vacancy.begin, site.zone), until, levels, words(vacancy.why, terminal_language())]
