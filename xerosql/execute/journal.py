"""The connection's recent statements, as `sys.statements` shows them."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from threading import Lock
from types import TracebackType

from xerosql.errors import Error
from xerosql.execute.stats import Stats

#: Statements that are remembered, and characters that are kept of each.
SIZE, LENGTH = 1000, 10_000

RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"
CANCELLED_STATE = "57014"


class Entry:
    """One statement: what it was and what has become of it. Its numbers move while it runs.

    It is a context manager: an error that leaves the block ends the entry. `kind` is known once the statement is
    planned.
    """

    def __init__(self, number: int, statement: str, stats: Stats) -> None:
        self.number = number
        self.started_at = datetime.now(UTC)
        self.statement = statement
        self.stats = stats
        self.kind: str | None = None
        self.rows_returned = 0
        self.status = RUNNING
        self.error: str | None = None

    def end(self, status: str = DONE, error: str | None = None) -> None:
        """Stop the clock and note how the statement ended; the first call counts."""
        self.stats.end()
        if self.status == RUNNING:
            self.error = error
            self.status = status

    def fail(self, error: BaseException) -> None:
        """The statement ended with this error, or was cancelled if that is what the error says."""
        if not isinstance(error, Exception) or (isinstance(error, Error) and error.sqlstate == CANCELLED_STATE):
            self.end(CANCELLED)
        elif isinstance(error, Error):
            self.end(FAILED, f"{error.message} (SQLSTATE {error.sqlstate})")
        else:
            self.end(FAILED, type(error).__name__)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.fail(error)


class Journal:
    """The last statements of a connection, from all its threads."""

    def __init__(self, size: int = SIZE) -> None:
        self._lock = Lock()
        self._entries: deque[Entry] = deque(maxlen=size)
        self._count = 0

    def begin(self, sql: str, stats: Stats) -> Entry:
        """A new entry; the oldest goes when there are too many."""
        with self._lock:
            self._count += 1
            entry = Entry(self._count, sql[:LENGTH], stats)
            self._entries.append(entry)
            return entry

    def entries(self) -> tuple[Entry, ...]:
        """Those that are remembered, the oldest first."""
        with self._lock:
            return tuple(self._entries)
