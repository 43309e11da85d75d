"""Executes one statement for many rows, with what the types ask for done by column instead of by row.

SQLAlchemy binds each value of each row anew, three times the work of the database itself. Of an outcome's
values most are the same in the whole group, and most columns need nothing done to them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Insert, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine
    from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """Give the table of a model, for statements that leave its objects out."""
    return model.metadata.tables[str(model.__tablename__)]


def columns_of(rows: Sequence[NamedTuple]) -> dict[str, Sequence[Any]]:
    """Turn rows, of which there is at least one, into columns by the names of their fields."""
    return dict(zip(rows[0]._fields, zip(*rows, strict=True), strict=True))


def execute_many(
    connection: Connection,
    statement: Insert | Update,
    columns: Mapping[str, Sequence[Any]],
    **same: Any,  # noqa: ANN401 - what SQL takes
) -> int:
    """Execute a statement once for each row, in one round trip; give the number of rows that it changed.

    Args:
        connection: In a transaction.
        statement: One that is kept, for it is compiled once. It inserts into the columns that are named here,
            or updates by parameters that bear these names.
        columns: What is bound, by name; each as long as the others.
        same: What is the same in every row, by name.
    """
    rows = len(next(iter(columns.values())))
    if not rows:
        return 0
    dialect = connection.dialect
    compiled = _compiled(statement, dialect, (*columns, *same))
    kinds = {name: parameter.type for parameter, name in compiled.bind_names.items()}
    bound: dict[str, Sequence[Any]] = {
        name: [*_bound(kinds[name], dialect, [value])] * rows
        for name, value in (compiled.params | same).items()
        if name not in columns
    }
    bound |= {name: _bound(kinds[name], dialect, values) for name, values in columns.items()}
    given: list[Any]
    if compiled.positional:
        given = list(zip(*(bound[name] for name in compiled.positiontup or ()), strict=True))
    else:
        given = [dict(zip(bound, row, strict=True)) for row in zip(*bound.values(), strict=True)]
    return connection.exec_driver_sql(compiled.string, given).rowcount


@lru_cache(maxsize=32)
def _compiled(statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]) -> SQLCompiler:
    columns = names if isinstance(statement, Insert) else None
    return statement.compile(dialect=dialect, column_keys=columns, for_executemany=True)


def _bound(kind: TypeEngine[Any], dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
    """Turn the values of a column into what the driver takes; a value that repeats is turned once."""
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    if isinstance(values[0], dict | list):
        return [process(value) for value in values]
    known = {value: process(value) for value in set(values)}
    return [known[value] for value in values]
