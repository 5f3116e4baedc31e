"""The embedded engine: the database that runs the queries, with the transaction of the local schemas."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Lock, RLock
from typing import Any

import duckdb

from xerosql.api.stop import check_cancelled
from xerosql.errors import Error, OperationalError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.database import Interruption, interruptible, locked
from xerosql.execute.engine_errors import translated
from xerosql.execute.foundations import FOUNDATIONS
from xerosql.execute.result import LEFT, LIVE, ColumnType, Pullable, Result, close_what_was_left
from xerosql.execute.temporary import Temporaries, Temporary

#: How far the engine may run ahead of the rows that are fetched; its own default is megabytes, thousands of calls.
READ_AHEAD = "SET streaming_buffer_size = '1KB'"
#: The same where no row costs a call: some thousand rows, so that its threads hand over less often.
READ_AHEAD_HERE = "SET streaming_buffer_size = '64KB'"

#: Connections that an engine keeps for its next queries: telling one how far to run ahead takes as long as a small one.
SPARE = 2

#: pyarrow's types by the engine's names of them, as far as they have been asked for.
ARROW_TYPES: dict[str, Any] = {}


@dataclass(slots=True)
class Changes:
    """How often tables have been made, changed or dropped, counting transactions that end."""

    count: int = 0


class Engine:
    """An in-memory database of one's own, or the one of the engine that this one is `beside`.

    `main` carries the transaction of the local schemas; reads get cursors of their own. `changes` counts those of the
    scratch schema's tables, for all engines of the database. `temporary` is the schema of this one's temporary tables.
    """

    def __init__(self, beside: Engine | None = None) -> None:
        self.lock = RLock()
        self.main: duckdb.DuckDBPyConnection = locked(FOUNDATIONS) if beside is None else beside.cursor()
        self.changes: Changes = beside.changes if beside else Changes()
        self.temporaries: Temporaries = beside.temporaries if beside else Temporaries()
        self.temporary = Temporary(self.temporaries)
        self.owns_temporary = True
        self.in_transaction = False
        self._spare: list[duckdb.DuckDBPyConnection] | None = []  # None once the engine is closed
        self._spare_lock = Lock()
        LIVE.add(self)

    def close(self) -> None:
        """Close it, and drop its temporary tables. A statement that runs on another thread keeps both until it ends."""
        with self._spare_lock:
            spare, self._spare = self._spare or [], None
        for each in spare:
            each.close()
        if self.owns_temporary:
            self.temporary.leave()
        if self.temporaries.left and self.lock.acquire(blocking=False):  # else whoever comes next drops them
            try:
                with suppress(Error):  # closed before
                    self.rollback()
                    self.temporaries.drop_left(self.main)
            finally:
                self.lock.release()
        with suppress(duckdb.ResourceInUseException):
            self.main.close()

    # -- Transactions of the local schemas -----------------------------------------------------------------------------

    def begin(self) -> None:
        if not self.in_transaction:
            self._run("BEGIN TRANSACTION")
            self.in_transaction = True

    def ready(self) -> None:
        """Do what is to be done before the transaction is kept. OperationalError, and it is rolled back, if one of its
        statements failed.
        """
        if not self.in_transaction:
            return
        try:
            self._run("SELECT 1")  # refused in a transaction that DuckDB has given up
            self.temporary.settle(self)
        except Error as error:
            self.rollback()
            raise OperationalError(
                "a statement of the transaction failed, so it was rolled back instead of committed", sqlstate="25P02"
            ) from error

    def commit(self) -> None:
        """Keep the changes of a transaction that is ready."""
        if self.in_transaction:
            self.in_transaction = False
            self._run("COMMIT")

    def rollback(self) -> None:
        if self.in_transaction:
            self.in_transaction = False
            self._run("ROLLBACK")

    def _run(self, statement: str) -> None:
        with self.lock:
            try:
                self.main.execute(statement)
            except duckdb.Error as error:
                raise translated(error) from error

    # -- Statements ----------------------------------------------------------------------------------------------------

    def query(
        self,
        sql: str,
        parameters: Sequence[object],
        relations: Mapping[str, Pullable],
        *,
        in_transaction: bool,
        cancelled: Cancellation,
        arrow: bool = False,
    ) -> Result:
        """Start a query over `relations` (name to Arrow stream). Rows are pulled as they are fetched.

        With `arrow` they come as record batches, and never as tuples.

        Inside a transaction that must see the local schemas' uncommitted rows the result is read whole at once,
        since the connection can hold one open result only.
        """
        if in_transaction and self.in_transaction:
            return self.change(sql, parameters, relations, cancelled)
        close_what_was_left()
        self.drop_what_was_left()
        cursor = self.cursor(READ_AHEAD) if relations else self.spare()
        interruption = Interruption(cursor)
        cancelled.tell(interruption)
        try:
            check_cancelled(cancelled)  # an interrupt before the engine has begun is forgotten
            result = self._started(cursor, sql, parameters, relations, arrow=arrow)
        except BaseException:
            cursor.close()
            raise
        left = weakref.finalize(result, LEFT.append, cursor)
        left.atexit = False
        if not relations:
            result.give_back = partial(self.take_back, interruption, left)
        return result

    def drop_what_was_left(self) -> None:
        """Free the temporary tables of clients that are gone without having closed."""
        if self.temporaries.left:
            cursor = self.cursor()
            self.temporaries.drop_left(cursor)
            cursor.close()

    def spare(self) -> duckdb.DuckDBPyConnection:
        """A connection for a query that reads nothing of Xero's: that of an earlier one, if there is such."""
        with self._spare_lock:
            if self._spare:
                return self._spare.pop()
        return self.cursor(READ_AHEAD_HERE)

    def take_back(self, interruption: Interruption, left: weakref.finalize[..., Any]) -> None:
        """Keep the connection of a query that has ended by itself. Nothing that is left of the query may touch it."""
        interruption.over()
        left.detach()
        with self._spare_lock:
            if self._spare is not None and len(self._spare) < SPARE:
                self._spare.append(interruption.connection)
                return
        interruption.connection.close()

    def cursor(self, *settings: str) -> duckdb.DuckDBPyConnection:
        try:
            with self.lock:
                cursor = self.main.cursor()
            for each in settings:
                cursor.execute(each)
        except duckdb.Error as error:
            raise translated(error) from error
        return cursor

    def change(
        self, sql: str, parameters: Sequence[object], relations: Mapping[str, Pullable], cancelled: Cancellation
    ) -> Result:
        """Run a statement on a local schema, within the open transaction if there is one."""
        with self.lock, interruptible(self.main, cancelled):
            return Result.held(self._started(self.main, sql, parameters, relations))

    def _started(
        self,
        connection: duckdb.DuckDBPyConnection,
        sql: str,
        parameters: Sequence[object],
        relations: Mapping[str, Any],
        *,
        arrow: bool = False,
    ) -> Result:
        result = Result(connection, relations)
        try:
            for name, relation in relations.items():
                connection.register(name, relation)
            if arrow:
                result.stream(sql, parameters)
            else:
                connection.execute(sql, list(parameters))
                result.describe()
        except duckdb.Error as error:
            result.forget()
            raise translated(error) from error
        return result

    def evaluate(self, expressions: Sequence[str]) -> list[object]:
        """The values of constant expressions, in one go."""
        if not expressions:
            return []
        cursor = self.cursor()
        try:
            row = cursor.execute(f"SELECT {', '.join(expressions)}").fetchone()
            return list(row or ())
        except duckdb.Error as error:
            raise translated(error) from error
        finally:
            cursor.close()

    def arrow_schema(self, columns: Sequence[tuple[str, ColumnType]]) -> Any:
        """The pyarrow.Schema of a result with these columns; needs pyarrow."""
        import pyarrow

        missing = list({kind.sql for _, kind in columns} - ARROW_TYPES.keys())
        if missing:
            cursor = self.cursor()
            try:
                selected = ", ".join(f"CAST(NULL AS {kind})" for kind in missing)
                schema = cursor.sql(f"SELECT {selected} LIMIT 0").to_arrow_table().schema
            finally:
                cursor.close()
            ARROW_TYPES.update(zip(missing, schema.types, strict=True))
        return pyarrow.schema([(name, ARROW_TYPES[kind.sql]) for name, kind in columns])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query of ours, within the open transaction if there is one."""
        with self.lock:
            try:
                return self.main.execute(sql).fetchall()
            except duckdb.Error as error:
                raise translated(error) from error
