"""What the engine hands out: results, their types, and what happens to those that nobody closes."""

from __future__ import annotations

import atexit
import re
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb

from xerosql.errors import InterfaceError
from xerosql.execute.database import locked
from xerosql.execute.engine_errors import translated, translated_text

#: Rows of a record batch at most. The engine hands out fewer rather than wait for the next page. A client works on one
#: while the engine makes the next: with fewer rows each batch's own cost tells, with more one waits for the other.
BATCH_ROWS = 8_192

DECIMAL = re.compile(r"DECIMAL\(\d+,\d+\)")


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A result column's type: the engine's own name for it, PEP 249's type code, and the digits of a number."""

    sql: str
    code: str
    precision: int | None = None
    scale: int | None = None


class Closeable(Protocol):
    """What holds an open DuckDB connection."""

    def close(self) -> None:
        """Close it, once or more often."""


#: All of those. DuckDB 2 complains on stderr about those that outlive the interpreter.
LIVE: weakref.WeakSet[Closeable] = weakref.WeakSet()
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


def unregister(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Let go of a relation, even if the cancellation that ended the statement interrupts this as well."""
    with suppress(duckdb.ConnectionException):  # closed by another thread, and the relations with it
        try:
            connection.unregister(name)
        except duckdb.InterruptException:
            connection.unregister(name)


class Result:
    """An open result: rows come as tuples, or what is left of it as Arrow.

    `give_back` hands the connection to another query, where it can go on with it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, relations: Mapping[str, Pullable]) -> None:
        self.connection = connection
        self.relations = relations
        self.columns: list[tuple[str, ColumnType]] = []
        self.rows: list[tuple[object, ...]] | None = None
        self.reader: Any = None
        self.give_back: Callable[[], None] | None = None
        self.at_end = False
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
        self.at_end = size is None or len(rows) < size
        return list(rows)

    def batch(self) -> Any:
        """The next record batch, None after the last; needs pyarrow. Of rows in memory there is one."""
        if self.reader is None:
            self.reader = self.arrow().combine_chunks().to_reader()
        try:
            batch = next(self.reader, None)
        except OSError as error:
            raise translated_text(str(error)) from error
        self.at_end = batch is None
        return batch

    def arrow(self) -> Any:
        """What is left of the result as a pyarrow.Table; needs pyarrow."""
        if self.rows is not None:
            return arrow_of(self.fetch(None), self.columns)
        try:
            table = arrow_table(self.connection) if self.reader is None else self.reader.read_all()
        except OSError as error:
            raise translated_text(str(error)) from error
        except duckdb.Error as error:
            raise translated(error) from error
        self.at_end = True
        return table

    def forget(self) -> None:
        """Let go of the relations, on a connection that lives on."""
        for name in self.relations:
            unregister(self.connection, name)
        self.end_pulls()

    def end_pulls(self) -> None:
        for relation in self.relations.values():
            relation.close()
        self.relations = {}

    def finish(self) -> None:
        """Give the connection back, if the result has been read to its end."""
        if self.give_back is not None and self.at_end and self.rows is None:
            self.end_stream()
            self.rows = []
            self.give_back()

    def close(self) -> None:
        self.end_stream()
        if self.rows is None:
            self.end_pulls()
            self.connection.close()
        self.rows = []

    def end_stream(self) -> None:
        if self.reader is not None:
            self.reader.close()


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
