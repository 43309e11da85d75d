"""Indexes by which the beginnings of identifiers and of papers' own names are found."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = ("arxiv", "doi")


def upgrade() -> None:
    own = sa.text("kind NOT IN ('related', 'cited')")
    op.create_index(
        "ix_search_name_own", "search_name", ["key"], sqlite_where=own, postgresql_where=own
    )
    if op.get_bind().dialect.name == "postgresql":
        # The unique indexes sort as the database's language does; those of SQLite by bytes.
        for name in COLUMNS:
            op.create_index(
                f"ix_search_paper_{name}",
                "paper",
                [name],
                postgresql_ops={name: "text_pattern_ops"},
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in COLUMNS:
            op.drop_index(f"ix_search_paper_{name}", "paper")
    op.drop_index("ix_search_name_own", "search_name")
