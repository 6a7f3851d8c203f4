"""People: does every step of the ladders of level 1 and 2 have somebody on duty in the next 7 days, and a way to reach them?"""

from collections.abc import Iterator

from facility import wiring
from facility.cli.doctor.finding import Check, Finding, Group, fine, note, wrong
from facility.cli.doctor.installation import Installation
from facility.domain.asset import Site
from facility.domain.wall_time import stamp
from facility.flow.duty import duty_book
from facility.flow.look_ahead import Gap, ladder_positions, look_ahead


def checks(installation: Installation) -> list[Check]:
    """One look at the work database; none without a site."""
    site = installation.site
    return [] if site is None else [Check(Group.PEOPLE, "people and rosters", lambda: look(installation, site))]


def look(installation: Installation, site: Site) -> Iterator[Finding]:
    """Gaps, and people who cannot be reached; nothing when the database is not there yet or has another schema."""
    known = wiring.database_facts(installation.settings.work, "work")
    if known.trouble or known.schema != known.schema_newest:
        return
    now = installation.clock.now()
    with wiring.Program("doctor", installation.settings, installation.clock, site).work().reading() as unit:
        book, gaps = duty_book(site, unit, now), look_ahead(site, unit, now)
    if not book.people:
        yield note(Group.PEOPLE, "nobody")
        return
    yield from (_gap(site, gap) for gap in gaps)
    told = {number for position in ladder_positions(site) for number in book.holders(position)}
    mute = [book.people[number].login for number in sorted(told) if not book.people[number].contacts]
    if mute:
        yield wrong(Group.PEOPLE, "no_contact", people=", ".join(mute))
    if not gaps and not mute:
        yield fine(Group.PEOPLE, "manned", number=len(book.people))


def _gap(site: Site, gap: Gap) -> Finding:
    vacancy = gap.vacancy
    facts = {
        "position": site.positions[vacancy.position].title,
        "position_id": vacancy.position,
        "levels": "/".join(str(level) for level in gap.levels),
        "begin": stamp(vacancy.begin, site.zone),
        "until": stamp(vacancy.until, site.zone) if vacancy.until else "",
    }
    made = wrong if 1 in gap.levels else note
    return made(Group.PEOPLE, "gap" if vacancy.until else "gap_open", **facts)
