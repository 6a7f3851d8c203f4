"""Keys of machines."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from facility.domain.account import ApiKey, Scope
from facility.domain.errors import Conflict, NotFound
from facility.store.sql.account_tables import api_keys
from facility.store.sql.repository import Repository


class SqlApiKeys(Repository):
    """Port ApiKeys."""

    def all(self) -> list[ApiKey]:
        """Newest first."""
        return [_key(row) for row in self._rows(self._all().order_by(api_keys.c.id.desc()))]

    def find(self, key_hash: str) -> ApiKey | None:
        """The key behind a hash."""
        row = self._row(self._all().where(api_keys.c.key_hash == key_hash))
        return None if row is None else _key(row)

    def add(self, key: ApiKey) -> ApiKey:
        """With its id."""
        values = {
            "name": key.name,
            "key_hash": key.key_hash,
            "scopes": sorted(key.scopes),
            "made_at": key.made_at,
            "expires_at": key.expires_at,
        }
        number = self._add(api_keys, values)
        if number is None:
            raise Conflict("this key exists already")
        return replace(key, id=number)

    def used(self, key: int, at: datetime) -> None:
        """It was used."""
        self._update(update(api_keys).where(*self._one(key)).values(used_at=at))

    def revoke(self, key: int, at: datetime) -> ApiKey:
        """No longer valid from now on; NotFound. The first time counts."""
        self._update(update(api_keys).where(*self._one(key), api_keys.c.revoked_at.is_(None)).values(revoked_at=at))
        row = self._row(self._all().where(api_keys.c.id == key))
        if row is None:
            raise NotFound("key", key)
        return _key(row)

    def _one(self, key: int) -> tuple[Any, ...]:
        return (api_keys.c.site_id == self._site, api_keys.c.id == key)

    def _all(self) -> Select[Any]:
        return select(api_keys).where(api_keys.c.site_id == self._site)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        key_hash=row.key_hash,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        made_at=row.made_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
