"""What was found, photographed and used in an order; orders that mend a finding."""

from alembic import op
import sqlalchemy as sa


revision = "0012"
down_revision = "0011"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_FOUND = sa.text("line <> ''")


def upgrade() -> None:
    op.add_column("orders", sa.Column("subject", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("line", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_index("uq_orders_line", "orders", ["parent", "line"], unique=True, sqlite_where=_FOUND, postgresql_where=_FOUND)
    _of_order(
        "order_results",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("measured", sa.Float(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
    )
    op.create_index("uq_order_results_line", "order_results", ["order_id", "step", "line"], unique=True)
    _of_order(
        "photos",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
    )
    op.create_index("uq_photos_key", "photos", ["order_id", "key"], unique=True)
    _of_order(
        "used_things",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("thousandths", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("charged", sa.Boolean(), nullable=False),
        sa.Column("struck_by", NUMBER, nullable=True),
        sa.Column("struck_at", TIME, nullable=True),
    )
    op.create_index("uq_used_things_key", "used_things", ["order_id", "key"], unique=True)


def _of_order(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("order_id", NUMBER, nullable=False),
        *columns,
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=f"fk_{name}_order_id"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=f"fk_{name}_person"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sqlite_autoincrement=True,
    )
