"""The search index as PostgreSQL reads it best: short rows, and names in the very order in which they are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Bytes of a row of the index: the words of names and nothing longer. These are read when the newest names are gone
# through; the rest is for the postings alone and is kept elsewhere. Rows that are there stay as they are until they
# are indexed anew: to write them here would lock a large store for minutes.
ROW = 256


def upgrade() -> None:
    _lay_out(f"SET (toast_tuple_target = {ROW})", ["key", "id"])


def downgrade() -> None:
    _lay_out("RESET (toast_tuple_target)", ["key"])


def _lay_out(rows: str, order: list[str]) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER TABLE search_text {rows}")
    op.drop_index("ix_search_name_own", "search_name")
    op.create_index(
        "ix_search_name_own",
        "search_name",
        order,
        postgresql_where=sa.text("kind NOT IN ('related', 'cited')"),
    )
