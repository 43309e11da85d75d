"""Search tables: names that are looked up, and the words and character n-grams of each entry."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_name",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("key", sa.String(collation=_byte_order()), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=False),
    )
    op.create_index("ix_search_name_key", "search_name", ["key"])
    op.create_index("ix_search_name_entry_id", "search_name", ["entry_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_text USING fts5("
            "title, body, grams, tokenize=\"unicode61 remove_diacritics 2\", prefix='2 3')"
        )
    else:
        op.create_table(
            "search_text",
            sa.Column("rowid", sa.BigInteger(), primary_key=True, autoincrement=False),
            sa.Column("words", sa.dialects.postgresql.TSVECTOR(), nullable=False),
            sa.Column("grams", sa.dialects.postgresql.TSVECTOR(), nullable=False),
        )
        for column in ("words", "grams"):
            op.create_index(
                f"ix_search_text_{column}", "search_text", [column], postgresql_using="gin"
            )


def downgrade() -> None:
    op.drop_table("search_text")
    op.drop_table("search_name")


def _byte_order() -> str:
    # A prefix is found through the index only where keys sort by their bytes.
    return "BINARY" if op.get_bind().dialect.name == "sqlite" else "C"
