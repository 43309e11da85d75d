"""The time on each reader's own clock at which a send is to arrive."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("send", sa.Column("reader_time", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("send", "reader_time")
