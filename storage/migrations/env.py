"""Run the migrations on the connection that `storage.schema` hands over."""

from alembic import context
from sqlmodel import SQLModel

import storage.tables

assert storage.tables.__all__

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=lambda name, kind, _parents: (
        not (kind in ("table", "index") and (name or "").startswith(("search_", "ix_search_")))
    ),
)
with context.begin_transaction():
    context.run_migrations()
