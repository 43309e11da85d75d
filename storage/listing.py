"""Asks for the rows of many values at once, in a statement that is the same however many there are.

`IN (…)` is another statement for every number of values: it would be written, sent and planned anew each time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import TextClause
    from sqlalchemy.sql.selectable import TextualSelect
    from sqlmodel import Session

LAST_CHARACTER = "\U0010ffff"  # what begins with X stands between X and X with this behind it
_ON_SQLITE = "IN (SELECT value FROM json_each(:{0}))"
_ON_POSTGRES = "= ANY(:{0})"


class ListQuery:
    """A query in which a column is one of several values: `SELECT … WHERE entry_id {ids}`.

    Args:
        statement: SQL of ours; a list stands in braces, any other value behind a colon.
        lists: The names in braces.
        columns: Of which tables the columns of the result are, in their order, where their types matter.
    """

    def __init__(self, statement: str, *lists: str, columns: tuple[Any, ...] = ()) -> None:
        self._lists = lists
        self._sqlite, self._postgres = (
            _made(statement.format(**{name: one_of.format(name) for name in lists}), columns)
            for one_of in (_ON_SQLITE, _ON_POSTGRES)
        )

    def ask(self, session: Session, **values: Any) -> list[Any]:  # noqa: ANN401 - what SQL takes
        """Give the rows; lists are iterables of whole numbers or of texts, never of both."""
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        for name in self._lists:
            several = list(values[name])
            values[name] = json.dumps(several) if on_sqlite else several
        rows = session.execute(self._sqlite if on_sqlite else self._postgres, values)
        return list(rows.all())  # all at once: one by one takes twice as long


def _made(statement: str, columns: tuple[Any, ...]) -> TextClause | TextualSelect:
    made = text(statement)
    return made.columns(*columns) if columns else made
