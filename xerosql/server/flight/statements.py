"""How statements are run for Flight.

A query is run when its ticket is redeemed, so that asking for its columns costs no call; a change at once, so that its
client hears what became of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow
from pyarrow import flight

from xerosql import Connection
from xerosql.catalog import SCRATCH, TEMPORARY
from xerosql.errors import Error, NotSupportedError
from xerosql.execute.database import quoted
from xerosql.execute.describe import Description
from xerosql.execute.ingest import has_table, ingest
from xerosql.execute.result import ColumnType
from xerosql.server.audit import Audit
from xerosql.server.failures import StatementError
from xerosql.server.flight import messages
from xerosql.server.flight.failures import told
from xerosql.server.flight.sessions import Session
from xerosql.server.flight.uploads import Upload, parameter_sets
from xerosql.server.flight.work import Parameters, Prepared, Run, Work
from xerosql.server.options import DATABASE
from xerosql.server.statements import check_length, first_word

if TYPE_CHECKING:
    from xerosql.server.flight.listener import FlightServer

#: Statements that change nothing, and can wait until their rows are asked for.
READING = ("SELECT", "EXPLAIN", "SHOW", "CALL")
#: Words that they begin with, or that a change may begin with too.
QUERIES = (*READING, "WITH", "VALUES", "TABLE", "FROM")
TRANSACTIONS = ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE")
EXISTING = {messages.APPEND: "append", messages.REPLACE: "replace"}
NOTHING = pyarrow.schema([])
#: What a parameter is taken for to which the statement gives no type.
TEXT = ColumnType("VARCHAR", "VARCHAR")


@dataclass(frozen=True)
class Ready:
    """What a client is told of a statement: its columns, its rows (-1: not known yet), and what it can redeem."""

    schema: Any
    run: Run | None
    rows: int = -1
    cost: bytes = b""


class Statements:
    """Runs the statements of all sessions."""

    def __init__(self, server: FlightServer) -> None:
        self.server = server

    def work(self, session: Session, connection: Connection, sql: str, call: Any, ticket: bytes = b"") -> Work:
        return Work(
            session,
            connection,
            sql,
            call,
            log=self.server.audit_log,
            watcher=self.server.watcher,
            timeout=self.server.options.statement_timeout,
            ticket=ticket,
        )

    # -- What they are -------------------------------------------------------------------------------------------------

    def described(
        self, session: Session, connection: Connection, sql: str, parameters: Parameters | None
    ) -> Description:
        """What a statement takes and returns; one that is wrong is in the log."""
        audit = Audit(self.server.audit_log, session.user.name, session.address, session.number)
        audit.begin(sql)
        try:
            check_length(sql)
            return connection.describe(sql, parameters)
        except Error as error:
            audit.failed(error, calls=0)
            raise

    def schema(self, session: Session, sql: str, transaction: bytes, parameters: Parameters | None) -> Any:
        """The columns of a statement; none for one without rows."""
        connection = session.connection_of(transaction)
        return schema_of(connection, self.described(session, connection, sql, parameters))

    def prepared(self, session: Session, sql: str, transaction: bytes) -> tuple[Prepared, Any, Any]:
        """A statement to be kept, the schema of its rows, and that of its parameters."""
        connection = session.connection_of(transaction)
        described = self.described(session, connection, sql, None)
        kinds = [TEXT if kind is None else ColumnType(kind, kind) for kind in described.parameters]
        names = described.names or [str(place) for place in range(1, len(kinds) + 1)]
        parameters = connection.session.engine.arrow_schema(list(zip(names, kinds, strict=True)))
        return Prepared(sql, transaction, described), schema_of(connection, described), parameters

    # -- Running them --------------------------------------------------------------------------------------------------

    def ready(self, session: Session, call: Any, sql: str, transaction: bytes, sets: Sequence[Parameters]) -> Ready:
        """A query as it will be run. Anything else is run now."""
        if first_word(sql) in QUERIES:
            connection = session.connection_of(transaction)
            described = self.described(session, connection, sql, sets[0])
            if described.kind in READING:
                schema = schema_of(connection, described)
                return Ready(schema, Run(sql, connection, sets, schema))
        return self.done(session, call, sql, transaction, sets)

    def done(self, session: Session, call: Any, sql: str, transaction: bytes, sets: Sequence[Parameters]) -> Ready:
        """A change that has been made, with its RETURNING if it has one."""
        refuse_transactions(sql)
        connection, parts, affected = session.connection_of(transaction), [], 0
        with self.work(session, connection, sql, call) as work, settled(connection, transaction):
            for parameters in sets:
                work.execute(parameters)
                affected += work.cursor.rowcount
                if work.cursor.description is not None:
                    parts.append(work.cursor.fetch_arrow_table())
            calls, work.audit.rows = work.count(), max(affected, 0)
        if not parts:
            return Ready(NOTHING, None, max(affected, -1), cost(calls))
        table = pyarrow.concat_tables(parts)
        return Ready(table.schema, Run(sql, connection, sets, table.schema, table), table.num_rows, cost(calls))

    def change(self, session: Session, call: Any, sql: str, transaction: bytes, sets: Sequence[Parameters]) -> int:
        """Run a change, or whatever a client takes for one; the number of its rows, -1 if that is not known."""
        refuse_transactions(sql)
        connection = session.connection_of(transaction)
        with self.work(session, connection, sql, call) as work, settled(connection, transaction):
            if len(sets) == 1:
                work.execute(sets[0])
            else:
                work.execute_many(sets)
            rows = work.cursor.rowcount
            work.audit.rows = max(rows, 0)
        return rows

    # -- Rows ----------------------------------------------------------------------------------------------------------

    def rows(self, session: Session, call: Any, ticket: bytes) -> Any:
        """The stream of a ticket's rows, which has begun: what is wrong with the statement is raised here."""
        run = session.runs.take(ticket)
        if run.table is not None:
            return flight.RecordBatchStream(run.table)
        stream = self.streamed(session, call, run, ticket)
        next(stream)
        return flight.GeneratorStream(run.schema, stream)

    def streamed(self, session: Session, call: Any, run: Run, ticket: bytes) -> Iterator[Any]:
        """First None, once the statement has begun; then its record batches, each with what it has cost so far."""
        with told(), self.work(session, run.connection, run.sql, call, ticket) as work:
            told_of = -1
            for place, parameters in enumerate(run.sets):
                work.execute(parameters)
                if place == 0:
                    yield None
                while (batch := work.cursor.fetch_record_batch()) is not None:
                    work.look()
                    work.audit.rows += batch.num_rows
                    told_of = work.count()
                    yield batch if batch.schema == run.schema else batch.cast(run.schema), cost(told_of)
                work.look()
            if told_of != work.count():
                yield empty(run.schema), cost(work.count())

    # -- Tables that clients send --------------------------------------------------------------------------------------

    def ingest(self, session: Session, call: Any, asked: messages.CommandStatementIngest, reader: Any) -> int:
        """Take rows into a table: a local one in one go, one of Xero's as so many rows of one INSERT."""
        connection = session.connection_of(asked.transaction_id)
        if asked.temporary and asked.schema:
            raise StatementError("a temporary table is in no schema that has a name", sqlstate="42P16")
        if asked.catalog not in ("", DATABASE):
            raise StatementError(f"there is one catalog, {DATABASE}", sqlstate="3D000")
        options = asked.table_definition_options
        creates = options.if_not_exist == messages.CREATE
        schema = TEMPORARY if asked.temporary else local_schema(connection, asked, creates=creates)
        if schema is None:
            return self.insert(session, call, asked, reader)
        sql = f"INSERT INTO {schema}.{quoted(asked.table)}"
        with self.work(session, connection, sql, call) as work, settled(connection, asked.transaction_id):
            rows = ingest(
                connection.session,
                asked.table,
                Upload(reader, call, work.look),
                create=creates,
                existing=EXISTING.get(options.if_exists, "fail"),
                temporary=schema == TEMPORARY,
            )
            work.audit.rows = rows
        return rows

    def insert(self, session: Session, call: Any, asked: messages.CommandStatementIngest, reader: Any) -> int:
        if asked.table_definition_options.if_exists != messages.APPEND:
            raise NotSupportedError("a table of Xero's can be appended to; others are made in the schema scratch")
        sets = parameter_sets(reader, call, ())
        names = reader.schema.names
        table = ".".join(quoted(part) for part in (asked.schema, asked.table) if part)
        sql = f"INSERT INTO {table} ({', '.join(map(quoted, names))}) VALUES ({', '.join('?' * len(names))})"
        return self.change(session, call, sql, asked.transaction_id, sets) if sets else 0


@contextmanager
def settled(connection: Connection, transaction: bytes) -> Iterator[None]:
    """Keep what is done within, or nothing of it, where a statement stands alone and its connection waits for a commit.

    One that writes into the queue does.
    """
    alone = not transaction and not connection.autocommit
    try:
        yield
    except BaseException:
        if alone:
            with suppress(NotSupportedError):  # what went to Xero stays, and the error that is on its way says more
                connection.rollback()
        raise
    if alone:
        connection.commit()


def local_schema(connection: Connection, asked: messages.CommandStatementIngest, *, creates: bool) -> str | None:
    """The local schema of the table that rows are for, None for one of Xero's tables."""
    session, written = connection.session, asked.schema.lower()
    own = session.engine.temporary.name
    if written:
        return {SCRATCH: SCRATCH, TEMPORARY: TEMPORARY, own: TEMPORARY}.get(written)
    if own and not creates and has_table(session, own, asked.table):
        return TEMPORARY
    return SCRATCH if creates or has_table(session, SCRATCH, asked.table) else None


def refuse_transactions(sql: str) -> None:
    """NotSupportedError for BEGIN and its like: statements of a session run side by side, so its client has to say
    which of them are in a transaction."""
    if first_word(sql) in TRANSACTIONS:
        raise NotSupportedError("begin and end a transaction as the driver does it, such as ADBC with autocommit off")


def schema_of(connection: Connection, described: Description) -> Any:
    if described.columns is None:
        return NOTHING
    return connection.session.engine.arrow_schema(described.columns)


def empty(schema: Any) -> Any:
    return pyarrow.RecordBatch.from_arrays([pyarrow.array([], field.type) for field in schema], schema=schema)


@lru_cache(maxsize=100)
def cost(calls: int) -> bytes:
    """What a statement has cost so far, as the client may read it beside the rows."""
    return json.dumps({"api_calls": calls}).encode()
