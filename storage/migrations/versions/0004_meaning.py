"""What entries mean: one vector for each entry and model."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_meaning",
        # Never given twice, so that the greatest one tells whether anything was written since.
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column(
            "entry_id", sa.Integer(), sa.ForeignKey("entry.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=32), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),  # float32, little-endian, length 1
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_meaning_entry", "search_meaning", ["entry_id", "model"], unique=True)
    op.create_index("ix_search_meaning_model", "search_meaning", ["model", "id"])


def downgrade() -> None:
    op.drop_table("search_meaning")
