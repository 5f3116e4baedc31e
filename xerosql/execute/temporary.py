"""The schema of one client's temporary tables: named when it is first wanted, and dropped when its client is gone.

As in PostgreSQL it is called pg_temp_1, pg_temp_2, … No two clients of a database ever have the same number.
"""

from __future__ import annotations

import weakref
from collections import deque
from itertools import count
from typing import TYPE_CHECKING

import duckdb

from xerosql.catalog.local import temporary_schema
from xerosql.execute.database import quoted
from xerosql.plan.model import DECLARED, DROP_TABLE, KEPT, ON_COMMIT

if TYPE_CHECKING:
    from xerosql.execute.engine import Engine


class Temporaries:
    """What the temporary schemas of one database share: their numbers, and those whose clients are gone."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.left: deque[str] = deque()

    def drop_left(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Free what clients have left. What cannot be dropped now, as a statement is at it, is left for later."""
        for _ in range(len(self.left)):
            try:
                name = self.left.popleft()
            except IndexError:
                return  # another thread has taken it
            try:
                drop_schema(connection, name)
            except duckdb.Error:
                self.left.append(name)


class Temporary:
    """The schema for one client, empty `name` until it wants one. `count` counts the changes of its tables.

    `clears` is set once one of the tables loses its rows, or is dropped, on commit. What is collected without having
    been closed is left to the other clients of the database.
    """

    def __init__(self, shared: Temporaries) -> None:
        self.shared = shared
        self.name = ""
        self.count = 0
        self.clears = False

    def want(self) -> None:
        """Have a name; nothing is made yet."""
        if not self.name:
            self.name = temporary_schema(next(self.shared.numbers))
            self._leaving = weakref.finalize(self, self.shared.left.append, self.name)
            self._leaving.atexit = False

    def leave(self) -> None:
        """Have it dropped by whoever looks next at what is left."""
        if self.name:
            self._leaving()

    def settle(self, engine: Engine) -> None:
        """Do to the tables what is to be done on commit, within what is being committed."""
        if not self.clears:
            return
        found = engine.rows(
            f"SELECT d.table_name, d.value FROM {DECLARED} d JOIN duckdb_tables() t USING (schema_name, table_name) "
            f"WHERE d.schema_name = '{self.name}' AND d.kind = '{ON_COMMIT}'"
        )
        for table, what in found:
            named = f"{self.name}.{quoted(table)}"
            engine.rows(f"DROP TABLE {named}" if what == DROP_TABLE else f"DELETE FROM {named}")
            self.count += what == DROP_TABLE

    def empty(self, engine: Engine) -> None:
        """Drop all that there is in it, within the open transaction if there is one."""
        for statement in dropping(self.name, engine.rows(sequences_of(self.name))):
            engine.rows(statement)


def drop_schema(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop a temporary schema with all that is in it and all that is kept of it, or nothing of it: duckdb.Error."""
    connection.execute("BEGIN TRANSACTION")
    try:
        for statement in dropping(name, connection.execute(sequences_of(name)).fetchall()):
            connection.execute(statement)
    except duckdb.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def sequences_of(name: str) -> str:
    """The query for the sequences that number rows of the schema's tables."""
    return (
        f"SELECT sequence_name FROM duckdb_sequences() WHERE schema_name = '{KEPT}' "
        f"AND starts_with(sequence_name, '{name}.')"
    )


def dropping(name: str, sequences: list[tuple[str]]) -> list[str]:
    return [
        f"DROP SCHEMA IF EXISTS {name} CASCADE",
        *(f"DROP SEQUENCE {KEPT}.{quoted(each)}" for (each,) in sequences),
        f"DELETE FROM {DECLARED} WHERE schema_name = '{name}'",
    ]
