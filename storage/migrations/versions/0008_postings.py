"""One list of signed tokens on SQLite: postings of a third of the length, and names' words apart from the texts'."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SIGNED = "tokens, content='', detail=none"
IN_COLUMNS = "words, names, grams, content='', detail=column"


def upgrade() -> None:
    _make_anew(SIGNED)


def downgrade() -> None:
    _make_anew(IN_COLUMNS)


def _make_anew(kept: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_text")
        op.execute(
            f"CREATE VIRTUAL TABLE search_text USING fts5({kept}, tokenize=\"ascii tokenchars '@#^'\")"
        )
        # In no format: the index is made anew from the entries when the store is opened.
        op.execute("UPDATE search_state SET format = 0")
