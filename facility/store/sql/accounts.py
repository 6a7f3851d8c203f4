"""Accounts and their sessions."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, or_, select, update

from facility.domain.account import Account, Session
from facility.domain.errors import Conflict, NotFound
from facility.domain.role import Role
from facility.store.sql.account_tables import accounts, sessions
from facility.store.sql.repository import Repository


class SqlAccounts(Repository):
    """Port Accounts."""

    def all(self) -> list[Account]:
        """By login."""
        return [_account(row) for row in self._rows(self._all().order_by(accounts.c.login))]

    def get(self, account: int) -> Account:
        """NotFound."""
        row = self._row(self._all().where(accounts.c.id == account))
        if row is None:
            raise NotFound("account", account)
        return _account(row)

    def by_login(self, login: str) -> Account | None:
        """The account of a plain login."""
        row = self._row(self._all().where(accounts.c.login == login))
        return None if row is None else _account(row)

    def add(self, account: Account) -> Account:
        """With its id; Conflict when the login is taken."""
        values = {
            "login": account.login,
            "name": account.name,
            "person": account.person or None,
            "roles": sorted(account.roles),
            "password": account.password,
            "must_change": account.must_change,
            "disabled": account.disabled,
            "made_at": account.made_at,
            "changed_at": account.changed_at,
        }
        number = self._add(accounts, values)
        if number is None:
            raise Conflict(f"there is an account {account.login} already")
        return replace(account, id=number)

    def set_password(self, account: int, password: str, at: datetime, *, must_change: bool) -> None:
        """Another hash."""
        self._change(account, password=password, changed_at=at, must_change=must_change)

    def set_roles(self, account: int, roles: frozenset[Role]) -> None:
        """Other roles of its own."""
        self._change(account, roles=sorted(roles))

    def set_disabled(self, account: int, disabled: bool) -> None:
        """Close or open it."""
        self._change(account, disabled=disabled)

    def _change(self, account: int, **values: object) -> None:
        where = (accounts.c.site_id == self._site, accounts.c.id == account)
        if not self._update(update(accounts).where(*where).values(**values)):
            raise NotFound("account", account)

    def _all(self) -> Select[Any]:
        return select(accounts).where(accounts.c.site_id == self._site)


class SqlSessions(Repository):
    """Port Sessions."""

    def add(self, session: Session) -> Session:
        """With its id."""
        values = {
            "account": session.account,
            "token_hash": session.token_hash,
            "made_at": session.made_at,
            "seen_at": session.seen_at,
            "expires_at": session.expires_at,
            "address": session.address,
            "agent": session.agent,
        }
        number = self._add(sessions, values)
        if number is None:
            raise Conflict("this session exists already")
        return replace(session, id=number)

    def find(self, token_hash: str) -> Session | None:
        """The session behind a token."""
        row = self._row(self._all().where(sessions.c.token_hash == token_hash))
        return None if row is None else _session(row)

    def of(self, account: int) -> list[Session]:
        """All sessions of an account, last used first."""
        query = (
            self._all().where(sessions.c.account == account).order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
        )
        return [_session(row) for row in self._rows(query)]

    def seen(self, session: int, at: datetime) -> None:
        """It was used."""
        mine = (sessions.c.site_id == self._site, sessions.c.id == session)
        self._update(update(sessions).where(*mine).values(seen_at=at))

    def end(self, session: int, account: int) -> bool:
        """Remove one of this account's."""
        return self._remove(sessions.c.id == session, sessions.c.account == account) > 0

    def end_all(self, account: int) -> int:
        """Remove all of an account."""
        return self._remove(sessions.c.account == account)

    def end_old(self, seen_before: datetime, expired_before: datetime) -> int:
        """Remove what nobody can use any more."""
        return self._remove(or_(sessions.c.seen_at <= seen_before, sessions.c.expires_at <= expired_before))

    def _remove(self, *where: Any) -> int:
        return self._connection.execute(delete(sessions).where(sessions.c.site_id == self._site, *where)).rowcount

    def _all(self) -> Select[Any]:
        return select(sessions).where(sessions.c.site_id == self._site)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        person=row.person or 0,
        roles=frozenset(Role(role) for role in row.roles),
        password=row.password,
        must_change=row.must_change,
        disabled=row.disabled,
        made_at=row.made_at,
        changed_at=row.changed_at,
    )


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        account=row.account,
        token_hash=row.token_hash,
        made_at=row.made_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        address=row.address,
        agent=row.agent,
    )
