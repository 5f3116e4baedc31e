"""Takes a stream of Arrow record batches into a local table."""

from __future__ import annotations

from typing import Protocol

from xerosql.catalog import SCRATCH
from xerosql.errors import Error, ProgrammingError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.database import quoted
from xerosql.execute.local import local_columns
from xerosql.execute.result import Pullable
from xerosql.execute.session import Session
from xerosql.plan.declared import forgetting

#: What the engine knows the stream as; no table of a user's can be called so there, for it stands in no schema.
STREAM = "xerosql_upload"


class Stream(Pullable, Protocol):
    """A stream that keeps the error which ended it."""

    error: Exception | None


def ingest(
    session: Session, table: str, stream: Stream, *, create: bool, existing: str, temporary: bool = False
) -> int:
    """Take all rows into a table of scratch, or a temporary one; their number.

    One that is there is an error ("fail"), replaced, or appended to, its columns matched by name. Nothing of it stays
    if the stream ends in an error.
    Raises ProgrammingError: 42P07 for a table that is there, 42P01 for one that is not and shall not be made, 25006 on
    a connection that is read-only.
    """
    if session.settings.read_only and not temporary:
        raise ProgrammingError("INSERT is refused: the connection is read-only", sqlstate="25006")
    if temporary:
        session.engine.temporary.want()
    schema = session.engine.temporary.name if temporary else SCRATCH
    name, there = f"{schema}.{quoted(table)}", has_table(session, schema, table)
    if there and existing == "fail":
        raise ProgrammingError(f'the table {schema}."{table}" is there already', sqlstate="42P07")
    if not there and not create:
        raise ProgrammingError(f'there is no table {schema}."{table}"', sqlstate="42P01")
    makes = not there or existing == "replace"
    sql = f"CREATE OR REPLACE TABLE {name} AS" if makes else f"INSERT INTO {name} BY NAME"
    session.begin_if_needed()
    try:
        if temporary:
            session.engine.rows(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        never = Cancellation()  # the stream ends when its client or its time does
        result = session.engine.change(f"{sql} SELECT * FROM {STREAM}", (), {STREAM: stream}, never)
        if makes:
            session.engine.rows(forgetting(schema, table))
        session.settle()
    except Error as error:
        raise (stream.error or error) from error.__cause__
    finally:
        if makes:
            session.local_changed(temporary=temporary)
    rows = result.fetch(None)
    return int(str(rows[0][0])) if rows else 0


def has_table(session: Session, schema: str, table: str) -> bool:
    return (schema, table.lower()) in local_columns(session.engine)
