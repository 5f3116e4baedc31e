"""The embedded engine: DuckDB in memory, locked away from the machine; and the results that it hands out."""

from __future__ import annotations

import atexit
import re
import warnings
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, RLock
from typing import Any, Protocol

import duckdb

from xerosql.api.stop import check_cancelled
from xerosql.errors import Error, InterfaceError, OperationalError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.engine_errors import translated, translated_text
from xerosql.execute.foundations import FOUNDATIONS

#: Set before the configuration is locked. With them no SQL reaches a file, the network, an extension or a variable.
LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}
SETTINGS = (
    "SET temp_directory = ''",  # else rows that outgrow the memory are written to wherever the program was started
    "SET enable_external_access = false",  # only now: it goes on allowing the directory for such rows, and the database
    "SET GLOBAL TimeZone = 'UTC'",  # global, since every read has a connection of its own
    "SET GLOBAL python_enable_replacements = false",
    # DuckDB 2.0 loses rows of a LEFT JOIN that a constant condition empties, and stops on some conditions of two.
    "SET disabled_optimizers = 'statistics_propagation,outer_join_simplification'",
    "SET allowed_configs = ['streaming_buffer_size']",  # each connection has its own, see READ_AHEAD
)
LOCK = "SET lock_configuration = true"
#: How far the engine may run ahead of the rows that are fetched; its own default is megabytes, thousands of calls.
READ_AHEAD = "SET streaming_buffer_size = '1KB'"
#: Rows of a record batch at most. The engine hands out fewer rather than wait for the next page.
BATCH_ROWS = 16_384

#: pyarrow's types by the engine's names of them, as far as they have been asked for.
ARROW_TYPES: dict[str, Any] = {}

DECIMAL = re.compile(r"DECIMAL\(\d+,\d+\)")


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A result column's type: the engine's own name for it, PEP 249's type code, and the digits of a number."""

    sql: str
    code: str
    precision: int | None = None
    scale: int | None = None


#: What holds an open DuckDB connection. DuckDB 2 complains on stderr about those that outlive the interpreter.
LIVE: weakref.WeakSet[Engine | Result] = weakref.WeakSet()


#: Connections of results that nobody closed. They are closed by the next statement and not by the garbage collector:
#: that may be at work within a pull, where arro3 takes the interpreter's lock for granted and DuckDB has let go of it.
LEFT: deque[duckdb.DuckDBPyConnection] = deque()


def close_what_was_left() -> None:
    """Close the connections of results that are garbage by now."""
    with suppress(IndexError):
        while True:
            LEFT.pop().close()


@atexit.register
def close_what_is_open() -> None:
    """Close what a script left open. Libraries that end later may close it again."""
    close_what_was_left()
    for holder in list(LIVE):
        holder.close()


class Pullable(Protocol):
    """What the engine reads: a stream of Arrow record batches that can be opened more than once."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

    def close(self) -> None:
        """End what is open of it."""


@dataclass(slots=True)
class Changes:
    """How often tables have been made, changed or dropped, counting transactions that end."""

    count: int = 0


class Engine:
    """An in-memory database of one's own, or the one of the engine that this one is `beside`.

    `main` carries the transaction of the scratch schema; reads get cursors of their own. `changes` counts those of the
    scratch schema's tables, for all engines of the database.
    """

    def __init__(self, beside: Engine | None = None) -> None:
        self.lock = RLock()
        self.main: duckdb.DuckDBPyConnection = locked(FOUNDATIONS) if beside is None else beside.cursor()
        self.changes: Changes = beside.changes if beside else Changes()
        self.in_transaction = False
        LIVE.add(self)

    def close(self) -> None:
        """Close it. A statement that is running on another thread keeps it until it ends."""
        with suppress(duckdb.ResourceInUseException):
            self.main.close()

    # -- Transactions of the scratch schema ----------------------------------------------------------------------------

    def begin(self) -> None:
        if not self.in_transaction:
            self._run("BEGIN TRANSACTION")
            self.in_transaction = True

    def commit(self) -> None:
        """Keep the transaction's changes; OperationalError, and none are kept, if one of its statements failed."""
        if not self.in_transaction:
            return
        try:
            self._run("SELECT 1")  # refused in a transaction that DuckDB has given up
        except Error as error:
            self.rollback()
            raise OperationalError(
                "a statement of the transaction failed, so it was rolled back instead of committed", sqlstate="25P02"
            ) from error
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

        Inside a transaction that must see the scratch schema's uncommitted rows the result is read whole at once,
        since the connection can hold one open result only.
        """
        if in_transaction and self.in_transaction:
            return self.change(sql, parameters, relations, cancelled)
        close_what_was_left()
        cursor = self.cursor(READ_AHEAD)
        cancelled.tell(lambda: interrupt(cursor))
        try:
            check_cancelled(cancelled)  # an interrupt before the engine has begun is forgotten
            result = self._started(cursor, sql, parameters, relations, arrow=arrow)
        except BaseException:
            cursor.close()
            raise
        weakref.finalize(result, LEFT.append, cursor).atexit = False
        return result

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
        """Run a statement on the scratch schema, within the open transaction if there is one."""
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


def locked(definitions: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
    """A new database in memory that holds the definitions and reaches nothing outside."""
    connection = duckdb.connect(":memory:", config=LOCKED)
    for statement in (*SETTINGS, *definitions, LOCK):
        connection.execute(statement)
    return connection


def interrupt(connection: duckdb.DuckDBPyConnection) -> None:
    """End what the connection is doing, if it still is."""
    with suppress(duckdb.Error):
        connection.interrupt()


@contextmanager
def interruptible(connection: duckdb.DuckDBPyConnection, cancelled: Cancellation) -> Iterator[None]:
    """End what the connection is doing inside on cancellation, and nothing that it does later."""
    lock, inside = Lock(), True

    def stop() -> None:
        with lock:
            if inside:
                interrupt(connection)

    with cancelled.telling(stop):
        check_cancelled(cancelled)
        try:
            yield
        finally:
            with lock:
                inside = False


def unregister(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Let go of a relation, even if the cancellation that ended the statement interrupts this as well."""
    with suppress(duckdb.ConnectionException):  # closed by another thread, and the relations with it
        try:
            connection.unregister(name)
        except duckdb.InterruptException:
            connection.unregister(name)


class Result:
    """An open result: rows come as tuples, or what is left of it as Arrow."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, relations: Mapping[str, Pullable]) -> None:
        self.connection = connection
        self.relations = relations
        self.columns: list[tuple[str, ColumnType]] = []
        self.rows: list[tuple[object, ...]] | None = None
        self.reader: Any = None
        LIVE.add(self)

    def stream(self, sql: str, parameters: Sequence[object]) -> None:
        """Begin the query as a stream of record batches. A result of `execute` could only be copied into some."""
        relation = self.connection.sql(sql, params=list(parameters))
        self.columns = [(name, type_of(str(kind))) for name, kind in zip(relation.columns, relation.types, strict=True)]
        self.reader = relation.to_arrow_reader(BATCH_ROWS)

    def describe(self) -> None:
        """Note the names and types of the columns."""
        self.columns = [(name, type_of(str(kind))) for name, kind, *_ in self.connection.description or []]

    def hold(self) -> Result:
        """Read all rows into memory and give the connection back."""
        rows = self.fetch(None)
        self.end_pulls()
        self.connection.close()
        self.rows = rows
        return self

    @classmethod
    def held(cls, result: Result) -> Result:
        """The same result with all its rows in memory, so that its connection is free again."""
        result.rows = result.fetch(None)
        result.forget()
        return result

    def fetch(self, size: int | None) -> list[tuple[object, ...]]:
        """The next `size` rows, or all that are left."""
        if self.rows is not None:
            taken, self.rows = (self.rows, []) if size is None else (self.rows[:size], self.rows[size:])
            return taken
        if self.reader is not None:
            raise InterfaceError("the rows come as record batches; fetch_record_batch() has the next")
        try:
            rows = self.connection.fetchall() if size is None else self.connection.fetchmany(size)
        except duckdb.Error as error:
            raise translated(error) from error
        return list(rows)

    def batch(self) -> Any:
        """The next record batch, None after the last; needs pyarrow. Of rows in memory there is one."""
        if self.reader is None:
            self.reader = self.arrow().combine_chunks().to_reader()
        try:
            return next(self.reader, None)
        except OSError as error:
            raise translated_text(str(error)) from error

    def arrow(self) -> Any:
        """What is left of the result as a pyarrow.Table; needs pyarrow."""
        if self.rows is not None:
            return arrow_of(self.fetch(None), self.columns)
        try:
            return arrow_table(self.connection) if self.reader is None else self.reader.read_all()
        except OSError as error:
            raise translated_text(str(error)) from error
        except duckdb.Error as error:
            raise translated(error) from error

    def forget(self) -> None:
        """Let go of the relations, on a connection that lives on."""
        for name in self.relations:
            unregister(self.connection, name)
        self.end_pulls()

    def end_pulls(self) -> None:
        for relation in self.relations.values():
            relation.close()
        self.relations = {}

    def close(self) -> None:
        if self.reader is not None:
            self.reader.close()
        if self.rows is None:
            self.end_pulls()
            self.connection.close()
        self.rows = []


def arrow_of(rows: Sequence[tuple[object, ...]], columns: Sequence[tuple[str, ColumnType]]) -> Any:
    """Rows that are held in memory as Arrow, through the engine, so that the types are those of any other result."""
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    selected = [f"unnest(CAST(${place} AS {kind.sql}[]))" for place, (_, kind) in enumerate(columns, start=1)]
    with locked() as connection:
        connection.execute(f"SELECT {', '.join(selected)}", [list(column) for column in values])
        return arrow_table(connection).rename_columns([name for name, _ in columns])


def arrow_table(connection: duckdb.DuckDBPyConnection) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # DuckDB 2 warns that this copies; executing twice would cost calls
        return connection.to_arrow_table()


def type_of(kind: str) -> ColumnType:
    """DuckDB's name of a type as a PEP 249 type code."""
    if kind == '"NULL"':
        return ColumnType(kind, "VARCHAR")
    if DECIMAL.fullmatch(kind):
        precision, scale = kind[len("DECIMAL(") : -1].split(",")
        return ColumnType(kind, "DECIMAL", int(precision), int(scale))
    digits = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 38}.get(kind)
    return ColumnType(kind, kind, digits, None if digits is None else 0)
