"""Alembic's entry: works on the connection that `storage.database.upgrade` hands over. Configures no logging."""

from alembic import context

from resetapp.storage.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
