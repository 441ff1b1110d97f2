"""What Alembic runs for each migration, in the transaction that the store has begun."""

from alembic import context

from maskwatch.watching.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
