"""A second engine that holds descriptions and no data: what a server's clients ask of PostgreSQL's catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import RLock

import duckdb

from xerosql.execute.engine import ColumnType, locked, type_of
from xerosql.execute.engine_errors import translated

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
        made = [
            f"CREATE TABLE {name} ({', '.join(f'{quoted(each)} {kind}' for each, kind in columns)})"
            for name, columns in tables.items()
        ]
        self.main = locked((*types, *made, *definitions))

    def fill(self, contents: Mapping[str, Sequence[Row]]) -> None:
        """Put rows into tables, instead of those that are there. Nobody sees a part of it."""
        with self.lock:
            self.main.execute("BEGIN TRANSACTION")
            for name, rows in contents.items():
                self.main.execute(f"DELETE FROM {name}")
                if rows:
                    lists = ", ".join(
                        f"unnest(CAST(${place} AS {kind}[]))" for place, (_, kind) in enumerate(self.tables[name], 1)
                    )
                    self.main.execute(
                        f"INSERT INTO {name} SELECT {lists}", [list(column) for column in zip(*rows, strict=True)]
                    )
            self.main.execute("COMMIT")

    def query(self, sql: str, parameters: Sequence[object]) -> tuple[list[tuple[str, ColumnType]], list[Row]]:
        """The columns and all rows of a query. Raises what xerosql raises."""
        with self.lock:
            cursor = self.main.cursor()
        try:
            cursor.execute(sql, list(parameters))
            columns = [(name, type_of(str(kind))) for name, kind, *_ in cursor.description or []]
            return columns, cursor.fetchall()
        except duckdb.Error as error:
            raise translated(error) from error
        finally:
            cursor.close()

    def close(self) -> None:
        self.main.close()


def quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
