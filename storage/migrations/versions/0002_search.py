"""Search tables: documents, the index of their words, the names that are looked up, and the vocabulary."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_document",
        sa.Column("entry_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "search_name",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("key", _sorted_text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=False),
    )
    op.create_index("ix_search_name_key", "search_name", ["key"])
    op.create_index("ix_search_name_entry_id", "search_name", ["entry_id"])
    # The newest names that begin with one or two letters, for the first suggestions.
    for letters in (1, 2):
        op.execute(
            f"CREATE INDEX ix_search_name_start_{letters} ON search_name (substr(key, 1, {letters}), id)"
        )
    op.create_table(
        "search_word",
        sa.Column("term", _sorted_text(), primary_key=True),
        sa.Column("stem", sa.String(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
    )
    op.create_index("ix_search_word_stem", "search_word", ["stem"])
    op.create_table(
        "search_spelling",
        sa.Column("fragment", _sorted_text(), primary_key=True),
        sa.Column("term", _sorted_text(), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_spelling_term", "search_spelling", ["term"])
    if op.get_bind().dialect.name == "sqlite":
        # Texts come tokenized; the signs mark what is no plain word.
        op.execute(
            "CREATE VIRTUAL TABLE search_text USING fts5(words, names, grams, content='', detail=column, "
            "tokenize=\"ascii tokenchars '@#^'\")"
        )
    else:
        op.create_table(
            "search_text",
            sa.Column("rowid", sa.BigInteger(), primary_key=True, autoincrement=False),
            *(sa.Column(name, postgresql.TSVECTOR(), nullable=False) for name in COLUMNS),
        )
        for name in COLUMNS:
            op.create_index(
                f"ix_search_text_{name}",
                "search_text",
                [name],
                postgresql_using="gin",
                postgresql_with={"fastupdate": "off"},
            )


def downgrade() -> None:
    for table in (
        "search_text", "search_spelling", "search_word", "search_name", "search_document",
    ):  # fmt: skip
        op.drop_table(table)


COLUMNS = ("words", "names", "grams")


def _sorted_text() -> sa.String:
    # A prefix is found through the index only where texts sort by their bytes.
    return sa.String(collation="BINARY" if op.get_bind().dialect.name == "sqlite" else "C")
