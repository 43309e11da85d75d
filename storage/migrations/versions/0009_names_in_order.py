"""Names in the very order in which completions ask for them, on PostgreSQL; SQLite's indexes end with the id anyway."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index_own_names("key", "id")


def downgrade() -> None:
    _index_own_names("key")


def _index_own_names(*columns: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        own = sa.text("kind NOT IN ('related', 'cited')")
        op.drop_index("ix_search_name_own", "search_name")
        op.create_index("ix_search_name_own", "search_name", columns, postgresql_where=own)
