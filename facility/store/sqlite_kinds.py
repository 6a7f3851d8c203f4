"""Numbers of a row in the SQLite history: text as in a line, or packed behind the number of their kind.

The table of kinds keeps the names of the fields, once for all devices that are alike.
"""

import re
import sqlite3
from collections.abc import Callable
from struct import Struct

from facility.domain.packed import fields_of
from facility.store.line_protocol import merged

TABLE = "CREATE TABLE IF NOT EXISTS kinds (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"
_ID = Struct("<I")
_SIZES = {"d": 8, "f": 4}

Packed = str | bytes


class Kinds:
    """Those that one connection has met; `forget` what was given in a transaction that was rolled back."""

    def __init__(self) -> None:
        self._ids: dict[str, bytes] = {}
        self._names: dict[bytes, str] = {}

    def forget(self) -> None:
        """Begin anew."""
        self._ids.clear()
        self._names.clear()

    def head(self, connection: sqlite3.Connection, kind: str) -> bytes:
        """What stands before the numbers of this kind in a row."""
        id = self._ids.get(kind)
        if id is None:
            connection.execute("INSERT OR IGNORE INTO kinds (name) VALUES (?)", (kind,))
            (number,) = connection.execute("SELECT id FROM kinds WHERE name = ?", (kind,)).fetchone()
            id = self._ids[kind] = _ID.pack(number)
        return id

    def fields(self, connection: sqlite3.Connection, stored: Packed) -> list[tuple[str, float]]:
        """Each number with its name."""
        if isinstance(stored, str):
            pairs = [pair.partition("=") for pair in stored.split(",")] if stored else []
            return [(name, float(value)) for name, _, value in pairs]
        named = fields_of(self._name(connection, stored), stored[_ID.size :])
        return [(name, value) for name, value in named if value == value]

    def reader(self, connection: sqlite3.Connection, point: str) -> Callable[[Packed], float | None]:
        """Gives one point's value, None where the row has none."""
        search = re.compile(rf"(?:^|,){re.escape(point)}=([^,]+)").search
        places: dict[bytes, tuple[Struct, int] | None] = {}

        def read(stored: Packed) -> float | None:
            if isinstance(stored, str):
                match = search(stored)
                return float(match[1]) if match else None
            id = stored[: _ID.size]
            if id not in places:
                places[id] = _place(self._name(connection, stored), point)
            place = places[id]
            if place is None:
                return None
            value: float = place[0].unpack_from(stored, place[1])[0]
            return value if value == value else None

        return read

    def merge(self, connection: sqlite3.Connection) -> Callable[[Packed, Packed], str]:
        """As `merged`, of numbers in any form."""
        return lambda earlier, later: merged(self._text(connection, earlier), self._text(connection, later))

    def _text(self, connection: sqlite3.Connection, stored: Packed) -> str:
        if isinstance(stored, str):
            return stored
        return ",".join([f"{name}={value!r}" for name, value in self.fields(connection, stored)])

    def _name(self, connection: sqlite3.Connection, stored: bytes) -> str:
        id = stored[: _ID.size]
        name = self._names.get(id)
        if name is None:
            (name,) = connection.execute("SELECT name FROM kinds WHERE id = ?", _ID.unpack(id)).fetchone()
            self._names[id] = name
        return name


def _place(kind: str, point: str) -> tuple[Struct, int] | None:
    names = kind[2:].split(",")
    if point not in names:
        return None
    return Struct(f"<{kind[0]}"), _ID.size + _SIZES[kind[0]] * names.index(point)
