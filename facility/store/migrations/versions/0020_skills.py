"""What people have learnt."""

from alembic import op
import sqlalchemy as sa


revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("people", sa.Column("skills", sa.Text(), server_default="{}", nullable=False))
