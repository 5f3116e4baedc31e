"""A second engine that holds descriptions and no data: what a server's clients ask of PostgreSQL's catalog."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock

import duckdb

from xerosql.api.stop import check_cancelled
from xerosql.execute.cancel import Cancellation
from xerosql.execute.database import interrupt, locked, quoted
from xerosql.execute.engine import READ_AHEAD
from xerosql.execute.engine_errors import translated
from xerosql.execute.result import LEFT, Result

Columns = Sequence[tuple[str, str]]
Row = tuple[object, ...]


class Catalog:
    """Tables and functions made once, whose rows may change, and queries over them.

    It is locked as the engine of the statements is, and holds nothing that a client could not know.
    """

    def __init__(self, tables: Mapping[str, Columns], definitions: Iterable[str], types: Iterable[str] = ()) -> None:
        """`tables` have columns with the engine's types; `types` and `definitions` are made before and after them."""
        self.tables = tables
        self.lock = RLock()
        empty = [made(f"TABLE {name}", columns) for name, columns in tables.items()]
        self.main = locked((*types, *empty, *definitions))

    def fill(self, contents: Mapping[str, Sequence[Row]], instead: Mapping[str, str] | None = None) -> None:
        """Put rows into tables, instead of those that are there, or of those that a condition in `instead` is true of.

        Nobody sees a part of it.
        """
        with self.lock:
            self.main.execute("BEGIN TRANSACTION")
            for name, rows in contents.items():
                self.main.execute(f"DELETE FROM {name} WHERE {(instead or {}).get(name, 'true')}")
                insert(self.main, name, self.tables[name], rows)
            self.main.execute("COMMIT")

    def query(
        self,
        sql: str,
        parameters: Sequence[object],
        cancelled: Cancellation,
        momentary: Mapping[str, tuple[Columns, Sequence[Row]]] | None = None,
        more: Mapping[str, Sequence[Row]] | None = None,
    ) -> Result:
        """The result of a query, to be closed; its rows are worked out as they are fetched. Raises as xerosql does.

        `momentary` are tables of this query alone, in the schema `temp`, with their columns and rows. It finds `more`
        rows in the tables than others do: they are put there in a transaction that ends with the result, and is never
        committed.
        """
        with self.lock:
            cursor = self.main.cursor()
        cancelled.tell(lambda: interrupt(cursor))
        result = Result(cursor, {})
        weakref.finalize(result, LEFT.append, cursor).atexit = False
        try:
            check_cancelled(cancelled)
            for name, (columns, rows) in (momentary or {}).items():
                cursor.execute(made(f"TEMP TABLE {name}", columns))
                insert(cursor, f"temp.{name}", columns, rows)
            cursor.execute(READ_AHEAD)
            if more:
                cursor.execute("BEGIN TRANSACTION")
            for name, rows in (more or {}).items():
                insert(cursor, name, self.tables[name], rows)
            cursor.execute(sql, list(parameters))
            result.describe()
        except duckdb.Error as error:
            result.close()
            raise translated(error) from error
        return result

    def close(self) -> None:
        self.main.close()


def made(what: str, columns: Columns) -> str:
    return f"CREATE {what} ({', '.join(f'{quoted(name)} {kind}' for name, kind in columns)})"


def insert(connection: duckdb.DuckDBPyConnection, name: str, columns: Columns, rows: Sequence[Row]) -> None:
    if rows:
        lists = ", ".join(f"unnest(CAST(${place} AS {kind}[]))" for place, (_, kind) in enumerate(columns, 1))
        connection.execute(f"INSERT INTO {name} SELECT {lists}", [list(column) for column in zip(*rows, strict=True)])
