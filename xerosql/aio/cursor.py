"""The async cursor: the methods of `xerosql.Cursor`, each run on a thread of the connection."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from xerosql.aio.interruptible import Interruptible
from xerosql.aio.workers import Workers
from xerosql.cursor import ColumnDescription, Cursor, Row
from xerosql.errors import InterfaceError

if TYPE_CHECKING:
    from types import TracebackType

    from xerosql.aio.connection import AsyncConnection
    from xerosql.execute.stats import Stats

P = ParamSpec("P")
T = TypeVar("T")

#: Rows that a thread fetches at a time for `async for`: few at first, so that the first row comes soon.
FIRST_ROWS, MOST_ROWS = 16, 1024


def awaited(
    method: Callable[Concatenate[Cursor, P], T],
) -> Callable[Concatenate[AsyncCursor, P], Coroutine[Any, Any, T]]:
    """The method as a coroutine function: it takes, returns and raises the same."""

    @wraps(method)
    async def call(cursor: AsyncCursor, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await cursor._call(partial(method, cursor._sync, *args, **kwargs))  # noqa: SLF001 - a method of its

    return call


def chained(
    method: Callable[Concatenate[Cursor, P], object],
) -> Callable[Concatenate[AsyncCursor, P], Coroutine[Any, Any, AsyncCursor]]:
    """The same for a method that returns its cursor."""

    @wraps(method)
    async def call(cursor: AsyncCursor, /, *args: P.args, **kwargs: P.kwargs) -> AsyncCursor:
        await cursor._call(partial(method, cursor._sync, *args, **kwargs))  # noqa: SLF001 - a method of its
        return cursor

    return call


class AsyncCursor:
    """Runs statements and fetches their rows. Made by `AsyncConnection.cursor()`; for one task at a time.

    Cancelling the task cancels the statement: no further call is sent. A write that is on its way is waited for, and
    the CancelledError has a note that says what became of it.
    """

    def __init__(self, connection: AsyncConnection, sync: Interruptible, workers: Workers) -> None:
        self.connection = connection
        self._sync = sync
        self._workers = workers
        self._awaited = False
        self._closed = False

    execute = chained(Cursor.execute)
    execute_arrow = chained(Cursor.execute_arrow)
    executemany = chained(Cursor.executemany)

    fetchone = awaited(Cursor.fetchone)
    fetchmany = awaited(Cursor.fetchmany)
    fetchall = awaited(Cursor.fetchall)
    fetch_arrow_table = awaited(Cursor.fetch_arrow_table)
    fetch_record_batch = awaited(Cursor.fetch_record_batch)
    fetch_df = awaited(Cursor.fetch_df)
    fetch_polars = awaited(Cursor.fetch_polars)

    callproc = awaited(Cursor.callproc)
    nextset = awaited(Cursor.nextset)
    setinputsizes = awaited(Cursor.setinputsizes)
    setoutputsize = awaited(Cursor.setoutputsize)

    async def _call(self, function: Callable[[], T]) -> T:
        """Run it on a thread, once what a cancelled call has left under way is over."""
        self._check_open()
        if self._awaited:
            raise InterfaceError("the cursor is at work for another task; give each task a cursor of its own")
        self._awaited = True
        try:
            await self._workers.settled(self._sync)
            self._check_open()
            self._sync.begin()
            return await self._workers.run(function, self._sync)
        finally:
            self._awaited = False

    async def __aiter__(self) -> AsyncGenerator[Row]:
        """Rows until the last one. Leaving early cancels the statement: what was still to come costs nothing."""
        statement, size = self._sync.statement, FIRST_ROWS
        try:
            while rows := await self.fetchmany(size):
                for row in rows:
                    yield row
                size = min(size * 2, MOST_ROWS)
        except GeneratorExit:
            if statement is not None:  # the cursor may have another one by now
                statement.cancel()
            raise

    # -- What the statement did: nothing here waits --------------------------------------------------------------------

    @property
    def description(self) -> list[ColumnDescription] | None:
        """As `Cursor.description`."""
        return self._sync.description

    @property
    def kind(self) -> str | None:
        """As `Cursor.kind`."""
        return self._sync.kind

    @property
    def rowcount(self) -> int:
        """As `Cursor.rowcount`."""
        return self._sync.rowcount

    @property
    def lastrowid(self) -> str | None:
        """As `Cursor.lastrowid`."""
        return self._sync.lastrowid

    @property
    def rownumber(self) -> int | None:
        """As `Cursor.rownumber`."""
        return self._sync.rownumber

    @property
    def stats(self) -> Stats | None:
        """As `Cursor.stats`; the numbers move while the statement runs."""
        return self._sync.stats

    @property
    def arraysize(self) -> int:
        """As `Cursor.arraysize`: how many rows `fetchmany()` fetches."""
        return self._sync.arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._sync.arraysize = value

    # -- Ending --------------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the statement from another task: no further call is sent, and whoever awaits it gets OperationalError.

        Returns at once; it is no coroutine.
        """
        self._sync.cancel()

    async def close(self) -> None:
        """Stop fetching and let the rows go; a write that is on its way ends first. The cursor cannot be used after."""
        if self._closed:
            return
        self._closed = True
        self._sync.cancel()
        if call := self._workers.call_of(self._sync):
            call.add_done_callback(lambda _: self._sync.close())
            if self._sync.writing:
                await self._workers.settled(self._sync)
        elif self._workers.ended:
            self._sync.close()  # nothing is under way that this could wait for
        else:
            await self._workers.run(self._sync.close, self._sync)  # also if a task has yet to take what has ended

    def _check_open(self) -> None:
        if self._closed:
            raise InterfaceError("the cursor is closed")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
