"""Column types that mean the same on SQLite and PostgreSQL, and JSON that keeps titles and times."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Dialect, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeEngine

from facility.domain.reading import Value
from facility.domain.text import Title


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime: timestamptz on PostgreSQL, ISO text of fixed width (so that it sorts) on SQLite."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column of each engine."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuses naive times: ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without zone: {value}")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else datetime.fromisoformat(value)


class Words(TypeDecorator[str]):
    """Text from people and vendors: characters that no database can hold (NUL, lone surrogates) become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Text that both engines take."""
        if value is None or (value.isascii() and "\x00" not in value):
            return value
        return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Json(TypeDecorator[Any]):
    """Mappings and lists as JSON text; Title, datetime and timedelta come back as what they were."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """ASCII JSON."""
        return None if value is None else json.dumps(value, default=_plain, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value as it was."""
        return None if value is None else _DECODER.decode(value)


class Measured(TypeDecorator[Value]):
    """A value of a point: a number or a text, as JSON text, so that 1.0 and "1.0" stay apart."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> str | None:
        """Numbers as floats."""
        if value is None:
            return None
        return json.dumps(value if isinstance(value, str) else float(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Value | None:
        """A float or a text."""
        return None if value is None else json.loads(value)


def _plain(value: object) -> object:
    if isinstance(value, Title):
        return {"$title": [value.en, value.zh]}
    if isinstance(value, datetime):
        return {"$time": value.astimezone(UTC).isoformat()}
    if isinstance(value, timedelta):
        return {"$seconds": value.total_seconds()}
    raise TypeError(f"a {type(value).__name__} cannot be stored in a message: {value!r}")


def _rich(node: dict[str, Any]) -> object:
    if len(node) == 1:
        match node:
            case {"$title": [en, zh]}:
                return Title(en=en, zh=zh)
            case {"$time": str(text)}:
                return datetime.fromisoformat(text)
            case {"$seconds": seconds}:
                return timedelta(seconds=seconds)
    return node


_DECODER = json.JSONDecoder(object_hook=_rich)  # `json.loads` makes one at each call
