"""The record of signing in, and the attempts that are counted."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select

from facility.domain.account import SignInEvent, SignInStep
from facility.domain.throttle import Attempts
from facility.store.sql.account_tables import sign_in_attempts, sign_in_events
from facility.store.sql.repository import Repository


class SqlSignIns(Repository):
    """Port SignIns."""

    def note(self, event: SignInEvent) -> None:
        """One more line."""
        values = {
            "at": event.at,
            "step": event.step.value,
            "login": event.login,
            "address": event.address,
            "agent": event.agent,
            "detail": event.detail,
        }
        self._add(sign_in_events, values)

    def recent(self, count: int, login: str = "") -> list[SignInEvent]:
        """Newest first."""
        query = select(sign_in_events).where(sign_in_events.c.site_id == self._site)
        if login:
            query = query.where(sign_in_events.c.login == login)
        rows = self._rows(query.order_by(sign_in_events.c.id.desc()).limit(count))
        return [
            SignInEvent(row.at, SignInStep(row.step), row.login, row.address, row.agent, row.detail) for row in rows
        ]

    def last_signed_in(self) -> Mapping[str, datetime]:
        """By login."""
        table = sign_in_events
        mine = (table.c.site_id == self._site, table.c.step == SignInStep.SIGNED_IN.value)
        rows = self._rows(select(table.c.login, func.max(table.c.at).label("at")).where(*mine).group_by(table.c.login))
        return {row.login: row.at for row in rows}

    def attempts(self, subject: str) -> Attempts | None:
        """What is known of an account or an address."""
        table = sign_in_attempts
        row = self._row(select(table).where(table.c.site_id == self._site, table.c.subject == subject))
        return None if row is None else Attempts(row.tries, row.at)

    def set_attempts(self, subject: str, attempts: Attempts | None) -> None:
        """Remember, or forget."""
        table = sign_in_attempts
        if attempts is None:
            mine = (table.c.site_id == self._site, table.c.subject == subject)
            self._connection.execute(delete(table).where(*mine))
            return
        values = {"tries": attempts.count, "at": attempts.at}
        statement = self._insert(table).values(site_id=self._site, subject=subject, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["site_id", "subject"], set_=values))

    def forget(self, events_before: datetime, attempts_before: datetime) -> None:
        """Remove old lines and old attempts."""
        for table, before in ((sign_in_events, events_before), (sign_in_attempts, attempts_before)):
            self._connection.execute(delete(table).where(table.c.site_id == self._site, table.c.at < before))
