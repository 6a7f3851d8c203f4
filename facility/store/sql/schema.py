"""What the tables of the work database are made of: names of indexes and keys, rows of one site, usual columns."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.sql.schema import SchemaItem

from facility.store.sql.columns import Moment

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

NAME = Text


def numbered(name: str, *items: SchemaItem) -> Table:
    """A table whose rows have a number and belong to one site."""
    key = Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    return Table(name, metadata, key, Column("site_id", NAME, nullable=False), *items, sqlite_autoincrement=True)


def word(name: str, **options: object) -> Column[str]:
    """A column of plain text that is always given."""
    return Column(name, NAME, nullable=False, **options)  # type: ignore[arg-type]


def reference(name: str, target: str, *, nullable: bool = True) -> Column[int]:
    """The number of a row of `target`."""
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), ForeignKey(f"{target}.id"), nullable=nullable)


def number(name: str) -> Column[int]:
    """A reference that was added later, when SQLite takes no foreign key any more."""
    return Column(name, BigInteger().with_variant(Integer, "sqlite"))


def time(name: str, *, nullable: bool = False) -> Column[object]:
    """A column of aware UTC times."""
    return Column(name, Moment, nullable=nullable)
