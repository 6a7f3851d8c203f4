"""Orders of every origin, on hold, spot-checked by a third person, linked to the order whose finding they mend."""

from alembic import op
import sqlalchemy as sa

from facility.store.sql.columns import Moment


revision = "0010"
down_revision = "0009"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("origin", sa.Text(), nullable=False, server_default=sa.text("'by_hand'")),
        sa.Column("parent", NUMBER),
        sa.Column("spot_check", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("spot_checked_by", NUMBER),
        sa.Column("held_until", Moment(length=32)),
    ):
        op.add_column("orders", column)
    op.execute(
        "UPDATE orders SET origin = CASE WHEN kind = 'tuning' THEN 'tuning' WHEN alert IS NOT NULL THEN 'alert'"
        " WHEN occurrence IS NOT NULL THEN 'plan' ELSE 'by_hand' END"
    )
    op.create_index("ix_orders_finisher", "orders", ["site_id", "finished_by"])
    op.create_index("ix_orders_parent", "orders", ["parent"])
