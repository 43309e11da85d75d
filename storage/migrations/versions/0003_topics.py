"""Topics, and the format in which the search index was made."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "topic",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("names", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_topic")),
    )
    op.create_table(
        "entry_topic",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("editor", "guessed", name="topicorigin", native_enum=False, length=16),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entry.id"],
            name=op.f("fk_entry_topic_entry_id_entry"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", "topic", name=op.f("pk_entry_topic")),
    )
    op.create_index("ix_entry_topic_topic", "entry_topic", ["topic"])
    # One row from the first entry that is indexed on; what earlier versions indexed has format 0.
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("format", sa.Integer(), nullable=False),
    )
    op.execute(
        "INSERT INTO search_state (id, format) SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM entry)"
    )


def downgrade() -> None:
    for table in ("search_state", "entry_topic", "topic"):
        op.drop_table(table)
