"""Rows of the index that hold little more than their number, on PostgreSQL, which reads a row for every entry it finds."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The least that is allowed: all three vectors then lie beside the table, which is an eighth as large without them.
    _on_postgres("ALTER TABLE search_text SET (toast_tuple_target = 128)")


def downgrade() -> None:
    _on_postgres("ALTER TABLE search_text RESET (toast_tuple_target)")


def _on_postgres(statement: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(statement)
