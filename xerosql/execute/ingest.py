"""Takes a stream of Arrow record batches into a table of the scratch schema."""

from __future__ import annotations

from typing import Protocol

from xerosql.catalog import SCRATCH
from xerosql.errors import Error, ProgrammingError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.local import local_columns
from xerosql.execute.result import Pullable
from xerosql.execute.session import Session

#: What the engine knows the stream as; no table of a user's can be called so there, for it stands in no schema.
STREAM = "xerosql_upload"


class Stream(Pullable, Protocol):
    """A stream that keeps the error which ended it."""

    error: Exception | None


def ingest(session: Session, table: str, stream: Stream, *, create: bool, existing: str) -> int:
    """Take all rows into a table; their number. One that is there is an error ("fail"), replaced, or appended to.

    Columns are matched by name where rows are appended. Nothing of it stays if the stream ends in an error.
    Raises ProgrammingError: 42P07 for a table that is there, 42P01 for one that is not and shall not be made, 25006 on
    a connection that is read-only.
    """
    if session.settings.read_only:
        raise ProgrammingError("INSERT is refused: the connection is read-only", sqlstate="25006")
    name, there = f"{SCRATCH}.{quoted(table)}", has_table(session, table)
    if there and existing == "fail":
        raise ProgrammingError(f'the table {SCRATCH}."{table}" is there already', sqlstate="42P07")
    if not there and not create:
        raise ProgrammingError(f'there is no table {SCRATCH}."{table}"', sqlstate="42P01")
    makes = not there or existing == "replace"
    sql = f"CREATE OR REPLACE TABLE {name} AS" if makes else f"INSERT INTO {name} BY NAME"
    session.begin_if_needed()
    try:
        never = Cancellation()  # the stream ends when its client or its time does
        result = session.engine.change(f"{sql} SELECT * FROM {STREAM}", (), {STREAM: stream}, never)
    except Error as error:
        raise (stream.error or error) from error.__cause__
    finally:
        if makes:
            session.scratch_changed()
    rows = result.fetch(None)
    return int(str(rows[0][0])) if rows else 0


def has_table(session: Session, table: str) -> bool:
    return table.lower() in local_columns(session.engine)


def quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
