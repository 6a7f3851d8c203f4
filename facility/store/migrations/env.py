"""Alembic's entry: runs inside the transaction that the caller has begun and locked; nothing is committed here."""

from alembic import context

from facility.store.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
