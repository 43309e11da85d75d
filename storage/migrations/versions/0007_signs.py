"""The keys of aliases hold the signs that tell names apart: `++` of `DSI++`."""

import sqlalchemy as sa
from alembic import op

from storage.names import name_signs

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    aliases = sa.table("paper_alias", sa.column("id"), sa.column("name"), sa.column("key"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(aliases)).all():
        if signs := name_signs(row.name):
            key = row.key.removesuffix(signs) + signs
            connection.execute(sa.update(aliases).where(aliases.c.id == row.id).values(key=key))


def downgrade() -> None:
    aliases = sa.table("paper_alias", sa.column("id"), sa.column("name"), sa.column("key"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(aliases)).all():
        if (signs := name_signs(row.name)) and row.key.endswith(signs):
            # Another spelling of the same paper may have the bare key; the next import settles it.
            key = row.key.removesuffix(signs)
            taken = sa.select(aliases.c.id).where(aliases.c.key == key)
            if connection.execute(taken).first() is None:
                connection.execute(sa.update(aliases).where(aliases.c.id == row.id).values(key=key))
