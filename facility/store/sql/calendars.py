"""Calendar feeds: whose they are, and the hash of their address."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Row, select, update

from facility.domain.errors import NotFound
from facility.ports.calendars import CalendarFeed
from facility.store.sql.repository import Repository
from facility.store.sql.schema import numbered, reference, time, word

feeds = numbered(
    "calendar_feeds",
    word("token_hash"),
    reference("person", "people", nullable=False),
    word("team"),
    time("made_at"),
    time("revoked_at", nullable=True),
    Index("uq_calendar_feeds_token", "token_hash", unique=True),
)


class SqlCalendarFeeds(Repository):
    """Port CalendarFeeds."""

    def add(self, feed: CalendarFeed) -> CalendarFeed:
        """With its id."""
        values = {"token_hash": feed.token_hash, "person": feed.person, "team": feed.team, "made_at": feed.made_at}
        number = self._add(feeds, values)
        assert number is not None, "a token that was made of chance is there already"
        return replace(feed, id=number)

    def at(self, token_hash: str) -> CalendarFeed | None:
        """One that was not revoked."""
        where = (feeds.c.site_id == self._site, feeds.c.token_hash == token_hash, feeds.c.revoked_at.is_(None))
        row = self._row(select(feeds).where(*where))
        return None if row is None else _feed(row)

    def of(self, person: int) -> list[CalendarFeed]:
        """Newest first."""
        where = (feeds.c.site_id == self._site, feeds.c.person == person, feeds.c.revoked_at.is_(None))
        return [_feed(row) for row in self._rows(select(feeds).where(*where).order_by(feeds.c.id.desc()))]

    def revoke(self, feed: int, person: int, at: datetime) -> None:
        """NotFound."""
        where = (feeds.c.site_id == self._site, feeds.c.id == feed, feeds.c.person == person)
        if not self._update(update(feeds).where(*where).values(revoked_at=at)):
            raise NotFound("calendar feed", feed)


def _feed(row: Row[Any]) -> CalendarFeed:
    return CalendarFeed(row.id, row.token_hash, row.person, row.team, row.made_at, row.revoked_at)
