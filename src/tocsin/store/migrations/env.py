"""Run by Alembic: migrates over the connection, and in the transaction, that `schema` hands in."""

from alembic import context

from tocsin.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can roll back a half-done migration, though Alembic assumes otherwise.
    transactional_ddl=True,
)
context.run_migrations()
