"""The async connection: a `xerosql.Connection`, and the threads that its statements run on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, Self

from xerosql import connection as sync
from xerosql.aio.cursor import AsyncCursor
from xerosql.aio.interruptible import Interruptible
from xerosql.aio.workers import Workers
from xerosql.config import Settings
from xerosql.cursor import Parameters
from xerosql.errors import InterfaceError

if TYPE_CHECKING:
    from types import TracebackType

    from xerosql.queue.model import Task
    from xerosql.queue.preview import Preview
    from xerosql.queue.worker import Report


def connect(
    profile: str | None = None,
    *,
    handler: sync.Handler | None = None,
    scratch: sync.Scratch | None = None,
    **options: object,
) -> Connecting:
    """As `xerosql.connect`: `await` it for an AsyncConnection, or use it in `async with`, which also closes that."""
    return Connecting(partial(sync.connect, profile, handler=handler, scratch=scratch, **options))


class Connecting:
    """A connection about to be made, by `await` or by `async with`. Nothing happens before."""

    def __init__(self, make: Callable[[], sync.Connection]) -> None:
        self._make = make
        self._made: AsyncConnection | None = None

    def __await__(self) -> Generator[Any, Any, AsyncConnection]:
        return self._connected().__await__()

    async def _connected(self) -> AsyncConnection:
        """The connection, made on a thread: that reads files, and the demo takes a moment to found."""
        workers = Workers()
        try:
            return AsyncConnection(await workers.run(self._make), workers)
        except BaseException:
            await workers.end(lambda: None)
            raise

    async def __aenter__(self) -> AsyncConnection:
        self._made = await self._connected()
        return await self._made.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._made is not None:
            await self._made.__aexit__(kind, error, trace)


class AsyncConnection(sync.ExceptionAttributes):
    """Statements on one Xero sign-in, for the tasks of an event loop, each with cursors of its own.

    What is said of `xerosql.Connection` holds here too. Made by `connect()`.
    """

    cursor_class = AsyncCursor

    def __init__(self, connection: sync.Connection, workers: Workers) -> None:
        self._sync = connection
        self._workers = workers

    def cursor(self) -> AsyncCursor:
        """A new cursor. Nothing is to be awaited."""
        self.check_open()
        return self.cursor_class(self, Interruptible(self._sync), self._workers)

    async def execute(self, operation: str, parameters: Parameters | None = None) -> AsyncCursor:
        """Run a statement on a new cursor, and return that."""
        return await self.cursor().execute(operation, parameters)

    async def commit(self) -> None:
        """As `Connection.commit`."""
        await self._workers.run(self._sync.commit)

    async def rollback(self) -> None:
        """As `Connection.rollback`."""
        await self._workers.run(self._sync.rollback)

    async def run_queue(
        self,
        max_seconds: float | None = None,
        *,
        drain: bool = True,
        threads: int | None = None,
        watch: Callable[[Report, Task], None] | None = None,
        stop: Event | None = None,
    ) -> Report:
        """As `Connection.run_queue`; `watch` is called on threads of the worker."""
        work = partial(self._sync.run_queue, max_seconds, drain=drain, threads=threads, watch=watch, stop=stop)
        return await self._workers.run(work)

    async def preview_queue(self, tasks: Sequence[int] | None = None, *, limit: int = 20) -> list[Preview]:
        """As `Connection.preview_queue`."""
        return await self._workers.run(partial(self._sync.preview_queue, tasks, limit=limit))

    @property
    def autocommit(self) -> bool:
        """As `Connection.autocommit`; set by `set_autocommit()`, which is to be awaited."""
        return self._sync.autocommit

    async def set_autocommit(self, value: bool) -> None:
        """Set `autocommit`, which commits what is open."""
        await self._workers.run(partial(setattr, self._sync, "autocommit", value))

    @property
    def settings(self) -> Settings:
        """What the connection was made with."""
        return self._sync.settings

    def check_open(self) -> None:
        """InterfaceError once the connection is closed."""
        if self._workers.ended:
            raise InterfaceError("the connection is closed")

    # -- Ending --------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """End the connection, its statements and its threads. A write that is on its way ends first.

        An open transaction of the scratch schema is rolled back.
        """
        await self._workers.end(self._sync.close)

    async def __aenter__(self) -> Self:
        self.check_open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or undo the scratch schema's changes after an exception, and close."""
        await self._workers.end(partial(self._sync.__exit__, kind, error, trace))

    def __repr__(self) -> str:
        return f"<xerosql.aio.AsyncConnection on {self._sync!r}>"
