"""A DuckDB database in memory, locked away from the machine, and how to end what one of its connections does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock

import duckdb

from xerosql.api.stop import check_cancelled
from xerosql.execute.cancel import Cancellation

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


class Interruption:
    """Ends what a connection is doing, until `over`: what it does after that is another statement's."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.is_over = False
        self._lock = Lock()

    def __call__(self) -> None:
        with self._lock:
            if not self.is_over:
                interrupt(self.connection)

    def over(self) -> None:
        with self._lock:
            self.is_over = True


@contextmanager
def interruptible(connection: duckdb.DuckDBPyConnection, cancelled: Cancellation) -> Iterator[None]:
    """End what the connection is doing inside on cancellation, and nothing that it does later."""
    interruption = Interruption(connection)
    with cancelled.telling(interruption):
        check_cancelled(cancelled)
        try:
            yield
        finally:
            interruption.over()


def quoted(name: str) -> str:
    """A name as the engine's SQL has it, whatever is in it."""
    return '"{}"'.format(name.replace('"', '""'))
