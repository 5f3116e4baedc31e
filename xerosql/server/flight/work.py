"""Statements: those that are prepared, those that wait for their ticket, and those that are on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from xerosql import Connection
from xerosql.errors import Error, OperationalError
from xerosql.execute.describe import Description
from xerosql.server.audit import Audit, AuditLog
from xerosql.server.statements import check_length
from xerosql.server.watch import Watched, Watcher

if TYPE_CHECKING:
    from xerosql.server.flight.sessions import Session

Parameters = Sequence[object] | Mapping[str, object]
CANCELLED, INTERNAL = "57014", "XX000"


@dataclass
class Prepared:
    """A statement that was prepared, with the sets of values that were bound to it last."""

    sql: str
    transaction: bytes
    described: Description
    sets: list[Parameters] = field(default_factory=list)

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Run:
    """What a ticket stands for: a query that has not begun, or the `table` of a statement that has ended."""

    sql: str
    connection: Connection
    sets: Sequence[Parameters]
    schema: Any  # a pyarrow.Schema
    table: Any = None

    def close(self) -> None:
        self.table = None


class Work:
    """One statement on its way, in `with`: it ends with its client or its time, and leaves a line in the log.

    `call` is Flight's context of the call that it runs in, which says whether the client is still there.
    """

    def __init__(
        self,
        session: Session,
        connection: Connection,
        sql: str,
        call: Any,
        *,
        log: AuditLog,
        watcher: Watcher,
        timeout: float,
        ticket: bytes = b"",
    ) -> None:
        self.session = session
        self.sql = sql
        self.cursor = connection.cursor()
        self.audit = Audit(log, session.user.name, session.address, session.number)
        self.watcher = watcher
        self.timeout = timeout
        self.ticket = ticket
        self.calls = 0
        self.why: str | None = None  # it was stopped
        self._call: Any = call
        self._lock = Lock()
        self._watched = Watched(self.stop, self.is_wanted)

    def stop(self, why: str) -> None:
        """End it from another thread: no further call is made."""
        self.why = self.why or why
        self.cursor.cancel()

    def is_wanted(self) -> bool:
        """Whether the client is there. The context may not be asked once the call has ended."""
        with self._lock:
            return self._call is None or not self._call.is_cancelled()

    def count(self) -> int:
        """The calls so far, of this and all earlier executions of the statement."""
        return self.calls + (0 if self.cursor.stats is None else self.cursor.stats.api_calls)

    def execute(self, parameters: Parameters) -> None:
        """Execute it once more; its rows come as record batches."""
        self.calls = self.count()
        self.cursor.execute_arrow(self.sql, parameters)
        self.look()

    def execute_many(self, sets: Sequence[Parameters]) -> None:
        """Execute a write with several sets of values, all of which are checked before the first is sent."""
        self.cursor.executemany(self.sql, sets)

    def look(self) -> None:
        """Raise what a stop that came before there was anything to stop would have raised."""
        if self.why is not None:
            raise OperationalError(f"canceling statement due to {self.why}", sqlstate=CANCELLED)

    def __enter__(self) -> Self:
        check_length(self.sql)
        self.session.working[self] = self.ticket
        self.audit.begin(self.sql)
        self._watched.work(self.timeout or None)
        self.watcher.add(self._watched)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watched.rest()
        self.watcher.remove(self._watched)
        with self._lock:
            self._call = None
        self.session.working.pop(self, None)
        calls = self.count()
        self.cursor.close()
        if isinstance(error, GeneratorExit):  # the client took no more
            self.audit.end(calls, CANCELLED)
        elif isinstance(error, Error):
            self.audit.end(calls, error.sqlstate)
        else:
            self.audit.end(calls, "00000" if error is None else INTERNAL)
        if isinstance(error, Error) and error.sqlstate == CANCELLED and self.why is not None:
            raise OperationalError(f"canceling statement due to {self.why}", sqlstate=CANCELLED) from error
