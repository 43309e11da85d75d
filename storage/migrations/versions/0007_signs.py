"""The keys of aliases hold the signs that tell names apart: `++` of `DSI++`."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# As `storage.names` had them when this was written; what it has now is not for this step to follow.
SIGNS = re.compile(r"(?<=[^\W_])(?:\++|\*+|#|--+)(?![^\W_])")
EMPHASIS = re.compile(r"^\s*(\*+)(.*?)\1", re.DOTALL)


def name_signs(name: str) -> str:
    """Give the signs that tell a name from another."""
    plain = EMPHASIS.sub(r"\2", unicodedata.normalize("NFKC", name))
    return "".join(SIGNS.findall(plain))


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
