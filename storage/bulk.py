"""Executes one statement for many rows, with what the types ask for done by column instead of by row.

SQLAlchemy binds each value of each row anew, three times the work of the database itself. Of an outcome's
values most are the same in the whole group, and most columns need nothing done to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Insert, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.engine import Connection, Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine


def execute_many(
    connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Execute a statement once for each row, in one round trip.

    Args:
        connection: In a transaction.
        statement: Inserts into the columns that the first row names, or updates by parameters that
            bear the names of what a row holds.
        rows: What is bound; every row has the names of the first.
    """
    if not rows:
        return
    dialect = connection.dialect
    names = [*rows[0]]
    columns = names if isinstance(statement, Insert) else None
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
    fixed = {name: it.value for name, it in compiled.binds.items() if name not in rows[0]}
    bound = {
        name: _bound(compiled.binds[name].type, dialect, [row[name] for row in rows])
        for name in names
    }
    bound |= {
        name: _bound(compiled.binds[name].type, dialect, [value]) * len(rows)
        for name, value in fixed.items()
    }
    if compiled.positional:
        values: list[Any] = list(
            zip(*(bound[name] for name in compiled.positiontup or ()), strict=True)
        )
    else:
        values = [dict(zip(bound, row, strict=True)) for row in zip(*bound.values(), strict=True)]
    connection.exec_driver_sql(compiled.string, values)


def _bound(kind: TypeEngine[Any], dialect: Dialect, values: list[Any]) -> list[Any]:
    """Turn the values of a column into what the driver takes; a value that repeats is turned once."""
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    if isinstance(values[0], dict | list):
        return [process(value) for value in values]
    known = {value: process(value) for value in set(values)}
    return [known[value] for value in values]
