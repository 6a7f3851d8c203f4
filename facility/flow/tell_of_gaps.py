"""Tell of gaps: the manager hears of each gap in the coming week once, when it changes, and again the day before."""

from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.notice import Notice
from facility.domain.person import Person, ways
from facility.domain.text import Message
from facility.flow.compose import DUTY_GAPS
from facility.flow.duty import duty_book, first_with_people, wardens
from facility.flow.look_ahead import AHEAD, DAY, Gap, look_ahead
from facility.flow.notify import order_channels
from facility.flow.quiet import quiet_until
from facility.ports import ToldVacancy, WorkUnit

LEVEL = 2
LISTED = 8  # gaps named in one message; the page shows all
FORGET = timedelta(days=30)


def tell_of_gaps(site: Site, unit: WorkUnit, now: datetime) -> int:
    """Queue one message for all gaps that are news; returns how many these are."""
    gaps = look_ahead(site, unit, now)
    known = {(told.position, told.begin): told for told in unit.duties.told()}
    news = [gap for gap in gaps if _is_news(gap, known.get((gap.vacancy.position, gap.vacancy.begin)), now)]
    if not news or not _tell(site, unit, news, now):
        return 0
    for gap in news:
        unit.duties.put_told(_told(gap, known.get((gap.vacancy.position, gap.vacancy.begin)), now))
    unit.duties.forget_told(now - FORGET)
    return len(news)


def _is_news(gap: Gap, told: ToldVacancy | None, now: datetime) -> bool:
    """Not one that has begun: its condition is an alert by now."""
    begin = gap.vacancy.begin
    if begin <= now:
        return False
    if told is None or _changed(told, gap.vacancy.until):
        return True
    return begin - now <= DAY and told.told_again_at is None and told.told_at < begin - DAY


def _changed(told: ToldVacancy, until: datetime | None) -> bool:
    """It ends otherwise than was told. That the end of a lasting one comes into sight is no change."""
    if told.until is None:
        return until is not None and until < told.told_at + AHEAD
    return told.until != until


def _told(gap: Gap, before: ToldVacancy | None, now: datetime) -> ToldVacancy:
    vacancy = gap.vacancy
    if before is None or _changed(before, vacancy.until):
        return ToldVacancy(vacancy.position, vacancy.begin, vacancy.until, now)
    return replace(before, told_again_at=now)


def _tell(site: Site, unit: WorkUnit, news: list[Gap], now: datetime) -> bool:
    duty = first_with_people(duty_book(site, unit, now), wardens(site, "manager"), now)
    for one in duty.people if duty else ():
        unit.notices.add(_notice(site, one.person, news, now))
    return duty is not None


def _notice(site: Site, person: Person, news: list[Gap], now: datetime) -> Notice:
    channel = ways(person, order_channels(site))[0]
    next_at = quiet_until(person, LEVEL, now, site.zone) or now
    key = f"gaps:{now.isoformat()}:{person.id}:{channel}"
    return Notice(0, key, person.id, channel, _message(news), LEVEL, now, next_at)


def _message(news: list[Gap]) -> Message:
    gaps = [
        {
            "position": gap.vacancy.position,
            "begin": gap.vacancy.begin.isoformat(),
            "until": gap.vacancy.until.isoformat() if gap.vacancy.until else "",
            "levels": list(gap.levels),
        }
        for gap in news[:LISTED]
    ]
    return Message(DUTY_GAPS, {"number": len(news), "gaps": gaps})
