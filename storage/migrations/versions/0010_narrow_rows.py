"""Narrow rows of the index on PostgreSQL, which reads the row of every entry that it finds."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The least that is allowed. Of a row of more than about 2 kB, an entry of a hundred words or so, all three vectors
    # then lie beside the table; shorter rows stay as they are, for PostgreSQL moves nothing out of them.
    _on_postgres("ALTER TABLE search_text SET (toast_tuple_target = 128)")


def downgrade() -> None:
    _on_postgres("ALTER TABLE search_text RESET (toast_tuple_target)")


def _on_postgres(statement: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(statement)
