"""Run the migrations on the connection, and in the transaction, that the store hands over."""

from alembic import context
from sqlmodel import SQLModel

import annotation.store.tables  # noqa: F401  (fills the metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
context.run_migrations()
