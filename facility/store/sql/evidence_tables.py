"""The tables of what was found, photographed and used in an order."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary

from facility.store.sql.columns import Json, Words
from facility.store.sql.schema import number, numbered, reference, time, word

order_results = numbered(
    "order_results",
    reference("order_id", "orders", nullable=False),
    word("step"),
    word("which"),
    word("line"),
    word("asset"),
    Column("title", Json, nullable=False),
    word("finding"),
    Column("measured", Float),
    word("unit"),
    Column("remark", Words, nullable=False),
    reference("person", "people", nullable=False),
    time("at"),
    Index("uq_order_results_line", "order_id", "step", "line", unique=True),
)

photos = numbered(
    "photos",
    reference("order_id", "orders", nullable=False),
    word("key"),
    word("line"),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    word("sha256"),
    reference("person", "people", nullable=False),
    time("at"),
    Column("picture", LargeBinary, nullable=False),
    Index("uq_photos_key", "order_id", "key", unique=True),
)

used_things = numbered(
    "used_things",
    reference("order_id", "orders", nullable=False),
    word("key"),
    word("kind"),
    Column("name", Words, nullable=False),
    Column("thousandths", Integer, nullable=False),  # of the quantity
    Column("unit", Words, nullable=False),
    Column("price", Integer, nullable=False),  # fen
    Column("charged", Boolean, nullable=False),
    reference("person", "people", nullable=False),
    time("at"),
    number("struck_by"),
    time("struck_at", nullable=True),
    Index("uq_used_things_key", "order_id", "key", unique=True),
)
